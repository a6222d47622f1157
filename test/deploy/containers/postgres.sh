#!/bin/sh
# Stands in for the entrypoint of docker.io/library/postgres, with what compose.yaml gives it and no more: a first start makes
# the database, with a server that listens where the real one will, and ends before that starts.
set -eu
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -d -o postgres -g postgres -m 3775 /var/run/postgresql
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export POSTGRES_PASSWORD
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" >/tmp/password
  # shellcheck disable=SC2086 # The arguments are words.
  initdb --pgdata "$PGDATA" --username postgres --pwfile /tmp/password ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  pg_ctl --pgdata "$PGDATA" --wait --options "-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*.sql; do
    PGPASSWORD=$POSTGRES_PASSWORD psql -v ON_ERROR_STOP=1 --no-psqlrc --username postgres --file "$file"
  done
  sleep 1 # A slow machine: whoever comes now is cut off.
  pg_ctl --pgdata "$PGDATA" --wait --mode fast stop
fi
unset POSTGRES_PASSWORD
exec "$@"
