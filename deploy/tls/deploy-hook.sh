#!/bin/sh
# Puts a certificate that certbot has got in the place of the one that nginx serves: certbot runs it after every renewal.
# A bad one is not taken. The reload resets clients that hold an idle HTTP/1.1 connection; they connect again.
set -eu
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
: "${RENEWED_LINEAGE:?is set by certbot: the folder with fullchain.pem and privkey.pem}"

cert=$ETC/tls/site.crt key=$ETC/tls/site.key
[ "$(openssl x509 -noout -pubkey -in "$RENEWED_LINEAGE/fullchain.pem")" = "$(openssl pkey -pubout -in "$RENEWED_LINEAGE/privkey.pem")" ] ||
  die "the key in $RENEWED_LINEAGE is not that of the certificate"

cp -p "$cert" "$cert.before"
cp -p "$key" "$key.before"
install -m 644 "$RENEWED_LINEAGE/fullchain.pem" "$cert.new"
install -m 600 "$RENEWED_LINEAGE/privkey.pem" "$key.new"
mv "$key.new" "$key"
mv "$cert.new" "$cert"
if nginx -t -q; then
  systemctl reload nginx.service
  rm "$cert.before" "$key.before"
else
  mv "$cert.before" "$cert"
  mv "$key.before" "$key"
  die 'nginx does not take the new certificate: the old one stays'
fi
