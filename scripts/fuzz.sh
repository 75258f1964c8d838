#!/usr/bin/env bash
# Lets every importer read what a fuzzer makes up, SECONDS_EACH seconds each (60). A crash leaves its bytes in
# tests/fuzz/artifacts. The bounded form of it runs everywhere, as part of the core's tests (exchange::tests::mutations).
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$root"

rustup toolchain list 2>/dev/null | grep -q '^nightly' ||
    skip "fuzzing" "there is no nightly compiler" "rustup toolchain install nightly --profile minimal"
cargo fuzz --version >/dev/null 2>&1 ||
    skip "fuzzing" "cargo-fuzz is missing" "cargo install cargo-fuzz --locked"

for target in dayone journey daylio jrnl markdown archives; do
    say "fuzz $target"
    cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" -- \
        -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=1024 -timeout=20 -print_final_stats=1
done
