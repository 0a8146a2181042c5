#!/usr/bin/env bash
# The shells that completion is tested in. There is nothing to pin: the scripts must work in the machine's own.
set -euo pipefail
missing=()
for shell in bash zsh fish; do command -v "$shell" >/dev/null || missing+=("$shell"); done
command -v script >/dev/null || missing+=(bsdutils)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get install -y --no-install-recommends "${missing[@]}" || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
else
  echo "install these with the system's package manager: ${missing[*]}" >&2
  exit 1
fi
