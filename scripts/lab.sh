#!/bin/sh
# Starts JupyterLab for the demo in the current folder, with the explorer on the store seeded there.
set -eu
# The demo's own environment: Lab's question about news would cover what there is to see.
settings=$(python -c 'import sys; print(sys.prefix)')/share/jupyter/lab/settings
if [ ! -e "$settings/overrides.json" ]; then
    mkdir -p "$settings"
    echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}' >"$settings/overrides.json"
fi
[ "$(id -u)" = 0 ] && set -- --allow-root "$@"
exec jupyter lab --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
    --LabApp.default_url=/lab/tree/welcome.ipynb "$@"
