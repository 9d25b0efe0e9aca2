#!/bin/sh
# First start: makes the data folder and the database after POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.
# Every start: runs postgres with the container's arguments. Builtins, rm and PostgreSQL's own programs only.
set -eu
bin=/usr/lib/postgresql/native/bin
: "${PGDATA:=/var/lib/postgresql/data}"
: "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
export PGDATA

# The marker is written last: a first start that was cut off is begun anew.
if [ ! -f "$PGDATA/provost-ready" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "POSTGRES_PASSWORD is not set: give the superuser a password" >&2
    exit 1
  fi
  rm -rf "$PGDATA"
  umask 077
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  # The locale comes with PostgreSQL, so that the image needs none of libc's.
  "$bin/initdb" -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=scram-sha-256 \
    --auth-host=scram-sha-256 -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8
  rm -f /tmp/password
  printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "$POSTGRES_DB" | "$bin/postgres" --single -D "$PGDATA" postgres >/dev/null
  fi
  : >"$PGDATA/provost-ready"
fi
unset POSTGRES_PASSWORD
"$bin/postgres" -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@" &
server=$!
# The official image asks for SIGINT: sessions are ended at once. On SIGTERM PostgreSQL would wait for every client.
trap 'kill -INT "$server"' TERM INT
while kill -0 "$server" 2>/dev/null; do
  status=0
  wait "$server" || status=$?
done
exit "$status"
