#!/bin/sh
# Makes the postfix of this machine an outgoing relay for this machine alone: it listens on the loopback, takes mail from
# nobody else, and uses TLS wherever the other side offers it. Run again it changes nothing.
#
# Usage: postfix.sh [--relay HOST[:PORT]]   the provider's relay; without it mail goes to each domain's own server
set -eu
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

RELAY=''
while [ $# -gt 0 ]; do
  case "$1" in
    --relay) [ $# -ge 2 ] || wrong_use '--relay needs a host'; RELAY=$2; shift ;;
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) wrong_use "$1 is not known (see --help)" ;;
  esac
  shift
done
need_root
command -v postconf >/dev/null || die 'postfix is missing: apt-get install postfix (choose "No configuration")'

# In brackets it is that host itself, not whoever its MX record names.
case "$RELAY" in
  '') next='' ;;
  *:*) next="[${RELAY%:*}]:${RELAY##*:}" ;;
  *) next="[$RELAY]" ;;
esac
domain=$(public_url | sed 's,^https://,,; s,[:/].*,,')

[ -f /etc/postfix/main.cf ] || install -m 644 /dev/null /etc/postfix/main.cf
postconf -e \
  "myhostname = $domain" "myorigin = $domain" 'mydestination =' 'local_transport = error:no mailboxes here' \
  'inet_interfaces = loopback-only' 'mynetworks = 127.0.0.0/8 [::1]/128' \
  'smtpd_relay_restrictions = permit_mynetworks, reject' 'smtpd_recipient_restrictions =' \
  'smtp_tls_security_level = may' 'smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt' 'smtp_tls_loglevel = 1' \
  'inet_protocols = all' 'compatibility_level = 3.6' 'maximal_queue_lifetime = 2d' 'bounce_queue_lifetime = 2d' 'message_size_limit = 26214400' "relayhost = $next"
postfix check
systemctl enable --quiet postfix.service
systemctl restart postfix.service

grep -q '^MAIL_TRANSPORT=' "$ETC/frontdesk.env" || {
  say "MAIL_TRANSPORT=smtp
SMTP_URL=smtp://127.0.0.1:25
MAIL_FROM=frontdesk@$domain" >>"$ETC/frontdesk.env"
  say "$ETC/frontdesk.env: mail goes through postfix from now on"
  systemctl try-restart frontdesk-worker.service
}
say "postfix takes mail on 127.0.0.1:25; try: sendmail -v you@example.org </dev/null; journalctl -u 'postfix@*' -n 20"
