#!/bin/sh
# Makes what compose.yaml needs beside it: the image, secrets, self-signed certificates, the nginx site, .env.
# What is there stays. Usage: setup.sh RELEASE.tar.gz DOMAIN   (with podman: ENGINE=podman COMPOSE=podman-compose)
set -eu
[ $# = 2 ] && [ -f "$1" ] || { echo 'usage: setup.sh RELEASE.tar.gz DOMAIN' >&2; exit 2; }
release=$(readlink -f "$1") domain=$2
cd "$(dirname "$(readlink -f "$0")")"
ENGINE=${ENGINE:-docker}

./build.sh "$release"
umask 077
mkdir -p secrets nginx/tls acme
[ -f .env ] || echo "DOMAIN=$domain" >.env

if [ ! -f secrets/roles.sql ]; then
  app=$(openssl rand -hex 24) owner=$(openssl rand -hex 24)
  openssl rand -base64 32 >secrets/sealing_key
  openssl rand -hex 24 >secrets/postgres_password
  echo "postgres://frontdesk:$app@localhost/frontdesk?host=/run/postgresql" >secrets/database_url
  echo "postgres://frontdesk_owner:$owner@localhost/frontdesk?host=/run/postgresql" >secrets/database_owner_url
  cat >secrets/roles.sql <<EOF
CREATE ROLE frontdesk_owner LOGIN PASSWORD '$owner';
CREATE ROLE frontdesk LOGIN PASSWORD '$app';
CREATE DATABASE frontdesk OWNER frontdesk_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE frontdesk FROM PUBLIC;
GRANT CONNECT ON DATABASE frontdesk TO frontdesk;
EOF
fi

# inside PROGRAM WORD...: a program of the release, in the image, with ./nginx as /etc/frontdesk.
inside() {
  program=$1
  shift
  "$ENGINE" run --rm --network none --user 0:0 --volume "$PWD/nginx:/etc/frontdesk" \
    --env "PUBLIC_URL=https://$domain" --env TLS_DIR=/etc/frontdesk/tls --env "NAME=${NAME:-}" \
    --entrypoint "/opt/frontdesk/current/$program" localhost/frontdesk:latest "$@"
}
[ -f nginx/tls/site.crt ] || NAME=site inside deploy/tls/selfsigned.sh "$domain"
[ -f nginx/tls/selfsigned.crt ] || NAME=selfsigned inside deploy/tls/selfsigned.sh localhost 127.0.0.1 ::1
inside bin/frontdesk nginx-config --domain "$domain" --instances 2 --no-ipv6 --cache-dir /tmp/cache --log-dir /log |
  sed 's,/log/frontdesk.access.log,/dev/stdout,; s,/log/frontdesk.error.log,/dev/stderr,' >nginx/site.conf
cp nginx.conf nginx/nginx.conf

# The containers run as 10001. The image of PostgreSQL reads its two as root, before it becomes somebody else.
chown -R 10001:10001 nginx acme secrets/database_url secrets/database_owner_url secrets/sealing_key
chmod 644 secrets/roles.sql
echo "ready: ${COMPOSE:-$ENGINE compose} up -d"
