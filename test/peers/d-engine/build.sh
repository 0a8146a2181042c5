#!/usr/bin/env bash
# Installs one d-engine 0.2.4 node, on the file storage engine and with watch.
set -euo pipefail
root=${OPSDECK_PEERS_CACHE:?}/d-engine-0.2.4
[ -x "$root/bin/dengine-peer" ] && exit 0
cd "$(dirname "$0")"
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
cargo fetch
if [ -z "${PROTOC:-}" ]; then
  # The build script of d-engine-proto needs a protoc; a crate brings one.
  arch=$(uname -m); [ "$arch" = aarch64 ] && arch=aarch_64
  PROTOC=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -path "*/protoc-bin-vendored-linux-$arch-*/bin/protoc" | sort | tail -1)
fi
export PROTOC
CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --path . --root "$root"
