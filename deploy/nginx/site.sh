#!/bin/sh
# Writes the nginx site anew, for the instances whose sockets are open (when none is, for those that are enabled) and the
# options in /etc/frontdesk/nginx-options, and reloads nginx when it changed. --no-reload leaves that to the operator: a
# reload resets idle connections.
# When nginx does not take it, what was there before stays.
set -eu
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

RELOAD=yes
case "${1:-}" in
  '') ;;
  --no-reload) RELOAD='' ;;
  *) wrong_use 'usage: site.sh [--no-reload]' ;;
esac

count=$(instances | tail -n 1)
[ -n "$count" ] || count=$(enabled_instances | tail -n 1)
options=$(cat "$ETC/nginx-options")
# shellcheck disable=SC2086 # The options are words.
text=$("$OPT/current/deploy/frontdesk" nginx-config $options --instances "${count:-2}")

if [ -f "$SITE" ] && [ "$text" = "$(cat "$SITE")" ]; then
  say '  the nginx site is up to date'
  exit 0
fi
# In a unit of its own: frontdesk-nginx.service may open no port, as nginx -t does.
test_nginx() { systemd-run --quiet --collect --wait --pipe nginx -t -q 2>&1; }

take_back() {
  [ -n "$enabled" ] || rm "$SITE_LINK"
  if [ -f "$SITE.before" ]; then mv "$SITE.before" "$SITE"; else rm "$SITE"; fi
}

# nginx takes the site that it reads first and complains of the other, which may be ours.
claims() {
  grep -nE '^[^#]*listen[^#;]*default_server' /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* 2>/dev/null |
    grep -vF "$SITE_LINK:"
}
in_the_way() {
  others=''
  case "$1" in *'duplicate default server'*) others=$(claims || true) ;; esac
  if [ -z "$others" ]; then
    say 'Mend what it names, then do this again'
  else
    say "Frontdesk must answer to every name that no site has, and these claim it:
$others
Take default_server out of them, then do this again"
  fi
}

enabled=''
[ ! -e "$SITE_LINK" ] || enabled=yes
if [ -f "$SITE" ]; then cp "$SITE" "$SITE.before"; else rm -f "$SITE.before"; fi
say "$text" >"$SITE.new"
chmod 644 "$SITE.new"
mv "$SITE.new" "$SITE"
ln -sfn "$SITE" "$SITE_LINK"
said=$(test_nginx) || {
  take_back
  die "nginx does not take the site of Frontdesk, and has what it had before. It says:
$said
$(in_the_way "$said")"
}
if [ -z "$RELOAD" ]; then
  say "  $SITE changed; it is used from now on after: nginx -t && systemctl reload nginx"
elif ! systemctl is-active --quiet nginx.service; then
  say "  $SITE changed; nginx does not run"
else
  systemctl reload nginx.service
  say "  $SITE changed, and nginx was reloaded"
fi
