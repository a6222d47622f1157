#!/bin/sh
# Builds the image localhost/frontdesk:latest from a release, which is kept for update.sh. Usage: build.sh RELEASE.tar.gz
set -eu
[ $# = 1 ] && [ -f "$1" ] || { echo 'usage: build.sh RELEASE.tar.gz' >&2; exit 2; }
release=$(readlink -f "$1")
cd "$(dirname "$(readlink -f "$0")")"
ENGINE=${ENGINE:-docker}

mkdir -p build
[ "$release" = "$PWD/build/release.tar.gz" ] || cp "$release" build/release.tar.gz
# shellcheck disable=SC2086 # BUILD_OPTIONS are words, such as --pull.
"$ENGINE" build ${BUILD_OPTIONS:-} --file Dockerfile --build-arg RELEASE=release.tar.gz ${BASE:+--build-arg BASE="$BASE"} \
  --tag localhost/frontdesk:latest build
