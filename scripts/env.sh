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
# Rust's installer tells only login shells where cargo is.
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
FEATURES=${FEATURES-$("$root/scripts/features.sh")}
export FEATURES PATH

# Says loudly that something did not run, and how it would. The caller reads the exit code: 77 is "skipped", as in automake.
skip() { # name, why, how to run it
    printf '\n!!! SKIPPED: %s\n!!!   why:        %s\n!!!   to run it:  %s\n\n' "$1" "$2" "$3" >&2
    exit 77
}

say() { printf '\n==> %s\n' "$*"; }

# Cargo over the workspace: always all of it, whatever is asked for, because another selection of crates unifies their features
# differently and compiles half of them again. Choose with --lib, --bin NAME or --tests, never with -p.
cargo_workspace() { # subcommand, arguments
    # shellcheck disable=SC2086 # FEATURES is words
    (cd "$root" && cargo "$1" --locked --workspace $FEATURES "${@:2}")
}
