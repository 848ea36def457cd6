#!/bin/sh
# Starts JupyterLab for the demo in the current folder, with the explorer on the store seeded there.
set -eu
[ "$(id -u)" = 0 ] && set -- --allow-root "$@"
exec jupyter lab --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
    --LabApp.default_url=/lab/tree/welcome.ipynb "$@"
