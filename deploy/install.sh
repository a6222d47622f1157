#!/bin/sh
# Installs Frontdesk beside the nginx and PostgreSQL of this machine, from the release that this file lies in.
# Run again it changes only what is missing. Nothing is fetched. What each step does: --dry-run.
#
# Usage: install.sh --domain NAME [--domain NAME2] [--instances N] [--restore BACKUP.tar] [--dry-run]
#        --restore begins with what a backup holds, in the place of an empty database and new keys
set -eu
RELEASE=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$RELEASE/deploy/lib.sh"

DOMAINS='' INSTANCES=2 BACKUP=''
while [ $# -gt 0 ]; do
  case "$1" in
    --domain) [ $# -ge 2 ] || wrong_use '--domain needs a name'; DOMAINS="$DOMAINS $2"; shift ;;
    --instances) [ $# -ge 2 ] || wrong_use '--instances needs a number'; INSTANCES=$2; shift ;;
    --restore) [ $# -ge 2 ] || wrong_use '--restore needs a file'; BACKUP=$(readlink -f "$2") || wrong_use "--restore $2 is not there"; shift ;;
    --dry-run) DRY_RUN=yes ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) wrong_use "$1 is not known (see --help)" ;;
  esac
  shift
done
[ -n "$DOMAINS" ] || wrong_use '--domain is missing: the name that clients will call, such as desk.example.org'
[ -z "$BACKUP" ] || [ -f "$BACKUP" ] || wrong_use "--restore $BACKUP is not there"
case "$BACKUP" in *.age | *.gpg) wrong_use 'decrypt the backup first, by age --decrypt or gpg --decrypt' ;; esac
cd / # The users of the steps below may not enter the folder of whoever calls this.
set -f # A name with a star is not one of the files here.
names=''
for name in $(say "$DOMAINS" | tr '[:upper:]' '[:lower:]'); do
  name=${name#[}
  name=${name%]}
  case "$name" in
    *[!A-Za-z0-9.:-]*) wrong_use "--domain $name is neither a name nor an address" ;;
    *:*:*) ;;
    *:*) wrong_use "--domain $name: without a port" ;;
  esac
  names="$names $name"
done
set +f
DOMAINS=${names# }
DOMAIN=${DOMAINS%% *}
case "$DOMAIN" in *:*) HOST="[$DOMAIN]" ;; *) HOST=$DOMAIN ;; esac

# --- what must be there ------------------------------------------------------------------------------------------

need_root
check_release "$RELEASE"
VERSION=$(field version "$RELEASE")

# The options of nginx-config as they are, with these names in the place of the former.
options() {
  # shellcheck disable=SC2086
  printf -- '--domain %s\n' $DOMAINS
  [ ! -f "$ETC/nginx-options" ] || sed '/^--domain /d' "$ETC/nginx-options"
}
# What the site cannot have is said now: the first name stays, once it is in every link and token.
# shellcheck disable=SC2046 # The options are words.
refused=$(env -i PATH="$PATH" "$RELEASE/bin/frontdesk" nginx-config $(options) --instances "$INSTANCES" 2>&1 >/dev/null) ||
  wrong_use "${refused#frontdesk: }"

[ ! -e "$OPT/current" ] || [ "$(readlink "$OPT/current")" = "releases/$VERSION" ] ||
  die "$(field version "$OPT/current") is installed, and this is $VERSION: to install again run $OPT/current/deploy/install.sh; update.sh brings another release"

if [ -f "$ETC/frontdesk.env" ] && [ "$(public_url)" != "https://$HOST" ]; then
  die "the first name that is installed is $(public_url), in $ETC/frontdesk.env: it stands in every token and link. Give it first, or change it there, and all sign in anew"
fi

missing=''
for pair in nginx:nginx psql:postgresql pg_dump:postgresql openssl:openssl systemd-run:systemd; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
[ -z "$missing" ] || die "these are missing: apt-get install$(printf '%s\n' $missing | sort -u | tr '\n' ' ' | sed 's/^/ /')"
[ "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')" -ge 250 ] || die 'systemd 250 or newer is needed'
need_room /opt 1024
need_room /var/lib 1024

