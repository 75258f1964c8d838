#!/usr/bin/env bash
# Tests the Python module that `make bindings` wrote, under plain CPython with no packages.
# shellcheck source=../../scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/env.sh"

command -v python3 >/dev/null || skip "Python bindings" "no python3 on PATH" "install Python 3.9 or newer (on Debian: apt-get install python3)"
export CAIRN_RELAY="$profile/cairn-relay"
# Nothing is written beside the sources.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$target/bindings/python exec python3 -m unittest discover --verbose \
    --start-directory "$root/bindings/python" --pattern 'test_*.py'
