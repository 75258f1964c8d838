#!/usr/bin/env bash
# Reads the golden vectors of every format with a reader in Python that was written from the description alone.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

vectors=$root/tests/vectors
venv=$target/venv
python_venv "$venv" "$vectors/requirements.txt" "vector reader" 3.9
exec "$venv/bin/python" -B "$vectors/read_vectors.py"
