#!/usr/bin/env bash
# Opens what `cairn export` writes with the tools that other people use: age, jrnl, PyYAML, Python's zipfile and hashlib.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

exports=$root/tests/exports
venv=$target/venv-exports
command -v age >/dev/null || skip "foreign exports" "no age on PATH" "install age (on Debian: apt-get install age)"
[ -x "$profile/cairn" ] || skip "foreign exports" "cairn is not built" "cargo build --workspace --bin cairn"
python_venv "$venv" "$exports/requirements.txt" "foreign exports" 3.10
CAIRN="$profile/cairn" PATH="$venv/bin:$PATH" exec "$venv/bin/python" -B -m unittest discover --verbose \
    --start-directory "$exports" --pattern 'test_*.py'
