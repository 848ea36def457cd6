#!/bin/sh
# Makes sure that the browser tests have a Chromium: CHROMIUM, one on the PATH, or Debian's package.
set -eu
[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && exit 0
for name in chromium chromium-browser google-chrome-stable google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
. "$(dirname "$0")/packages.sh"
install_packages chromium fonts-dejavu-core fonts-noto-color-emoji || {
    echo "The browser tests need Chromium and may not install it here." >&2
    echo "Install it (apt-get install chromium) or name one: make test CHROMIUM=/path/to/chromium" >&2
    exit 1
}
