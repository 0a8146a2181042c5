#!/usr/bin/env bash
# Installs the real tael: 0.5.15, server and Rust CLI in one binary.
set -euo pipefail
version=0.5.15
root=${OPSDECK_PEERS_CACHE:?}/tael-$version
[ -x "$root/bin/tael" ] && exit 0
CARGO_TARGET_DIR=$(mktemp -d) && export CARGO_TARGET_DIR
trap 'rm -rf "$CARGO_TARGET_DIR"' EXIT
cargo install --locked tael-cli --version "$version" --root "$root"
