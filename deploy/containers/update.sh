#!/bin/sh
# Rebuilds on newer base images, or from another release, and recreates what runs: one instance at a time, each ready
# before the next. When one is not, it goes back. frontdesk-containers.timer does it every week.
# A release with a breaking migration is refused while instances run: stop them before, see deploy/README.md.
# Usage: update.sh [RELEASE.tar.gz]   (where nothing can be pulled: PULL='')
set -eu
release=${1:-}
[ -z "$release" ] || release=$(readlink -f "$release")
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=/dev/null
. ./.env
PULL=${PULL---pull}
image=localhost/frontdesk

recreate() {
  # It may have been removed by hand. --force: one that crashes again and again may run again after its stop.
  "$ENGINE" stop -t 15 "frontdesk-$1" >/dev/null || true
  "$ENGINE" rm --force "frontdesk-$1" >/dev/null || true
  $COMPOSE up -d --no-deps "$1"
}

serves() {
  recreate "$1"
  "$ENGINE" exec "frontdesk-$1" /opt/frontdesk/current/bin/node /opt/frontdesk/current/deploy/ready.mjs "/run/frontdesk/${1#instance}.sock" 60 ||
    { "$ENGINE" logs --tail 20 "frontdesk-$1"; return 1; }
  echo "$1 serves"
}

# back SERVICE...: to the image that ran before, which accepts what was migrated. Where nothing ran it may not: only then is a
# breaking migration done.
back() {
  if [ -z "$served" ]; then
    echo 'update.sh: failed, and nothing ran before: mend what is said above and run it again, or restore the backup' >&2
    exit 1
  fi
  "$ENGINE" tag $image:before $image:latest
  for service in "$@"; do serves "$service" || true; done # Both are tried, and the failure was told.
  echo 'update.sh: not taken; back on the image of before' >&2
  exit 1
}

served=$("$ENGINE" ps --quiet --filter name=frontdesk-instance)
"$ENGINE" tag $image:latest $image:before
BUILD_OPTIONS=$PULL ./build.sh "${release:-build/release.tar.gz}"

recreate migrate
[ "$("$ENGINE" wait frontdesk-migrate)" = 0 ] || {
  "$ENGINE" logs --tail 20 frontdesk-migrate
  echo "where it waits for the release before: $COMPOSE stop instance1 instance2 worker, then update.sh again"
  back
}
serves instance1 || back instance1
serves instance2 || back instance2 instance1
recreate worker
mv build/next.tar.gz build/release.tar.gz

# There is one of each, so these are away for a moment, and only when their images are newer ones.
for service in database nginx; do
  name=$("$ENGINE" container inspect --format '{{.Config.Image}}' "frontdesk-$service")
  [ -z "$PULL" ] || "$ENGINE" pull "$name"
  runs=$("$ENGINE" container inspect --format '{{.Image}}' "frontdesk-$service")
  [ "$runs" = "$("$ENGINE" image inspect --format '{{.Id}}' "$name")" ] || recreate "$service"
done
# Of ours only: the images that no container and no name needs any more.
"$ENGINE" image prune --force --filter label=org.opencontainers.image.title=frontdesk >/dev/null
