#!/usr/bin/env bash
# Lets every importer and every decoder of sealed bytes read what a fuzzer makes up, SECONDS_EACH seconds each (60); TARGETS chooses. A crash leaves its bytes in
# tests/fuzz/artifacts. The bounded form of it runs everywhere, as part of the core's tests (exchange::tests::mutations).
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$root"

rustup toolchain list 2>/dev/null | grep -q '^nightly' ||
    skip "fuzzing" "there is no nightly compiler" "rustup toolchain install nightly --profile minimal"
cargo fuzz --version >/dev/null 2>&1 ||
    skip "fuzzing" "cargo-fuzz is missing" "cargo install cargo-fuzz --locked"

# What decoders of sealed bytes begin with: every example of the formats that is written down in hex, and what once broke one.
seeds=$target/fuzz-seeds
mkdir -p "$seeds"
grep -ohE '"([0-9a-f]{2}){20,}"' core/vectors/*.json sync-server/wire/vectors/*.json | tr -d '"' | sort -u |
    perl -ne 'chomp; open(my $out, ">", "'"$seeds"'/".$.) or die; print $out pack("H*", $_)'

importers=(dayone journey daylio jrnl markdown archives)
decoders=(wire envelope inside projections chains key_box pairing files document)
for target in ${TARGETS:-"${importers[@]}" "${decoders[@]}"}; do
    say "fuzz $target"
    corpus=tests/fuzz/corpus/$target
    mkdir -p "$corpus"
    known=()
    case " ${decoders[*]} " in *" $target "*) known=("$seeds") ;; esac
    [ ! -d "tests/fuzz/fixtures/$target" ] || known+=("tests/fuzz/fixtures/$target")
    cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" "$corpus" "${known[@]}" -- \
        -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=1024 -timeout=20 -print_final_stats=1
done
