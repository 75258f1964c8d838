#!/usr/bin/env bash
# A client in Python, written from the wire document alone, speaks to the relay's own program.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

stranger=$root/tests/stranger
venv=$target/stranger-venv
python_venv "$venv" "$stranger/requirements.txt" "stranger" 3.9
cargo_workspace build --bin cairn-relay
CAIRN_RELAY=$profile/cairn-relay exec "$venv/bin/python" -B -m unittest discover --start-directory "$stranger" "$@"
