#!/bin/sh
# Makes what compose.yaml needs beside it: the image, secrets, self-signed certificates, the nginx site, .env.
# What is there stays. Usage: setup.sh RELEASE.tar.gz DOMAIN   (with podman: ENGINE=podman COMPOSE=podman-compose)
# .env keeps what the others of this folder have to know: DOMAIN, ENGINE, COMPOSE, and BASE, NGINX_IMAGE, POSTGRES_IMAGE if given.
set -eu
[ $# = 2 ] && [ -f "$1" ] || { echo 'usage: setup.sh RELEASE.tar.gz DOMAIN' >&2; exit 2; }
release=$(readlink -f "$1") domain=$2
cd "$(dirname "$(readlink -f "$0")")"

if [ ! -f .env ]; then
  ENGINE=${ENGINE:-docker}
  printf "%s='%s'\n" DOMAIN "$domain" ENGINE "$ENGINE" COMPOSE "${COMPOSE:-$ENGINE compose}" >.env
  for name in BASE NGINX_IMAGE POSTGRES_IMAGE; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || echo "$name='$value'" >>.env
  done
fi
# shellcheck source=/dev/null
. ./.env
# shellcheck disable=SC2153 # It is set by .env.
[ "$DOMAIN" = "$domain" ] || { echo "setup.sh: .env says DOMAIN=$DOMAIN: change it there first" >&2; exit 2; }

./build.sh "$release"
mv build/next.tar.gz build/release.tar.gz
umask 077
mkdir -p secrets nginx/tls acme

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
# The image of Frontdesk has no nginx that could be asked what it understands.
about=$("$ENGINE" run --rm --network none --entrypoint nginx "${NGINX_IMAGE:-docker.io/library/nginx:stable}" -V 2>&1)
http3=--no-http3
case $about in *--with-http_v3_module*) http3=--http3 ;; esac
site=$(inside bin/frontdesk nginx-config $http3 \
  --nginx-version "$(echo "$about" | sed -n 's,^nginx version: nginx/\([0-9.]*\).*,\1,p')" \
  --openssl-version "$(echo "$about" | sed -n 's,.*with OpenSSL \([0-9.]*\).*,\1,p')" \
  --domain "$domain" --instances 2 --no-ipv6 --cache-dir /tmp/cache --log-dir /log)
printf '%s\n' "$site" | sed 's,/log/frontdesk.access.log,/dev/stdout,; s,/log/frontdesk.error.log,/dev/stderr,' >nginx/site.conf
cp nginx.conf nginx/nginx.conf

# The containers run as 10001. The image of PostgreSQL reads its two as root, before it becomes somebody else.
chown -R 10001:10001 nginx acme secrets/database_url secrets/database_owner_url secrets/sealing_key
chmod 644 secrets/roles.sql
echo "ready: $COMPOSE up -d"
