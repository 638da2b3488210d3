"""A pack of readings recognised by its bytes: nothing is built for what is uniform. Verdict-critical: no IO.

`scan` says how many records a pack holds when its bytes are of the one shape that nearly all packs have, and None when
they are of any other shape, right or wrong: then the full decoder speaks. What it recognises is a subset of what
`senml.decode` accepts, never more; a property test holds the two together.

    first   [ ? 0: n, 2: v, ? -1: 26, -2: bn, -3: bt, -4: bu ]
    others  [ ? 0: n, 2: v, ? 6: t ]                             all with n, or all without

The expressions below are deterministic CBOR spelled out: shortest heads only, keys in order, decimals in range.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tally_edge.resolution import MAX_NAME_CHARS, NAME
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS

MAX_RECORDS: Final = 1_024
"""At 12 bytes a record this stays far below the 65,535 bytes of an entry, and bounds the work one message can cause."""

_LONGEST_NAME: Final = 23
"""Register names that a one-byte head can carry; longer ones go to the full decoder."""

# A look-ahead refuses the width that a shorter one could have held.
_INTEGER: Final = (
    rb"(?:[\x00-\x17\x20-\x37]|[\x18\x38][\x18-\xff]|[\x19\x39](?!\x00)..|[\x1a\x3a](?!\x00\x00).{4}"
    rb"|[\x1b\x3b](?!\x00{4}).{8})"
)
# Tag 4, a pair, exponent -1..-18, and then a mantissa whose 8-byte form must keep its top bit clear.
_VALUE: Final = rb"\x02(?:\xc4\x82[\x20-\x31](?![\x1b\x3b][\x80-\xff]))?+" + _INTEGER
_TIME: Final = rb"\x06(?:[\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00).{4})"
_NAME: Final = (
    rb"\x00(?:"
    + b"|".join(b"%c[A-Za-z0-9:._-]{%d}" % (0x60 + length, length) for length in range(1, _LONGEST_NAME + 1))
    + rb")"
)
_PLAIN: Final = rb"(?:\xa2" + _VALUE + _TIME + rb"|\xa1" + _VALUE + rb")"
_NAMED: Final = rb"(?:\xa3" + _NAME + _VALUE + _TIME + rb"|\xa2" + _NAME + _VALUE + rb")"
_FIRST: Final = re.compile(rb"([\xa4-\xa6])(" + _NAME + rb")?+" + _VALUE + rb"(\x20\x18\x1a)?+\x21", re.DOTALL)


def scan(payload: bytes) -> int | None:
    """How many records `payload` holds, or None where only the full decoder can tell. Raises nothing."""
    try:
        return _scan(payload)
    except IndexError:
        return None


def _scan(payload: bytes) -> int | None:
    count, at = payload[0] - 0x80, 1
    if count == 24:
        count, at = payload[1], 2
        if count < 24:
            return None
    elif count == 25:
        count, at = payload[1] << 8 | payload[2], 3
        if not 0xFF < count <= MAX_RECORDS:
            return None
    elif not 0 < count < 24:
        return None
    first = _FIRST.match(payload, at)
    if first is None:
        return None
    members, name, version = first.groups()
    if members[0] != 0xA4 + (name is not None) + (version is not None):
        return None
    start, at = _text(payload, first.end())
    base_name = payload[start:at]
    if payload[at : at + 2] != b"\x22\x1a" or payload[at + 2] < 0x10 or payload[at + 6] != 0x23:  # 0x10: 2**28
        return None
    start, at = _text(payload, at + 7)
    if not _base_fits(base_name, payload[start:at], version is not None, name is not None):
        return None
    if count > 1:
        return count if _others(name is not None, count - 1).fullmatch(payload, at) else None
    return 1 if at == len(payload) else None


def _text(payload: bytes, at: int) -> tuple[int, int]:
    """Where the text with its head at `at` begins and ends; an empty span for a head that is no short text's."""
    length = payload[at] - 0x60
    if 0 <= length < 24:
        return at + 1, at + 1 + length
    if length == 24 and payload[at + 1] >= 24:
        return at + 2, at + 2 + payload[at + 1]
    return at, at


@lru_cache(maxsize=4_096)
def _base_fits(base_name: bytes, unit: bytes, secondary: bool, named: bool) -> bool:
    """Whether base name, unit and version go together; the same few for every pack of a metering point."""
    if not (base_name.isascii() and unit.isascii()):
        return False
    name = base_name.decode()
    if len(name) + _LONGEST_NAME > MAX_NAME_CHARS or not NAME.fullmatch(name):
        return False
    point, _, register = name.rpartition("/")
    if not point or bool(register) == named:
        return False
    return unit.decode() in (SECONDARY_UNITS if secondary else PRIMARY_UNITS)


@lru_cache(maxsize=2 * MAX_RECORDS)
def _others(named: bool, count: int) -> re.Pattern[bytes]:
    return re.compile(b"%b{%d}+" % (_NAMED if named else _PLAIN, count), re.DOTALL)
