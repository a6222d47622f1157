# What install.sh, update.sh and uninstall.sh share; read by them, not run. Every path outside the release is here.
# shellcheck shell=sh
OPT=/opt/frontdesk
ETC=/etc/frontdesk
DATA=/var/lib/frontdesk
ACME=/var/lib/frontdesk-acme
BACKUPS=/var/backups/frontdesk
UNITS=/usr/local/lib/systemd/system
SITE=/etc/nginx/sites-available/frontdesk.conf
SITE_LINK=/etc/nginx/sites-enabled/frontdesk.conf
JOURNAL=/etc/systemd/journald.conf.d/frontdesk.conf
DRY_RUN=${DRY_RUN:-}

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
wrong_use() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

# step TEXT COMMAND...: says what is done and why, then does it; with --dry-run it only says so.
step() {
  STEP=$1
  shift
  if [ -n "$DRY_RUN" ]; then say "would $STEP"; return; fi
  say "- $STEP"
  "$@"
  STEP=''
}
STEP=''
# No `||` around a step: within one, the shell would go on after a failure inside.
trap '[ $? = 0 ] || [ -z "$STEP" ] || printf "%s: failed: %s\n" "${0##*/}" "$STEP" >&2' EXIT

need_root() { [ "$(id -u)" = 0 ] || [ -n "$DRY_RUN" ] || die 'root is needed: run it with sudo'; }

# field NAME RELEASE: a line of release.json, which is written one field a line.
field() { sed -n "s/^  \"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" "$2/release.json"; }

# link TARGET NAME: an atomic change of a link, so that no start finds it missing.
link() {
  ln -sfn "$1" "$2.new"
  mv -T "$2.new" "$2"
}

check_release() {
  [ -f "$1/release.json" ] || die "$1 is no release of Frontdesk"
  case "$(uname -m)" in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
  # It becomes the name of a directory, of which the one before is removed.
  case "$(field version "$1")" in
    */*) die "$1/release.json has a version that is none" ;;
    [0-9]*) ;;
    *) die "$1/release.json has no version" ;;
  esac
  [ "$(field arch "$1")" = "$machine" ] || die "this release is for $(field arch "$1"), and this machine is $machine"
}

# Free MiB where a path is, or will be.
free_mib() {
  path=$1
  until [ -d "$path" ]; do path=$(dirname "$path"); done
  df -Pm "$path" | awk 'NR == 2 { print $4 }'
}

need_room() { [ "$(free_mib "$1")" -ge "$2" ] || die "$1 has $(free_mib "$1") MiB free, and $2 are needed"; }

# put_units RELEASE: the units of a release, with the sandbox that they share.
put_units() {
  mkdir -p "$UNITS/frontdesk@.service.d" "$UNITS/frontdesk-.service.d"
  # Those of another release that this one has no more.
  for unit in "$UNITS"/frontdesk*; do
    [ -d "$unit" ] || [ -f "$1/deploy/systemd/${unit##*/}" ] || rm "$unit"
  done
  install -m 644 "$1"/deploy/systemd/frontdesk* "$UNITS/"
  install -m 644 "$1/deploy/systemd/sandbox.conf" "$UNITS/frontdesk@.service.d/sandbox.conf"
  install -m 644 "$1/deploy/systemd/sandbox.conf" "$UNITS/frontdesk-.service.d/sandbox.conf"
  systemctl daemon-reload
}

# put_config OLD NEW: the files to tune as NEW ships them, with what the operator changed since OLD carried over.
# The same with the two exchanged takes it back.
put_config() {
  for shipped in "$2"/config/*.json; do
    name=${shipped##*/}
    own=$ETC/$name
    if [ -f "$own" ] && { [ ! -f "$1/config/$name" ] || cmp -s "$1/config/$name" "$shipped"; }; then continue; fi
    if [ ! -f "$own" ] || cmp -s "$own" "$1/config/$name"; then
      cat "$shipped" >"$own.new"
    else
      "$2/bin/node" "$2/deploy/config-merge.mjs" "$1/config/$name" "$own" "$shipped" >"$own.new"
      say "  $own: your changes were carried over to other defaults (see $shipped)"
    fi
    chgrp frontdesk "$own.new"
    chmod 640 "$own.new"
    mv "$own.new" "$own"
  done
}

# The numbers of the instances that run or are meant to, in order: those whose sockets are open.
instances() {
  systemctl list-units --plain --no-legend --state=active 'frontdesk@*.socket' |
    sed -n 's/^frontdesk@\([0-9]*\)\.socket.*/\1/p' | sort -n
}

# The numbers of those that start with the target, whether they run or not.
enabled_instances() {
  systemctl show -P Wants frontdesk.target | tr ' ' '\n' | sed -n 's/^frontdesk@\([0-9]*\)\.service$/\1/p' | sort -n
}

# ready N [SECONDS]: whether instance N answers that it is ready.
ready() { env PUBLIC_URL="$(public_url)" "$OPT/current/bin/node" "$OPT/current/deploy/ready.mjs" "/run/frontdesk/$1.sock" "${2:-30}"; }

# Without the quotes that systemd allows.
public_url() { sed -n "s/^PUBLIC_URL=[\"']\{0,1\}\([^\"']*\)[\"']\{0,1\}\$/\1/p" "$ETC/frontdesk.env"; }
