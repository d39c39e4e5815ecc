#!/bin/sh
# Makes what `docker compose up` needs and nobody else may know, beside this file or in the folder given:
#   secrets/keys.json       the file of keys: names, scopes and hashes
#   secrets/admin.key       the key that may do everything, for you
#   secrets/publisher.key   the key that may publish, for the services that send events
#   secrets/prometheus.key  the key that may read, for Prometheus
#   secrets/share.secret    the secret that signs links for customers
#   .env                    passwords of ClickHouse and Grafana, and the profile
# What exists is left as it is. Needs a POSIX shell, od, base64 and sha256sum.
set -eu
folder=${1:-$(cd "$(dirname "$0")" && pwd)}
mkdir -p "$folder/secrets"
# Containers read single files of it under other users; on the host only its owner may enter.
chmod 700 "$folder/secrets"

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

new_key() { # name, scope, mode of the file
  secret="tsk_$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
  printf '%s' "$secret" >"$folder/secrets/$1.key"
  chmod "$3" "$folder/secrets/$1.key"
  hash=$(printf '%s' "$secret" | sha256sum | cut -d' ' -f1)
  printf '{ "name": "%s", "hash": "sha256:%s", "scopes": ["%s"] }' "$1" "$hash" "$2"
}

if [ -e "$folder/secrets/keys.json" ]; then
  echo "left as it is: $folder/secrets/keys.json"
else
  admin=$(new_key admin admin 600)
  publisher=$(new_key publisher publish 600)
  prometheus=$(new_key prometheus read 644)
  printf '[\n  %s,\n  %s,\n  %s\n]\n' "$admin" "$publisher" "$prometheus" >"$folder/secrets/keys.json"
  chmod 644 "$folder/secrets/keys.json"
  echo "made: $folder/secrets/keys.json and three keys beside it"
fi

if [ -e "$folder/secrets/share.secret" ]; then
  echo "left as it is: $folder/secrets/share.secret"
else
  random_hex 32 >"$folder/secrets/share.secret"
  chmod 644 "$folder/secrets/share.secret"
  echo "made: $folder/secrets/share.secret"
fi

if [ -e "$folder/.env" ]; then
  echo "left as it is: $folder/.env"
else
  (umask 077 && printf 'COMPOSE_PROFILES=embedded\nCLICKHOUSE_PASSWORD=%s\nGRAFANA_PASSWORD=%s\n' "$(random_hex 24)" "$(random_hex 12)" >"$folder/.env")
  echo "made: $folder/.env"
fi
