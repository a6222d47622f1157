#!/bin/sh
# Builds the image localhost/frontdesk:latest from a release; its archive stays as build/next.tar.gz, which becomes
# build/release.tar.gz when it serves. Usage: build.sh RELEASE.tar.gz
set -eu
[ $# = 1 ] && [ -f "$1" ] || { echo 'usage: build.sh RELEASE.tar.gz' >&2; exit 2; }
release=$(readlink -f "$1")
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=/dev/null
. ./.env

mkdir -p build
cp "$release" build/next.tar.gz
# shellcheck disable=SC2086 # BUILD_OPTIONS are words, such as --pull.
"$ENGINE" build ${BUILD_OPTIONS:-} --file Dockerfile --build-arg RELEASE=next.tar.gz ${BASE:+--build-arg BASE="$BASE"} \
  --tag localhost/frontdesk:latest build
