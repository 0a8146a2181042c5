#!/usr/bin/env bash
# Builds the slipstream crate (0.8.6, and the 0.5.0 wire) as a program into $OPSDECK_PEERS_CACHE; about a minute.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"
target="$cache/slipstream-0.8.6/bin/slipstream-peer"
[ -x "$target" ] && exit 0
mkdir -p "$cache"
work="$(mktemp -d "$cache/slipstream-build.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cp -r "$here/Cargo.toml" "$here/src" "$work/"
cd "$work"
CARGO_PROFILE_DEV_DEBUG=0 cargo build
install -D target/debug/slipstream-peer "$target"
