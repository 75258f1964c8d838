#!/usr/bin/env bash
# Opens what `cairn export` writes with the tools that other people use: age, jrnl, PyYAML, Python's zipfile and hashlib.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

exports=$root/tests/exports
venv=$target/venv-exports
wish="install Python 3.10 or newer with venv (on Debian: apt-get install python3-venv) and allow pip to reach its index once"
command -v age >/dev/null || skip "foreign exports" "no age on PATH" "install age (on Debian: apt-get install age)"
[ -x "$profile/cairn" ] || skip "foreign exports" "cairn is not built" "cargo build --workspace --bin cairn"
if ! cmp -s "$exports/requirements.txt" "$venv/requirements.txt"; then
    # ensurepip is what Debian leaves out of python3.
    python3 -c 'import ensurepip, venv' 2>/dev/null || skip "foreign exports" "no python3 with venv" "$wish"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$exports/requirements.txt" ||
        skip "foreign exports" "its packages could not be installed" "$wish"
    cp "$exports/requirements.txt" "$venv/requirements.txt"
fi
CAIRN="$profile/cairn" PATH="$venv/bin:$PATH" exec "$venv/bin/python" -B -m unittest discover --verbose \
    --start-directory "$exports" --pattern 'test_*.py'
