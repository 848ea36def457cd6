#!/bin/sh
# Makes sure that the tests can start a PostgreSQL and a MariaDB (or MySQL) server of their own.
set -eu
. "$(dirname "$0")/packages.sh"

# found NAME PATTERN…: whether a program is on the PATH or matches one of the places where packages put it.
found() {
    command -v "$1" >/dev/null 2>&1 && return 0
    shift
    for place in "$@"; do
        [ -x "$place" ] && return 0
    done
    return 1
}

has_postgresql() {
    found postgres /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres
}

has_mysql() {
    found mariadbd /usr/sbin/mariadbd || found mysqld /usr/sbin/mysqld
}

missing=
has_postgresql || missing="$missing postgresql"
has_mysql || missing="$missing mariadb-server"
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086  # Two words, two packages.
if install_packages $missing && has_postgresql && has_mysql; then
    exit 0
fi
echo "The tests of PostgreSQL and MySQL start servers of their own, and these packages are missing:$missing" >&2
echo "They may not be installed here. Install them and try again: apt-get install$missing" >&2
exit 1