as_postgres() { runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
if [ "$(id -u)" = 0 ]; then
  server=$(as_postgres -c 'SHOW server_version_num') || die 'PostgreSQL does not answer: systemctl start postgresql'
  [ "$server" -ge 150000 ] || die 'PostgreSQL 15 or newer is needed'
fi

# --- steps -------------------------------------------------------------------------------------------------------

make_user() {
  getent passwd "$1" >/dev/null || useradd --system --gid frontdesk --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin "$1"
}
make_users() {
  getent group frontdesk >/dev/null || groupadd --system frontdesk
  make_user frontdesk
  make_user frontdesk-owner
}

make_directories() {
  install -d -m 755 "$OPT" "$OPT/releases"
  install -d -m 750 -o root -g frontdesk "$ETC"
  install -d -m 700 "$ETC/credentials"
  # 0751: nginx looks whether maintenance.flag is there, and sees nothing else.
  install -d -m 751 -o frontdesk -g frontdesk "$DATA"
  install -d -m 755 "$ACME"
  install -d -m 700 -o frontdesk -g frontdesk "$BACKUPS"
}

put_release() {
  if [ ! -f "$OPT/releases/$VERSION/release.json" ]; then
    rm -rf "$OPT/releases/.$VERSION"
    cp -a "$RELEASE" "$OPT/releases/.$VERSION"
    chown -R root:root "$OPT/releases/.$VERSION"
    # Whoever unpacked it may have kept it from others (umask).
    chmod -R u+rwX,go+rX,go-w "$OPT/releases/.$VERSION"
    mv "$OPT/releases/.$VERSION" "$OPT/releases/$VERSION"
    touch "$OPT/releases/$VERSION" # The order in which releases came is the order of their times.
  fi
  link "releases/$VERSION" "$OPT/next"
  link "releases/$VERSION" "$OPT/current"
  ln -sfn "$OPT/current/deploy/frontdesk" /usr/local/bin/frontdesk
}

put_settings() {
  put_config "$RELEASE" "$RELEASE"
  [ -f "$ETC/frontdesk.env" ] || install -m 640 -g frontdesk /dev/stdin "$ETC/frontdesk.env" <<EOF
# The environment of every service of Frontdesk: the README of the release lists all names. After a change:
# systemctl restart frontdesk.target
PUBLIC_URL=https://$HOST
DATA_DIR=$DATA
CONFIG_DIR=$ETC
DATABASE_URL=postgres:///frontdesk?host=/run/postgresql&user=frontdesk
EOF
  [ -f "$ETC/owner.env" ] || install -m 640 -g frontdesk /dev/stdin "$ETC/owner.env" <<EOF
# Only for migrations and restore: the role that owns the schema.
DATABASE_OWNER_URL=postgres:///frontdesk?host=/run/postgresql&user=frontdesk_owner
EOF
  [ -f "$ETC/backup.env" ] || install -m 640 -g frontdesk /dev/stdin "$ETC/backup.env" <<EOF
# Only for backups: a role that reads everything and changes nothing.
DATABASE_OWNER_URL=postgres:///frontdesk?host=/run/postgresql&user=frontdesk_backup
EOF
}

make_sealing_key() {
  [ -s "$ETC/credentials/SEALING_KEY" ] || (umask 077 && openssl rand -base64 32 >"$ETC/credentials/SEALING_KEY")
}

make_database() {
  as_postgres <<'EOF'
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{frontdesk,frontdesk_owner,frontdesk_backup}'::text[]) name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
SELECT $$CREATE DATABASE frontdesk OWNER frontdesk_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'$$
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'frontdesk') \gexec
REVOKE ALL ON DATABASE frontdesk FROM PUBLIC;
GRANT CONNECT ON DATABASE frontdesk TO frontdesk, frontdesk_backup;
GRANT pg_read_all_data TO frontdesk_backup;
ALTER ROLE frontdesk_backup BYPASSRLS CONNECTION LIMIT 4;
EOF
}

# put_block FILE: standard input, between two marks at the head of a file, in the place of an earlier block.
put_block() {
  content=$(sed '/^# frontdesk begin/,/^# frontdesk end/d' "$1")
  # cat keeps owner and mode of the file.
  { say '# frontdesk begin (made by its install.sh)'; cat; say '# frontdesk end'; say "$content"; } >"$1.frontdesk"
  cat "$1.frontdesk" >"$1" && rm "$1.frontdesk"
}
allow_roles() {
  put_block "$(as_postgres -c 'SHOW ident_file')" <<'EOF'
frontdesk  frontdesk        frontdesk
frontdesk  frontdesk        frontdesk_backup
frontdesk  frontdesk-owner  frontdesk
frontdesk  frontdesk-owner  frontdesk_owner
frontdesk  root             frontdesk
frontdesk  root             frontdesk_owner
EOF
  put_block "$(as_postgres -c 'SHOW hba_file')" <<'EOF'
local  frontdesk  frontdesk,frontdesk_owner,frontdesk_backup  peer map=frontdesk
EOF
  as_postgres -c 'SELECT pg_reload_conf()' >/dev/null
}

# With the key that the backup was made with: what is sealed in its database opens with no other.
restore() {
  own=$ETC/credentials/SEALING_KEY
  rm -f "$own.restored"
  (umask 077 && tar -xOf "$BACKUP" ./keys/sealing-key >"$own.restored")
  if ! FRONTDESK_SEALING_KEY=$own.restored "$OPT/current/deploy/frontdesk" restore --file "$BACKUP"; then
    rm "$own.restored"
    return 1
  fi
  if cmp -s "$own" "$own.restored"; then
    rm "$own.restored"
  else
    mv "$own" "$own.before-$(date +%s)"
    mv "$own.restored" "$own"
  fi
}

migrate() {
  systemctl restart frontdesk-migrate.service || { journalctl -u frontdesk-migrate.service -n 20 --no-pager -o cat; return 1; }
}

