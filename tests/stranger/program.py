"""The relay's own program, and the words of its refusals."""

import os
import signal
import subprocess
import tempfile

from client import Line

ORIGIN = "http://relay.test"
PROGRAM = os.environ["CAIRN_RELAY"]

STORED, NOT_AUTHORISED, CONFLICT, RESYNC, STALE_EPOCH, SLOT_CLOSED, BAD_MERGE, OVER_QUOTA, MALFORMED, TOO_LARGE = range(10)
RATE_LIMITED, SPACE_CLOSED = 10, 11
PARTICIPANT, SPECIALIST = 0, 1


def nth(number, length=16):
    return number.to_bytes(length, "big")


class Relay:
    """The relay's program in a folder of its own."""

    def __init__(self, *more, folder=None):
        self.folder = folder or tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [PROGRAM, "--data", self.folder, "--listen", "127.0.0.1:0", "--origin", ORIGIN, "--log", "error", *more],
            stdout=subprocess.PIPE, text=True, env={},
        )
        self.address = self.process.stdout.readline().strip().removeprefix("listening on http://")

    def line(self):
        return Line(self.address, ORIGIN)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()
