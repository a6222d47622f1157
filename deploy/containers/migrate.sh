#!/bin/sh
# The container "migrate": brings the database up to the release, and makes the first users of an empty one.
# With arguments it is any command that needs the owner of the schema: docker compose run --rm migrate backup
set -eu
frontdesk=/opt/frontdesk/current/bin/frontdesk
[ $# = 0 ] || exec "$frontdesk" "$@"

# podman-compose waits for no health check, and a new PostgreSQL first runs a server for its own preparations, which ends a
# moment after it has made our database: who answers must do so again.
answers() { "$frontdesk" migrate status >/dev/null; }
tries=0
until answers 2>/dev/null && sleep 3 && answers 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { answers; exit 1; }
  sleep 1
done

"$frontdesk" migrate
# A log is no place for passwords; they are in DATA_DIR/initial-passwords, too.
exec "$frontdesk" user first >/dev/null
