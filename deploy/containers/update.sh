#!/bin/sh
# Rebuilds on newer base images, or from another release, and recreates what runs: one instance at a time, each ready
# before the next. frontdesk-containers.timer does it every week. Usage: update.sh [RELEASE.tar.gz]
set -eu
release=${1:-}
[ -z "$release" ] || release=$(readlink -f "$release")
cd "$(dirname "$(readlink -f "$0")")"
ENGINE=${ENGINE:-docker}
COMPOSE=${COMPOSE:-$ENGINE compose}
# Where nothing can be pulled: PULL=''
PULL=${PULL---pull}

BUILD_OPTIONS=$PULL ./build.sh "${release:-build/release.tar.gz}"
[ -z "$PULL" ] || $COMPOSE pull database nginx

recreate() {
  "$ENGINE" stop --time 15 "frontdesk-$1" >/dev/null
  "$ENGINE" rm "frontdesk-$1" >/dev/null
  $COMPOSE up -d --no-deps "$1"
}

ready() {
  "$ENGINE" exec "frontdesk-$1" /opt/frontdesk/current/bin/node /opt/frontdesk/current/deploy/ready.mjs "/run/frontdesk/${1#instance}.sock" 60
}

recreate migrate
[ "$("$ENGINE" wait frontdesk-migrate)" = 0 ] || { "$ENGINE" logs --tail 20 frontdesk-migrate; exit 1; }
for service in instance1 instance2; do
  recreate "$service"
  ready "$service" || { "$ENGINE" logs --tail 20 "frontdesk-$service"; echo "$service is not ready; the other one serves" >&2; exit 1; }
  echo "$service serves"
done
recreate worker
# There is one of each, so these are away for a moment, and only when their images are newer ones.
[ -z "$PULL" ] || $COMPOSE up -d --no-deps database nginx
