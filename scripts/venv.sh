#!/bin/sh
# Makes the virtual environment. usage: venv.sh PYTHON FOLDER
# Debian ships Python without ensurepip; where we may, its package is installed, otherwise we say which one is missing.
set -eu
python=$1
folder=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "Python 3.10 or newer is needed; $python is $("$python" --version 2>&1). Name another: make PYTHON=python3.11 …" >&2
    exit 1
}
[ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1 && exit 0

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    . "$(dirname "$0")/packages.sh"
    install_packages "python$version-venv" || {
        echo "Python's venv module is incomplete. Install it and try again: apt-get install python$version-venv" >&2
        exit 1
    }
fi
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --upgrade pip
