#!/bin/sh
# The container "migrate": brings the database up to the release, and makes the first users of an empty one.
# podman-compose waits for no health check, and a new PostgreSQL first runs a server for its own preparations, which ends
# before the real one starts: so it is tried again.
set -eu
frontdesk=/opt/frontdesk/current/bin/frontdesk
tries=0 failed=0
until "$frontdesk" migrate; do
  tries=$((tries + 1))
  # While PostgreSQL answers, it is the migration that fails.
  if "$frontdesk" migrate status >/dev/null 2>&1; then failed=$((failed + 1)); fi
  [ "$failed" -lt 3 ] && [ "$tries" -lt 60 ] || exit 1
  sleep 1
done
exec "$frontdesk" user first
