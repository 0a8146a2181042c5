#!/usr/bin/env bash
# Installs the real tael: 0.5.15, server and Rust CLI in one binary, and 0.5.14, whose WAL has format version 1.
set -euo pipefail
for version in 0.5.15 0.5.14; do
  root=${OPSDECK_PEERS_CACHE:?}/tael-$version
  [ -x "$root/bin/tael" ] && continue
  target=$(mktemp -d)
  trap 'rm -rf "$target"' EXIT
  CARGO_TARGET_DIR=$target cargo install --locked tael-cli --version "$version" --root "$root"
  rm -rf "$target"
done
