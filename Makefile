# The only door into the project. Logic longer than a line lives in the script a target names.
SHELL := bash
.PHONY: list tour test check bench fuzz relay bindings

# this list
list:
	@awk '/^# / { says = substr($$0, 3); next } /^[a-z]+:/ { sub(/:.*/, ""); printf "make %-10s %s\n", $$0, says }' $(firstword $(MAKEFILE_LIST))

# the whole path once: phone, tablet, relay, specialist; JOURNAL=PATH takes a journal of your own along
tour:
	@JOURNAL='$(JOURNAL)' scripts/tour.sh

# everything: check, Rust, the relay alone, golden vectors, a stranger to the relay, Python, Kotlin, Swift; skips loudly what this machine cannot run
test:
	@scripts/test.sh

# format, lints, documentation, and who may depend on whom
check:
	@scripts/check.sh

# each figure against a floor measured in the same run, collected in target/bench-summary.json
bench:
	@. scripts/env.sh && cargo_workspace bench --no-fail-fast --bench '*'

# a minute of made-up bytes for every importer and decoder (SECONDS_EACH=60); needs nightly Rust and cargo-fuzz, and says how to get them
fuzz:
	@scripts/fuzz.sh

# the relay for production, alone and on plain SQLite: target/release/cairn-relay
relay:
	@. scripts/env.sh && cargo build --locked --release -p cairn-relay

# builds cairn-ffi and writes its Kotlin, Swift and Python layers into target/bindings
bindings:
	@bindings/generate.sh
