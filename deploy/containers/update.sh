#!/bin/sh
# Rebuilds on newer base images, or from another release, and recreates what runs: one instance at a time, each healthy
# before the next. frontdesk-containers.timer does it every week. Usage: update.sh [RELEASE.tar.gz]
set -eu
release=${1:-}
[ -z "$release" ] || release=$(readlink -f "$release")
cd "$(dirname "$(readlink -f "$0")")"
ENGINE=${ENGINE:-docker}
# Where the pull is not wanted (a machine without network): PULL=''.
PULL=${PULL---pull}

BUILD_OPTIONS=$PULL ./build.sh "${release:-build/release.tar.gz}"
[ -z "$PULL" ] || "$ENGINE" compose pull --quiet database nginx

"$ENGINE" compose up -d --no-deps --force-recreate migrate
"$ENGINE" wait "$("$ENGINE" compose ps -aq migrate)" | grep -qx 0 || { "$ENGINE" compose logs --tail 20 migrate; exit 1; }

for service in instance1 instance2; do
  "$ENGINE" compose up -d --no-deps --force-recreate "$service"
  number=${service#instance} seconds=60
  until "$ENGINE" compose exec -T "$service" /opt/frontdesk/current/bin/node /opt/frontdesk/current/deploy/ready.mjs "/run/frontdesk/$number.sock" 3; do
    seconds=$((seconds - 3))
    [ $seconds -gt 0 ] || { "$ENGINE" compose logs --tail 20 "$service"; echo "$service is not ready: the other one serves on" >&2; exit 1; }
  done
done
"$ENGINE" compose up -d --no-deps --force-recreate worker
# Only when their image is another one: nginx and PostgreSQL have no second.
"$ENGINE" compose up -d --no-deps nginx database
