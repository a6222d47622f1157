#!/bin/sh
# Takes away what install.sh made. Database, settings, key, data and backups stay, unless --purge; backups always stay.
#
# Usage: uninstall.sh [--purge] [--dry-run]
set -eu
. "$(dirname "$(readlink -f "$0")")/lib.sh"

PURGE=''
while [ $# -gt 0 ]; do
  case "$1" in
    --purge) PURGE=yes ;;
    --dry-run) DRY_RUN=yes ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) wrong_use "$1 is not known (see --help)" ;;
  esac
  shift
done
need_root

as_postgres() { runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

stop() {
  systemctl disable --now --quiet frontdesk.target frontdesk-backup.timer 2>/dev/null || true
  for unit in $(systemctl list-units --plain --no-legend --all 'frontdesk*' | cut -d ' ' -f 1); do
    systemctl disable --now --quiet "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || true
  done
}

remove_units() {
  rm -rf "$UNITS"/frontdesk* "$JOURNAL" /var/lib/systemd/timers/stamp-frontdesk-*
  find /etc/systemd/system -name 'frontdesk*' -type l -delete
  rm -rf /etc/systemd/system/frontdesk.target.wants
  systemctl daemon-reload
  systemctl reset-failed 'frontdesk*' 2>/dev/null || true
}

remove_site() {
  rm -f /etc/nginx/sites-enabled/frontdesk.conf "$SITE" "$SITE.before"
  [ ! -f /etc/nginx/sites-available/default ] || ln -sfn /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default
  systemctl try-reload-or-restart nginx.service
  rm -rf /var/lib/nginx/frontdesk
}

remove_program() { rm -rf "$OPT" /usr/local/bin/frontdesk; }

drop_database() {
  as_postgres -c 'DROP DATABASE IF EXISTS frontdesk WITH (FORCE)' -c 'DROP ROLE IF EXISTS frontdesk' -c 'DROP ROLE IF EXISTS frontdesk_owner' -c 'DROP ROLE IF EXISTS frontdesk_backup'
  for setting in hba_file ident_file; do
    sed -i '/^# frontdesk begin/,/^# frontdesk end/d' "$(as_postgres -c "SHOW $setting")"
  done
  as_postgres -c 'SELECT pg_reload_conf()' >/dev/null
}

remove_data() {
  rm -rf "$ETC" "$DATA" "$ACME"
  # The backups would keep the number of a user who is gone.
  [ ! -d "$BACKUPS" ] || chown -R root:root "$BACKUPS"
  userdel frontdesk
  userdel frontdesk-owner
  groupdel frontdesk 2>/dev/null || true
}

# Refuses before anything is gone: the roles cannot be dropped while another database has something of theirs.
need_no_other() {
  others=$(as_postgres -c "SELECT string_agg(DISTINCT d.datname, ' ') FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
    JOIN pg_database d ON d.oid = s.dbid OR s.classid = 'pg_database'::regclass AND d.oid = s.objid
    WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname IN ('frontdesk', 'frontdesk_owner', 'frontdesk_backup')
      AND d.datname <> 'frontdesk'")
  [ -z "$others" ] || die "these databases belong to Frontdesk too: $others; drop them first: sudo -u postgres dropdb NAME"
}

# Files that this script itself is in go too: all of it is read by now.
[ -z "$PURGE" ] || step 'check that the roles of the database have nothing elsewhere' need_no_other
step 'stop and disable every unit of Frontdesk' stop
step "remove the units and $JOURNAL" remove_units
step "remove the nginx site and give Debian's default site back" remove_site
step "remove $OPT and /usr/local/bin/frontdesk" remove_program
if [ -n "$PURGE" ]; then
  step 'drop the database frontdesk and its roles, and our lines in pg_hba.conf and pg_ident.conf' drop_database
  step "remove $ETC, $DATA, $ACME and the system users" remove_data
  say "$BACKUPS is kept: remove it by hand"
  [ ! -f /etc/letsencrypt/renewal/frontdesk.conf ] || say "certbot would go on renewing: certbot delete --cert-name frontdesk"
else
  say "kept: the database frontdesk, $ETC, $DATA, $BACKUPS; install.sh takes them up again, --purge removes all but the backups"
fi
