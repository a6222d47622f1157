#!/bin/sh
# Gets a certificate for the names of this installation from an ACME authority (Let's Encrypt) by certbot, while nginx
# serves; certbot's own timer renews it. Run again after a name was added. Usage: certbot.sh --email ADDRESS [option of certbot]...
set -eu
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

need_root
[ "${1:-}" = --email ] && [ $# -ge 2 ] || wrong_use 'usage: certbot.sh --email ADDRESS [option of certbot]...'
command -v certbot >/dev/null || die 'certbot is missing: apt-get install certbot'
email=$2
shift 2

# Addresses and names of this machine alone have no certificate of an authority.
names=$(tr ' ' '\n' <"$ETC/nginx-options" | grep -A 1 -xF -e --domain | grep -vxF -e --domain -e -- |
  grep -Ev '^[0-9.]+$|:|^localhost$' || true)
[ -n "$names" ] || die "$ETC/nginx-options names no domain"
for name in $names; do set -- --domain "$name" "$@"; done

certbot certonly --non-interactive --agree-tos --email "$email" --webroot --webroot-path "$ACME" \
  --cert-name frontdesk --expand --key-type ecdsa --deploy-hook "$OPT/current/deploy/tls/deploy-hook.sh" "$@"

# One that certbot had already, from an installation before or because the hook failed, was not handed over.
lineage=/etc/letsencrypt/live/frontdesk
cmp -s "$lineage/fullchain.pem" "$ETC/tls/site.crt" || RENEWED_LINEAGE=$lineage "$OPT/current/deploy/tls/deploy-hook.sh"
