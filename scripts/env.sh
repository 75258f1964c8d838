# What every script of the project shares; sourced, never run. Sets:
#   root      the repository
#   target    where everything built lands (CARGO_TARGET_DIR, else target/)
#   profile   the folder of the dev profile's products below it
#   FEATURES  flags for every cargo call that reaches the core
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
profile=$target/debug
# The installers of Rust and Go tell only login shells where their programs are; what the project's own scripts build for tests lies below target.
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:/usr/local/go/bin:$target/bin
FEATURES=${FEATURES-$("$root/scripts/features.sh")}
export FEATURES PATH

# Says loudly that something did not run, and how it would. The caller reads the exit code: 77 is "skipped", as in automake.
skip() { # name, why, how to run it
    printf '\n!!! SKIPPED: %s\n!!!   why:        %s\n!!!   to run it:  %s\n\n' "$1" "$2" "$3" >&2
    exit 77
}

# A venv with exactly these packages, made anew where they changed; without one its caller is skipped.
python_venv() { # its folder, the list of packages, the caller's name for skip, the oldest Python
    local wish="install Python $4 or newer with venv (on Debian: apt-get install python3-venv) and allow pip to reach its index once"
    cmp -s "$2" "$1/requirements.txt" && return
    # ensurepip is what Debian leaves out of python3.
    python3 -c 'import ensurepip, venv' 2>/dev/null || skip "$3" "no python3 with venv" "$wish"
    python3 -m venv --clear "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2" ||
        skip "$3" "its packages could not be installed" "$wish"
    cp "$2" "$1/requirements.txt"
}

say() { printf '\n==> %s\n' "$*"; }

# Cargo over the workspace: always all of it, whatever is asked for, because another selection of crates unifies their features
# differently and compiles half of them again. Choose with --lib, --bin NAME or --tests, never with -p.
cargo_workspace() { # subcommand, arguments
    # shellcheck disable=SC2086 # FEATURES is words
    (cd "$root" && cargo "$1" --locked --workspace $FEATURES "${@:2}")
}
