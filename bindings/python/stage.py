"""What the tests play on: a relay, people's devices, and the words of bindings/scenario.json."""

import asyncio
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.request

import cairn_ffi as cairn

SCENARIO = json.loads(pathlib.Path(__file__).parent.with_name("scenario.json").read_text("utf-8"))
# Nothing here takes that long; what does has hung.
PATIENCE_S = 60


class MemoryKeys(cairn.KeyStore):
    def __init__(self):
        self.secrets = {}

    def load(self, name):
        return self.secrets.get(name)

    def save(self, name, secret):
        self.secrets[name] = secret

    def forget(self, name):
        self.secrets.pop(name, None)


class UrllibTransport(cairn.Transport):
    """A transport in the app's own language."""

    def __init__(self):
        self.sent = 0

    def send(self, request):
        self.sent += 1
        post = urllib.request.Request(
            request.origin + request.path, data=request.body, headers={"content-type": "application/cbor"}
        )
        try:
            with urllib.request.urlopen(post, timeout=30 + request.wait_ms / 1000) as answer:
                return cairn.TransportResponse(status=answer.status, body=answer.read())
        except urllib.error.HTTPError as answer:
            return cairn.TransportResponse(status=answer.code, body=answer.read())
        except OSError as error:
            raise cairn.TransportError.Offline() from error


class Listener(cairn.Observer):
    """Keeps what it is told, and lets a test wait for it."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.queue = asyncio.Queue()

    def changed(self, changes):
        self.loop.call_soon_threadsafe(self.queue.put_nowait, changes)

    async def hears_of(self, change):
        """Waits until it is told of that; everything it was told until then."""
        heard = []
        while change not in heard:
            heard.extend(await asyncio.wait_for(self.queue.get(), PATIENCE_S))
        return heard


class Stage:
    """A relay on this machine, and a folder for every device; both go with it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.relay = None
        # Settings of the relay beside the folder and the address.
        self.relay_settings = []
        self.open = []

    async def suspend(self):
        """Leaves no database open: the process may end with this test."""
        for vault in self.open:
            await vault.suspend()
        self.open.clear()

    def leave(self):
        if self.relay:
            self.relay.kill()
            self.relay.wait()
            self.relay.stdout.close()
        self.folder.cleanup()

    def lose_the_relays_store(self, origin):
        """The relay comes back where it was, with nothing left but its key."""
        self.relay.kill()
        self.relay.wait()
        self.relay.stdout.close()
        for file in pathlib.Path(self.folder.name, "relay").glob("relay.db*"):
            file.unlink()
        self.start_relay(origin.removeprefix("http://"))

    def start_relay(self, address="127.0.0.1:0"):
        """Starts the relay; answers its origin."""
        self.relay = subprocess.Popen(
            [os.environ["CAIRN_RELAY"], "--data", f"{self.folder.name}/relay", "--listen", address, *self.relay_settings],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.relay.stdout.readline().strip()
        assert line.startswith("listening on "), line
        return line.removeprefix("listening on ")

    async def device(self, name, transport=None, keys=None):
        config = cairn.VaultConfig(directory=f"{self.folder.name}/{name}", device_name=SCENARIO[name])
        vault = await cairn.Vault.open(config, keys or MemoryKeys(), transport)
        self.open.append(vault)
        return vault

    async def phone_and_tablet(self):
        """Two devices of one person, paired and in agreement."""
        origin = self.start_relay()
        phone = await self.device("phone", cairn.http_transport())
        await phone.sync().connect(origin)
        await sync(phone)
        return phone, await self.paired(phone, "tablet")

    async def paired(self, phone, name):
        """Another device of the same person, paired with the phone and in agreement."""
        other = await self.device(name, UrllibTransport())
        code = await phone.devices().pair()
        shown, called = await both(other.devices().join(code), phone.devices().wait_for_device())
        assert (shown.name, called) == (SCENARIO["phone"], SCENARIO[name])
        await both(phone.devices().confirm_device(shown.digits), other.devices().finish_joining())
        await sync(other)
        return other


async def both(one, other):
    return await asyncio.wait_for(asyncio.gather(one, other), PATIENCE_S)


async def sync(*devices):
    for device in devices:
        report = await device.sync().sync_now()
        assert report.outcome == cairn.SyncOutcome.COMPLETE, report


def moment():
    return cairn.Moment(
        at=datetime.datetime.fromtimestamp(SCENARIO["happened_ms"] / 1000, datetime.timezone.utc),
        zone=SCENARIO["zone"],
        precision=cairn.Precision.EXACT,
    )


def draft(name, body=None):
    words = SCENARIO[name]
    return cairn.Draft(
        title=words["title"],
        body=body or words["body"],
        happened=moment(),
        tags=words["tags"],
        feelings=words["feelings"],
    )


async def revise(device, entry, name, body):
    found = await device.journal().entry_for_editing(entry)
    await device.journal().revise(entry, found.version, draft(name, body))


async def body(device, entry):
    return (await device.journal().entry(entry)).body
