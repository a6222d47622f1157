#!/bin/sh
# Makes a self-signed certificate for the given names and addresses: P-256, 90 days, the key readable by its owner alone.
#   selfsigned.sh desk.example.org localhost 127.0.0.1 ::1
# Writes $TLS_DIR/$NAME.crt and $TLS_DIR/$NAME.key (/etc/frontdesk/tls, selfsigned); the last of a run that fails stays.
set -eu

: "${TLS_DIR:=/etc/frontdesk/tls}" "${NAME:=selfsigned}"

fail() {
  echo "selfsigned.sh: $*" >&2
  exit "${status:-1}"
}

[ $# -gt 0 ] && [ "${1#-}" = "$1" ] || status=2 fail "usage: selfsigned.sh <dns name>.. [ip address].."
command -v openssl >/dev/null || fail "openssl is missing: apt-get install openssl"

names=
for name in "$@"; do
  case $name in
    *[!A-Za-z0-9.:*-]* | '') status=2 fail "'$name' is neither a name nor an address" ;;
    *:*) kind=IP ;;
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  names="$names${names:+,}$kind:$name"
done

umask 077
mkdir -p "$TLS_DIR"
draft=$(mktemp -d "$TLS_DIR/.selfsigned.XXXXXX")
trap 'rm -rf "$draft"' EXIT

# The name of the subject holds 64 characters at most, and nobody reads it: clients look at the alternative names.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 90 -sha256 \
  -subj "/CN=Frontdesk, self-signed" \
  -addext "subjectAltName=$names" -addext "basicConstraints=critical,CA:FALSE" \
  -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=serverAuth" \
  -keyout "$draft/key" -out "$draft/crt" 2>"$draft/log" || { cat "$draft/log" >&2; fail "openssl made no certificate"; }

chmod 0644 "$draft/crt"
mv "$draft/key" "$TLS_DIR/$NAME.key"
mv "$draft/crt" "$TLS_DIR/$NAME.crt"
echo "$TLS_DIR/$NAME.crt is for $names, until $(openssl x509 -noout -enddate -in "$TLS_DIR/$NAME.crt" | cut -d= -f2)"
