#!/bin/sh
# Updates Frontdesk to another release while it serves, instance by instance, and goes back by itself when one fails.
# Nothing is fetched, and nginx is not reloaded. What each step does: --dry-run. A release with a breaking migration is
# refused while instances run: deploy/README.md, "When everything must be stopped".
#
# Usage: update.sh RELEASE.tar.gz [--no-backup] [--dry-run]
#        update.sh --back [VERSION] [--dry-run]   to the release before, or another that is kept; the schema stays
set -eu
. "$(dirname "$(readlink -f "$0")")/lib.sh"

TARGET='' BACK='' BACKUP=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --back) BACK=yes ;;
    --no-backup) BACKUP='' ;;
    --dry-run) DRY_RUN=yes ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) wrong_use "$1 is not known (see --help)" ;;
    *) [ -z "$TARGET" ] || wrong_use 'one release at a time'; TARGET=$1 ;;
  esac
  shift
done
[ -n "$TARGET$BACK" ] || wrong_use 'which release? (see --help)'

KEPT=3
BEGAN=$(date +%s)
STATE=untouched

need_root
[ -e "$OPT/current" ] || die 'Frontdesk is not installed here: see install.sh'
if [ -z "$DRY_RUN" ]; then
  exec 9>/run/frontdesk-update.lock
  flock -n 9 || die 'another update is running'
fi
OLD=$(readlink -f "$OPT/current")
OLD_VERSION=$(field version "$OLD")
INSTANCES=$(instances)

# --- to a release that was checked -------------------------------------------------------------------------------

WAS_KEPT=''
unpack() {
  rm -rf "$OPT/releases/.unpacking"
  mkdir "$OPT/releases/.unpacking"
  tar -C "$OPT/releases/.unpacking" --no-same-owner -xf "$TARGET" || die "$TARGET is no release: it cannot be unpacked"
  NEW=$(find "$OPT/releases/.unpacking" -mindepth 1 -maxdepth 1)
  check_release "$NEW"
  version=$(field version "$NEW")
  [ "$version" != "$OLD_VERSION" ] || die "$version is what runs already"
  [ ! -e "$OPT/releases/$version" ] || WAS_KEPT=yes
  rm -rf "$OPT/releases/$version"
  mv "$NEW" "$OPT/releases/$version"
  rmdir "$OPT/releases/.unpacking"
  NEW=$OPT/releases/$version
  touch "$NEW" # The order in which releases came is the order of their times.
}

