#!/usr/bin/env python3
"""Reads every golden vector of Cairn with a reader of its own, and says whether the written formats hold.

Usage: pip install -r requirements.txt, then read_vectors.py [--verbose]

Exits with 1 where a vector is not accepted, not refused (or not for the reason it gives), or has no reader.
"""

import json
import sys
from pathlib import Path

from reader import attachment, chains, key_box, pairing, record_inside, record_whole, recovery, sealing, wire
from reader.basics import Refused

PROJECT = Path(__file__).resolve().parents[2]
FILES = {
    "core/vectors": (
        sealing.FILES | attachment.FILES | key_box.FILES | chains.FILES | recovery.FILES | pairing.FILES
        | record_inside.FILES | record_whole.FILES
    ),
    "sync-server/wire/vectors": wire.FILES,
}
# What no reader here can judge, and why.
SKIPPED = {
    "core/vectors/genesis.json": "hashes of Automerge's own bytes, which only Automerge makes; held by the Rust tests",
    "core/vectors/archive_consent.json": "a file of an archive, which is plain JSON: what it says is held by the Rust tests",
    "core/vectors/archive_relationships.json": "a file of an archive, which is plain JSON: what it says is held by the Rust tests",
}


class Tally:
    """Counts what held and says what did not."""

    def __init__(self, verbose):
        self.passed, self.failed, self.verbose, self.file = 0, 0, verbose, ""

    def note(self, name, trouble=None):
        if trouble is None:
            self.passed += 1
        else:
            self.failed += 1
        if trouble is not None or self.verbose:
            print(f"{'FAILED' if trouble else 'passed'}  {self.file}: {name}" + (f": {trouble}" if trouble else ""))

    def equal(self, name, make, expected):
        """`make()` gives exactly what the vector says."""
        try:
            made = make()
        except Exception as error:  # A crash of the reader is a failed vector, with its reason.
            return self.note(name, f"{type(error).__name__} {error}")
        self.note(name, None if made == expected else f"made {made!r:.200}, not {expected!r:.200}")

    def accepted(self, name, read):
        """`read()` takes what the vector holds."""
        try:
            read()
        except Exception as error:
            return self.note(name, f"{type(error).__name__} {error}")
        self.note(name)

    def refused(self, name, read, word):
        """`read()` refuses what the vector holds, for this reason."""
        try:
            read()
        except Refused as refused:
            return self.note(name, None if str(refused) == word else f"refused as {refused}, not as {word}")
        except Exception as error:
            return self.note(name, f"{type(error).__name__} {error}")
        self.note(name, "accepted")


def main():
    tally = Tally("--verbose" in sys.argv[1:])
    for folder, readers in FILES.items():
        present = {path.name for path in (PROJECT / folder).glob("*.json")}
        for name in sorted(present | set(readers)):
            tally.file = f"{folder}/{name}"
            if name in present and tally.file in SKIPPED:
                print(f"skipped {tally.file}: {SKIPPED[tally.file]}")
            elif name not in present:
                tally.note("the file", "is missing")
            elif name not in readers:
                tally.note("the file", "has no reader")
            else:
                before = tally.passed + tally.failed
                vectors = json.loads((PROJECT / folder / name).read_text(encoding="utf-8"))
                tally.accepted("the file as a whole", lambda: readers[name](vectors, tally))
                if tally.passed + tally.failed < before + 2:
                    tally.note("the file", "holds no vectors")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
