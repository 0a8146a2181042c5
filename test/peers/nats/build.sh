#!/usr/bin/env bash
# Installs nats-server 2.15.2.
set -euo pipefail
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"
dir="$cache/nats-server-2.15.2"
[ -x "$dir/bin/nats-server" ] && exit 0
mkdir -p "$dir/bin"
GOBIN="$dir/bin" go install -trimpath -ldflags='-s -w' github.com/nats-io/nats-server/v2@v2.15.2
