#!/usr/bin/env bash
# What needs no test to run: format, lints, documentation, and who may depend on whom (deny.toml).
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$root"

say "format";         cargo fmt --all --check
say "lints";          cargo_workspace clippy --all-targets -- -D warnings
say "documentation";  RUSTDOCFLAGS="-D warnings" cargo_workspace doc --no-deps --document-private-items
say "dependencies"
deny=0.20.2
cargo deny --version >/dev/null 2>&1 || cargo install cargo-deny --locked --version "$deny" ||
    skip "dependency check" "cargo-deny is missing and could not be installed" "cargo install cargo-deny --locked --version $deny"
# Advisories are left out: they change without any change here, and need the network.
cargo deny --log-level error check bans licenses sources
