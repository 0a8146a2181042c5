#!/usr/bin/env bash
# Installs nats-server 2.15.2, and 2.9.25 as the oldest line that is still met.
set -euo pipefail
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"
for version in 2.15.2 2.9.25; do
  dir="$cache/nats-server-$version"
  [ -x "$dir/bin/nats-server" ] && continue
  mkdir -p "$dir/bin"
  GOBIN="$dir/bin" go install -trimpath -ldflags='-s -w' "github.com/nats-io/nats-server/v2@v$version"
done
