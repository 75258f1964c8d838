"""What every format is made of: refusals, canonical CBOR, BLAKE3, Ed25519, splices."""

import blake3 as _blake3
import nacl.bindings as sodium
from nacl.exceptions import BadSignatureError


class Refused(Exception):
    """The bytes are refused, for the reason that a vector calls by this word."""


def refuse(word):
    raise Refused(word)


def require(condition, word):
    if not condition:
        raise Refused(word)


def unhex(text):
    return bytes.fromhex(text)


def little(number, length):
    return number.to_bytes(length, "little")


def spliced(splice, originals):
    """The bytes that a splice of `{of, at, remove, insert}` stands for."""
    original, at = originals[splice["of"]], splice["at"]
    return original[:at] + unhex(splice["insert"]) + original[at + splice["remove"]:]


# BLAKE3


def derive_key(context, *parts):
    return _blake3.blake3(b"".join(parts), derive_key_context=context).digest()


def keyed(key, *parts, length=32):
    return _blake3.blake3(b"".join(parts), key=key).digest(length=length)


def blake3(*parts):
    return _blake3.blake3(b"".join(parts)).digest()


# Canonical CBOR (RFC 8949 section 4.2.1)


class _Cbor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        require(self.at + length <= len(self.data), "malformed")
        self.at += length
        return self.data[self.at - length:self.at]

    def head(self):
        (first,) = self.take(1)
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        require(low <= 27, "malformed")
        number = int.from_bytes(self.take(1 << (low - 24)), "big")
        if major != 7:
            # The shortest form only.
            require(number >= (24, 1 << 8, 1 << 16, 1 << 32)[low - 24], "malformed")
        return major, number

    def value(self, depth=0):
        require(depth < 16, "malformed")
        start = self.at
        major, number = self.head()
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            try:
                return self.take(number).decode("utf-8")
            except UnicodeDecodeError:
                refuse("malformed")
        if major == 4:
            return [self.value(depth + 1) for _ in range(self.counted(number))]
        if major == 5:
            return self.map(self.counted(number), depth + 1)
        require(major == 7 and number in (20, 21, 22) and self.at == start + 1, "malformed")
        return {20: False, 21: True, 22: None}[number]

    def counted(self, number):
        require(number <= len(self.data) - self.at, "malformed")
        return number

    def map(self, length, depth):
        items, last = {}, b""
        for _ in range(length):
            start = self.at
            key = self.value(depth)
            encoded = self.data[start:self.at]
            require(last < encoded, "malformed")
            items[key], last = self.value(depth), encoded
        return items


def decode_cbor(data):
    """The one value that these bytes are the canonical form of."""
    reader = _Cbor(data)
    value = reader.value()
    require(reader.at == len(data), "malformed")
    return value


def raw_fields(data):
    """The values of a map with integer keys, each as the bytes it was written in."""
    decode_cbor(data)
    reader = _Cbor(data)
    major, length = reader.head()
    require(major == 5, "malformed")
    values = {}
    for _ in range(length):
        key = reader.value()
        require(isinstance(key, int) and not isinstance(key, bool) and key >= 0, "malformed")
        start = reader.at
        reader.value()
        values[key] = data[start:reader.at]
    return values


def fields(value, *shapes, optional=()):
    """The values of a map with exactly these integer keys. A shape is (key, check)."""
    require(isinstance(value, dict), "malformed")
    known = dict(shapes)
    require(all(key in known and isinstance(key, int) for key in value), "malformed")
    found = []
    for key, check in shapes:
        if key in value:
            require(check(value[key]), "malformed")
        else:
            require(key in optional, "malformed")
        found.append(value.get(key))
    return found


def version_first(data):
    """Says that another version is too new before looking at anything else in the map."""
    value = decode_cbor_loosely(data)
    require(isinstance(value, dict) and isinstance(value.get(0), int), "malformed")
    require(value[0] == 1, "too_new")
    return decode_cbor(data)


class _Loose(_Cbor):
    def head(self):
        (first,) = self.take(1)
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        require(low <= 27, "malformed")
        return major, int.from_bytes(self.take(1 << (low - 24)), "big")

    def map(self, length, depth):
        return {self.value(depth): self.value(depth) for _ in range(length)}


def decode_cbor_loosely(data):
    return _Loose(data).value()


def is_bytes(length):
    return lambda value: isinstance(value, bytes) and len(value) == length


def any_bytes(value):
    return isinstance(value, bytes)


def is_text(value):
    return isinstance(value, str)


def is_uint(bits):
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << bits


# Ed25519 (RFC 8032), strictly

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = _D * x1 * x2 * y1 * y2 % _P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + t, -1, _P) % _P,
        (y1 * y2 + x1 * x2) * pow(1 - t, -1, _P) % _P,
    )


def usable_key(key):
    """Refuses what is no point, not written canonically, or of small order."""
    number = int.from_bytes(key, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    require(y < _P, "unusable_key")
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    square = u * pow(v, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    require(x * x % _P == square, "unusable_key")
    require(not (x == 0 and sign), "unusable_key")
    point = (x if x & 1 == sign else _P - x, y)
    for _ in range(3):
        point = _add(point, point)
    require(point != (0, 1), "unusable_key")
    return key


def verify(key, message, signature):
    usable_key(key)
    try:
        # libsodium refuses what a strict check refuses: a scalar not reduced, a commitment of small order.
        sodium.crypto_sign_open(signature + message, key)
    except BadSignatureError:
        refuse("bad_signature")
