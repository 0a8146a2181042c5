#!/usr/bin/env bash
# Installs scouter's real control table engine (crate scouter-dataframe 0.25.0) as a program, and Python deltalake,
# into $OPSDECK_PEERS_CACHE. About 5 minutes on 2 cores; nothing to do when both are there.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"

python="$cache/deltalake-1.5.0"
if [ ! -x "$python/bin/python" ] || ! "$python/bin/python" -c 'import deltalake' 2>/dev/null; then
  python3 -m venv "$python"
  "$python/bin/pip" install -q 'deltalake==1.5.0'
fi

target="$cache/scouter-0.25.0/bin/scouter-control-harness"
[ -x "$target" ] && exit 0
work="$(mktemp -d "$cache/scouter-build.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cp -r "$here/Cargo.toml" "$here/src" "$work/"
cd "$work"
# The lock file that the published crate carries: without it `deltalake = "0.*"` resolves to 0.32 beside
# datafusion 52, which cannot work.
cargo fetch >/dev/null 2>&1
source="$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -maxdepth 2 -type d -name 'scouter-dataframe-0.25.0' | head -1)"
cp "$source/Cargo.lock" Cargo.lock
CARGO_PROFILE_DEV_DEBUG=0 cargo build
install -D target/debug/scouter-control-harness "$target"
