#!/usr/bin/env bash
# Everything, in the order in which a mistake shows soonest. What cannot run here is skipped loudly; with CI=true a skip is a failure.
# shellcheck source=env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

logs=$target/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 skipped=() summary=()

# How many tests a log counts, in the words of cargo, unittest, Surefire and XCTest; the last three repeat themselves, so there
# the last line counts.
count() {
    awk '/^test result: ok\./ { cargo += $4 }
         /^Ran [0-9]+ test/ { last = $2 }
         /Tests run: [0-9]+/ { match($0, /Tests run: [0-9]+/); last = substr($0, RSTART + 11, RLENGTH - 11) }
         /Executed [0-9]+ test/ { match($0, /Executed [0-9]+/); last = substr($0, RSTART + 9, RLENGTH - 9) }
         END { print cargo + last }' "$1"
}

step() { # name, then the command; a step named with a trailing "!" has no tests to count
    local name=${1%!} log started=$SECONDS code=0 tests=0 counted=ok
    log=$logs/${name// /-}.log
    say "$name"
    "${@:2}" 2>&1 | tee "$log" || code=$? # pipefail: the command's code, not tee's
    if [ "$code" = 77 ]; then
        skipped+=("$name")
        summary+=("$(printf '%-18s %12s' "$name" skipped)")
        return
    fi
    if [ "$1" = "$name" ] && [ "$code" = 0 ]; then
        tests=$(count "$log")
        [ "$tests" -gt 0 ] || { echo "no test ran" >&2; code=1; }
        counted="$tests tests"
    fi
    if [ "$code" != 0 ]; then
        printf '\nFAILED: %s (the whole of it: %s)\n' "$name" "$log" >&2
        exit 1
    fi
    passed=$((passed + tests))
    summary+=("$(printf '%-18s %12s %5d s' "$name" "$counted" $((SECONDS - started)))")
}

# The relay's own tests, as operators run it: by itself it is built on plain SQLite, in the workspace, where the suite runs it, on the core's SQLCipher.
relay_alone() { (cd "$root" && cargo test --locked -p cairn-relay); }

# The attacks of a hostile relay, and the random histories of what is shown, each once more without the check it is about. The feature reaches the core and the suite alone, so
# that of the workspace only they are compiled again.
planted() { cargo_workspace test --features cairn-tests/planted --test suite -- hostile_relay interleavings::found; }

# Skipped loudly by the tests that need it, where it cannot be had.
"$root/scripts/setup-versitygw.sh"

step "check!" "$root/scripts/check.sh"
step "build!" cargo_workspace build --lib --bins
step "Rust" cargo_workspace test --exclude cairn-relay
step "planted defects" planted
step "relay alone" relay_alone
step "vector reader!" "$root/scripts/vectors.sh"
step "stranger" "$root/scripts/stranger.sh"
step "foreign exports" "$root/scripts/exports.sh"
step "generate!" "$root/bindings/generate.sh"
step "Python bindings" "$root/bindings/python/run-tests.sh"
step "Kotlin bindings" "$root/bindings/kotlin/run-tests.sh"
step "Swift bindings" "$root/bindings/swift/run-tests.sh"

say "done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
printf '    %s\n' "${summary[@]}"
[ ${#skipped[@]} = 0 ] || printf '!!! SKIPPED: %s (how to run it stands above)\n' "${skipped[@]}" >&2
printf 'Tests run: %d, Failures: 0, Errors: 0, Skipped: %d\n' "$passed" ${#skipped[@]}
if [ "${CI-}" = true ] && [ ${#skipped[@]} != 0 ]; then
    echo "FAILED: nothing may be skipped where CI=true" >&2
    exit 1
fi
