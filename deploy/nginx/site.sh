#!/bin/sh
# Writes the nginx site anew, for the instances whose sockets are open and the options in /etc/frontdesk/nginx-options,
# and reloads nginx when it changed. --no-reload leaves that to the operator: a reload resets idle connections.
set -eu
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

RELOAD=yes
case "${1:-}" in
  '') ;;
  --no-reload) RELOAD='' ;;
  *) wrong_use 'usage: site.sh [--no-reload]' ;;
esac

count=$(instances | tail -n 1)
options=$(cat "$ETC/nginx-options")
# shellcheck disable=SC2086 # The options are words.
text=$("$OPT/current/deploy/frontdesk" nginx-config $options --instances "${count:-2}")

if [ -f "$SITE" ] && [ "$text" = "$(cat "$SITE")" ]; then
  say '  the nginx site is up to date'
  exit 0
fi
[ ! -f "$SITE" ] || cp "$SITE" "$SITE.before"
say "$text" >"$SITE.new"
chmod 644 "$SITE.new"
mv "$SITE.new" "$SITE"
ln -sfn "$SITE" /etc/nginx/sites-enabled/frontdesk.conf
if ! systemctl is-active --quiet nginx.service || [ -z "$RELOAD" ]; then
  say "  $SITE changed; it is used from now on after: nginx -t && systemctl reload nginx"
else
  systemctl reload nginx.service
  say "  $SITE changed, and nginx was reloaded"
fi