kept_releases() { ls -dt "$OPT"/releases/*/ | sed 's,/$,,'; }

find_kept() {
  NEW=$OPT/releases/$TARGET
  # Twice back is two releases back, not forward again.
  [ -n "$TARGET" ] || NEW=$(kept_releases | awk -v old="$OLD" 'older { print; exit } $0 == old { older = 1 }')
  [ -n "$NEW" ] || die "no release before $OLD_VERSION is kept; --back VERSION names another: $(ls "$OPT/releases" | tr '\n' ' ')"
  [ "$NEW" != "$OLD" ] || die "$OLD_VERSION is what runs already"
  [ -f "$NEW/release.json" ] || die "no such release is kept: $(ls "$OPT/releases" | tr '\n' ' ')"
}

# Room for the release, and for a backup as large as all that there is.
check_room() {
  need_room "$OPT" 512
  [ -n "$BACKUP" ] || return 0
  database=0
  # Elsewhere its size is not asked for: a password would stand on the command line.
  ! grep -q '^DATABASE_OWNER_URL=.*host=/run/postgresql' "$ETC/owner.env" ||
    database=$(psql -X -A -t -U frontdesk_owner -d frontdesk -c 'SELECT pg_database_size(current_database()) / 1048576')
  need_room "$BACKUPS" $((database + $(du -sm "$DATA" | cut -f 1) + 100))
}

# Configuration, database and keys as they are now: what is broken already would be blamed on the update.
check_old() {
  "$OLD/deploy/frontdesk" check >"$WORK/check" && return
  # An update that failed may have migrated what this release cannot live with: another one is the way on.
  if grep -q '^fail  *release' "$WORK/check" && ! grep '^fail' "$WORK/check" | grep -q -v '^fail  *release'; then return; fi
  grep '^fail' "$WORK/check" || cat "$WORK/check"
  return 1
}

# migrations RELEASE: how the database stands to a release, a line for each migration.
migrations() { FRONTDESK_RELEASE=$1 "$1/deploy/frontdesk" migrate status; }

# check_known RELEASE BY: whether RELEASE knows every breaking migration that is done, as BY tells them. One that does not
# would serve, and fail at what was renamed: 0.1.0 does not even look for them.
check_known() {
  migrations "$2" >"$WORK/migrations"
  for name in $(sed -nE 's/^(done|newer) +([^ ]+) +breaking$/\2/p' "$WORK/migrations"); do
    grep -rqw "$name" "$1/dist/migrations" ||
      die "$(field version "$1") cannot live with $name, which is done; the way back is to restore the backup that the update has made (deploy/README.md, \"When everything must be stopped\")"
  done
}

# Nobody may run when a breaking migration does, and a socket would start an instance.
check_stopped() {
  migrations "$NEW" >"$WORK/migrations"
  [ -n "$INSTANCES" ] || return 0
  name=$(sed -nE 's/^pending +([^ ]+) +breaking$/\1/p' "$WORK/migrations" | head -n 1)
  [ -z "$name" ] || die "$OLD_VERSION cannot live with $name, so that everything must be stopped before: systemctl stop frontdesk.target 'frontdesk@*' frontdesk-worker; then update.sh again (deploy/README.md, \"When everything must be stopped\")"
}

# Whether the new code takes the files to tune as they will be. Pending migrations are what the update is for.
check_new() {
  mkdir "$WORK/etc"
  cp "$ETC"/*.json "$WORK/etc/"
  (ETC=$WORK/etc && put_config "$OLD" "$NEW")
  echo "CONFIG_DIR=$WORK/etc" >"$WORK/env"
  chgrp -R frontdesk "$WORK"
  chmod -R g+rX "$WORK"
  FRONTDESK_RELEASE=$NEW FRONTDESK_ENV=$WORK/env "$OLD/deploy/frontdesk" check >"$WORK/check" || true
  # A start that fails altogether prints no finding at all.
  if ! grep -q '^ok' "$WORK/check" || grep '^fail' "$WORK/check" | grep -q -v '^fail  *migrations'; then
    cat "$WORK/check"
    return 1
  fi
  check_stopped
  check_known "$NEW" "$OLD"
}

# --- the change --------------------------------------------------------------------------------------------------

migrate() {
  STATE=migrating
  link "releases/${NEW##*/}" "$OPT/next"
  systemctl restart frontdesk-migrate.service && return
  journalctl -u frontdesk-migrate.service --since "@$BEGAN" -n 20 --no-pager -o cat
  return 1
}

# What TO needs on the machine, TO knows best.
put_units_of() { (. "$1/deploy/lib.sh" && put_units "$1"); }

# switch FROM TO: what starts from now on is TO.
switch() {
  mkdir -p "$WORK/before"
  cp -p "$ETC"/*.json "$WORK/before/"
  STATE=switched
  put_config "$1" "$2"
  put_units_of "$2"
  link "releases/${2##*/}" "$OPT/next"
  link "releases/${2##*/}" "$OPT/current"
}

smoke() { PUBLIC_URL=$(public_url) "$OPT/current/bin/node" "$OPT/current/deploy/smoke.mjs" "/run/frontdesk/$1.sock" "$WORK/keys"; }

# The socket stays open and nginx asks the others meanwhile. Started means ready (ExecStartPost).
restart_one() { systemctl restart "frontdesk@$1.service" && smoke "$1" && say "  instance $1 serves"; }

restart_each() {
  for instance in $INSTANCES; do
    TOUCHED="$TOUCHED $instance"
    restart_one "$instance" && continue
    journalctl -u "frontdesk@$instance.service" --since "@$BEGAN" -n 10 --no-pager -o cat
    return 1
  done
  restart_worker
}
TOUCHED=''

# Nobody asks the worker anything, so a start that fails shows in the seconds after it.
restart_worker() {
  systemctl is-active --quiet frontdesk-worker.service || return 0
  systemctl restart frontdesk-worker.service
  for _ in 1 2 3 4 5 6 7 8; do
    sleep 0.5
    systemctl is-active --quiet frontdesk-worker.service && continue
    journalctl -u frontdesk-worker.service --since "@$BEGAN" -n 10 --no-pager -o cat
    return 1
  done
  say '  the worker runs'
}