start() {
  systemctl enable --quiet frontdesk.target frontdesk-sockets.service frontdesk-migrate.service frontdesk-worker.service frontdesk-backup.timer
  i=0
  while [ $i -lt "$INSTANCES" ]; do
    i=$((i + 1))
    systemctl enable --quiet "frontdesk@$i.service"
  done
  systemctl start frontdesk.target
  for i in $(instances); do ready "$i" 60 || return 1; done
}

# Self-signed at first: nginx starts, and tls/certbot.sh puts a real one in the place of `site`.
make_certificates() {
  [ -f "$ETC/tls/selfsigned.crt" ] || TLS_DIR=$ETC/tls NAME=selfsigned "$RELEASE/deploy/tls/selfsigned.sh" localhost 127.0.0.1 ::1
  # shellcheck disable=SC2086 # The names hold no blanks.
  if [ ! -f "$ETC/tls/site.crt" ]; then
    TLS_DIR=$ETC/tls NAME=site "$RELEASE/deploy/tls/selfsigned.sh" $DOMAINS
  elif names_changed; then
    case "$(openssl x509 -noout -issuer -in "$ETC/tls/site.crt")" in
      *self-signed*) TLS_DIR=$ETC/tls NAME=site "$RELEASE/deploy/tls/selfsigned.sh" $DOMAINS ;;
      *) say '  the names changed: get a certificate for all of them by tls/certbot.sh' ;;
    esac
  fi
}

names_changed() { [ ! -f "$ETC/nginx-options" ] || [ "$(options)" != "$(cat "$ETC/nginx-options")" ]; }

put_site() {
  if names_changed; then
    options >"$ETC/nginx-options.new"
    install -m 640 -g frontdesk "$ETC/nginx-options.new" "$ETC/nginx-options"
    rm "$ETC/nginx-options.new"
  fi
  connections=$(sed -n 's/^[[:space:]]*worker_connections[[:space:]]*\([0-9]*\);.*/\1/p' /etc/nginx/nginx.conf | head -n 1)
  [ "${connections:-512}" -ge 4096 ] ||
    say "  /etc/nginx/nginx.conf lets a worker hold ${connections:-512} connections, and a client who is served needs two: see \"How many clients\" in deploy/README.md"
  # Debian's own site claims port 80 for every name. What is no link there is not Debian's.
  debians=$(readlink /etc/nginx/sites-enabled/default || true)
  [ -z "$debians" ] || rm /etc/nginx/sites-enabled/default
  if ! "$OPT/current/deploy/nginx/site.sh"; then
    [ -z "$debians" ] || [ -e "$SITE_LINK" ] || ln -s "$debians" /etc/nginx/sites-enabled/default
    return 1
  fi
  nginx -t -q
  systemctl enable --quiet nginx.service
  systemctl is-active --quiet nginx.service || systemctl restart nginx.service
}

limit_journal() {
  install -d -m 755 /etc/systemd/journald.conf.d
  [ ! -f "$JOURNAL" ] || return 0
  install -m 644 "$RELEASE/deploy/journald.conf" "$JOURNAL"
  systemctl restart systemd-journald.service
}

first_users() { "$OPT/current/deploy/frontdesk" user first; }

say "Frontdesk $VERSION for $DOMAINS, $INSTANCES instances"
step 'make the system users frontdesk (the application) and frontdesk-owner (migrations), neither of which can sign in' make_users
step "make $OPT (root's), $ETC (0750, readable by frontdesk), $DATA (frontdesk's), $ACME (for certbot), $BACKUPS (frontdesk's, 0700)" make_directories
step "put the release into $OPT/releases/$VERSION, link $OPT/current and /usr/local/bin/frontdesk" put_release
step "put the files to tune and frontdesk.env into $ETC, where they are missing" put_settings
step "make the key that seals the signing keys, $ETC/credentials/SEALING_KEY (0600), unless it is there: keep a copy off this machine" make_sealing_key
step 'make the PostgreSQL roles frontdesk (rows only), frontdesk_owner (schema), frontdesk_backup (reading), and the database frontdesk, unless they are there' make_database
step 'let these users in as these roles by peer authentication, without passwords: a marked block in pg_hba.conf and pg_ident.conf' allow_roles
step "put the units into $UNITS" put_units "$RELEASE"
[ -z "$BACKUP" ] || step "restore $BACKUP into the empty database, with the sealing key that it holds" restore
step 'bring the database up to this release (frontdesk-migrate.service)' migrate
step 'make the first users, unless there are users' first_users
step "enable and start frontdesk.target with $INSTANCES instances, the worker and the nightly backup, and wait until each is ready" start
step "make self-signed certificates in $ETC/tls, where there are none or names were added: tls/certbot.sh gets real ones" make_certificates
step "write the nginx site $SITE, disable Debian's default site, reload nginx" put_site
step "keep the journal for 30 days and at most 2 GiB ($JOURNAL)" limit_journal
if [ -z "$DRY_RUN" ]; then
  say "https://$DOMAIN/docs is served, by a certificate of its own making; next: deploy/README.md, \"After the installation\""
fi
