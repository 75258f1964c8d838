#!/usr/bin/env bash
# Reads the golden vectors of every format with a reader in Python that was written from the description alone.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

vectors=$root/tests/vectors
venv=$target/venv
wish="install Python 3.9 or newer with venv (on Debian: apt-get install python3-venv) and allow pip to reach its index once"
if ! cmp -s "$vectors/requirements.txt" "$venv/requirements.txt"; then
    # ensurepip is what Debian leaves out of python3.
    python3 -c 'import ensurepip, venv' 2>/dev/null || skip "vector reader" "no python3 with venv" "$wish"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$vectors/requirements.txt" ||
        skip "vector reader" "its packages could not be installed" "$wish"
    cp "$vectors/requirements.txt" "$venv/requirements.txt"
fi
exec "$venv/bin/python" -B "$vectors/read_vectors.py"
