#!/bin/bash
# Makes the database at the first start, then becomes the server. Environment as in the official image: POSTGRES_USER,
# POSTGRES_PASSWORD, POSTGRES_DB, each also as <name>_FILE, and PGDATA.
set -euo pipefail

file_env() {
  local name="$1" file="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    echo "both $name and $file are set: set one of them" >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then
    # Not exported: the server does not need it.
    printf -v "$name" '%s' "$(< "${!file}")"
  fi
}

initialise() {
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER
  file_env POSTGRES_DB
  local user="${POSTGRES_USER:-postgres}"
  local database="${POSTGRES_DB:-$user}"
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must be set and not empty' >&2
    exit 1
  fi

  # Built beside its final place and moved there when complete, so that a start that was interrupted is simply repeated.
  local fresh="$PGDATA.incomplete"
  rm -rf "$fresh"
  mkdir -p "$(dirname "$PGDATA")"
  initdb -D "$fresh" -U "$user" --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") > /dev/null
  # The operating system's user may be the database's user over the local socket, whatever that one is called.
  echo "image $(id -un) $user" >> "$fresh/pg_ident.conf"
  sed -i '1i local all all peer map=image' "$fresh/pg_hba.conf"
  echo 'host all all all scram-sha-256' >> "$fresh/pg_hba.conf"

  pg_ctl -D "$fresh" -o "-c listen_addresses='' -c unix_socket_directories=/tmp" -w start > /dev/null
  if [ "$database" != postgres ]; then
    psql -q -v ON_ERROR_STOP=1 -h /tmp -U "$user" -d postgres -v db="$database" <<< 'CREATE DATABASE :"db";'
  fi
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) . "$script" ;;
      *.sql) psql -q -v ON_ERROR_STOP=1 -h /tmp -U "$user" -d "$database" -f "$script" ;;
    esac
  done
  pg_ctl -D "$fresh" -m fast -w stop > /dev/null
  mv -T "$fresh" "$PGDATA"
}

if [ "${1:-}" = postgres ]; then
  # The server holds this lock for as long as any of its processes lives, across containers. Its own lock names a process
  # by number: left by a crash, the number is somebody else's in the next container, and the server would never start.
  mkdir -p "$(dirname "$PGDATA")"
  exec 9> "$PGDATA.lock"
  if ! flock -n 9; then
    echo "another server still uses $PGDATA" >&2
    exit 1
  fi
  rm -f "$PGDATA/postmaster.pid"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then initialise; fi
  # Kubernetes opens a volume for the group of its pod whenever it is mounted, and the server refuses to start on such a folder.
  chmod 0700 "$PGDATA"
fi
unset POSTGRES_PASSWORD
exec "$@"