# New paths may want a new site. It is written, and used from the next reload on.
put_site() { "$OPT/current/deploy/nginx/site.sh" --no-reload && nginx -t -q; }

prune() {
  kept_releases | tail -n +$((KEPT + 1)) | grep -vxF -e "$NEW" -e "$OLD" | while read -r old; do
    say "  removing $old"
    rm -rf "$old"
  done
}

# --- the way back ------------------------------------------------------------------------------------------------

# tell TEXT: what has become of it; something else when a breaking migration is done, which is done only while nothing runs.
tell() {
  if said=$( (check_known "$OLD" "$NEW") 2>&1); then
    say "$1"
  else
    say "$said"
    say 'or mend what failed and run update.sh again; until then start nothing'
  fi
}

go_back() {
  say "going back to $OLD_VERSION"
  put_units_of "$OLD"
  cp -p "$WORK/before"/*.json "$ETC/"
  link "releases/${OLD##*/}" "$OPT/next"
  link "releases/${OLD##*/}" "$OPT/current"
  for instance in $TOUCHED; do
    restart_one "$instance" || say "  instance $instance does not serve with $OLD_VERSION either: journalctl -u frontdesk@$instance"
  done
  systemctl try-restart frontdesk-worker.service || true
  tell "$OLD_VERSION runs; nothing that was written is lost"
}

stay() {
  link "releases/${OLD##*/}" "$OPT/next"
  systemctl restart frontdesk-migrate.service
  tell "$OLD_VERSION runs on, as it did"
}

finish() {
  status=$?
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  [ $status = 0 ] || [ -z "$STEP" ] || say "failed: $STEP" >&2
  case "$status $STATE" in
    0* | *untouched) ;;
    *migrating) stay ;;
    *switched) go_back ;;
    *serving) say "$(field version "$NEW") runs all the same" ;;
  esac
  # A release that failed is not one to go back to, unless it was one before.
  [ $status = 0 ] || [ $STATE = serving ] || [ -n "$BACK$WAS_KEPT" ] || [ -z "${NEW:-}" ] || rm -rf "$NEW"
  rm -rf "$WORK" "$OPT/releases/.unpacking"
  exit $status
}
WORK=$(mktemp -d)
trap finish EXIT
trap 'exit 130' INT TERM HUP

# -----------------------------------------------------------------------------------------------------------------

if [ -n "$BACK" ]; then
  find_kept
  BACKUP=''
  step "check that $(field version "$NEW") can live with what was migrated" check_known "$NEW" "$OLD"
else
  [ -f "$TARGET" ] || die "$TARGET is not there"
  step 'check that configuration, database and keys are in order as they are' check_old
  step 'check that there is room' check_room
  step "unpack the release beside $OLD_VERSION" unpack
  step 'check that the new release takes the configuration, and that what it migrates can be migrated now' check_new
  [ -z "$BACKUP" ] || step "back up to $BACKUPS" systemctl start frontdesk-backup.service
  step 'bring the database up to the new release (frontdesk-migrate.service), while the old one serves' migrate
fi
[ -z "$INSTANCES" ] || step 'keep the ids of the keys that sign' smoke "$(say "$INSTANCES" | head -n 1)"
step "link $OPT/current, put units and untouched configuration of the new release" switch "$OLD" "${NEW:-}"
[ -z "$INSTANCES" ] || step "restart instances $(say "$INSTANCES" | tr '\n' ' ')and the worker one by one, each checked before the next" restart_each
STATE=serving
step 'write the nginx site of the new release; nginx is not reloaded' put_site
step "remove all but the last $KEPT releases" prune
[ -z "$DRY_RUN" ] || exit 0
took="the update took $(($(date +%s) - BEGAN)) s"
if [ -n "$INSTANCES" ]; then
  say "Frontdesk $(field version "$NEW") runs; $took"
else
  say "Frontdesk $(field version "$NEW") is in place, and nothing ran; $took. Start it: systemctl start frontdesk.target"
fi
