#!/usr/bin/env bash
# Builds osproxy 1.0.5 (feature etcd) and unpacks Debian's etcd into the peer cache; nothing is installed.
# Needs: cargo >= 1.94, protoc (taken with apt-get when missing and root), apt-get and dpkg-deb once.
set -euo pipefail

VERSION=1.0.5
: "${OPSDECK_PEERS_CACHE:?set OPSDECK_PEERS_CACHE to the folder for peer programs}"
mkdir -p "$OPSDECK_PEERS_CACHE"

proxy=$OPSDECK_PEERS_CACHE/osproxy-$VERSION
if [ ! -x "$proxy/bin/osproxy" ]; then
  if ! command -v protoc >/dev/null; then
    [ "$(id -u)" = 0 ] || { echo 'protoc is missing' >&2; exit 1; }
    { apt-get update -qq && apt-get install -y -qq protobuf-compiler; } >&2
  fi
  target=$OPSDECK_PEERS_CACHE/osproxy-target.$$
  trap 'rm -rf "$target"' EXIT
  CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install osproxy-server --version $VERSION --features etcd --locked --debug --root "$proxy" >&2
fi

etcd=$OPSDECK_PEERS_CACHE/etcd-debian
if [ ! -x "$etcd/usr/bin/etcd" ]; then
  packages=$(mktemp -d)
  fetch() { (cd "$packages" && apt-get -o APT::Sandbox::User=root download -qq etcd-server etcd-client) >&2; }
  fetch || { apt-get update -qq >&2 && fetch; }
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$etcd.new"; done
  mv "$etcd.new" "$etcd"
  rm -rf "$packages"
fi
