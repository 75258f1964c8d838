#!/usr/bin/env bash
# A client in Python, written from the wire document alone, speaks to the relay's own program.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

stranger=$root/tests/stranger
venv=$target/stranger-venv
wish="install Python 3.9 or newer with venv (on Debian: apt-get install python3-venv) and allow pip to reach its index once"
if ! cmp -s "$stranger/requirements.txt" "$venv/requirements.txt"; then
    # ensurepip is what Debian leaves out of python3.
    python3 -c 'import ensurepip, venv' 2>/dev/null || skip "stranger" "no python3 with venv" "$wish"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$stranger/requirements.txt" ||
        skip "stranger" "its packages could not be installed" "$wish"
    cp "$stranger/requirements.txt" "$venv/requirements.txt"
fi
cargo_workspace build --bin cairn-relay
CAIRN_RELAY=$profile/cairn-relay exec "$venv/bin/python" -B -m unittest discover --start-directory "$stranger" "$@"
