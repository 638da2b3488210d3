"""The header of a readings statement recognised by its bytes. Verdict-critical: no IO.

Nearly every statement is of this one kind and shape, so its header is read at fixed places instead of item by item.
`scan` returns None for any other shape, right or wrong: then `statement` decodes it in full. What is recognised here is
a subset of what is accepted there, with the same values; a property test holds the two together.

    {1: alg, 3: 112, 4: kid, 15: {1: iss, 2: sub, 6: iat, 267: bootcount, -65537: seq, -65538: prev,
                                  ? -65539: beacon, -65540: clock}, 16: typ of readings}
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from tally_edge.keys import CURVE_OF_ALGORITHM

MAX_URI_CHARS: Final = 255
"""Long enough for any URN in use; short enough that names can not be used to carry data past the limits."""

NO_PREV: Final = bytes(32)
"""What `prev` holds in the first statement of a stream."""

READINGS_TYP: Final = "application/vnd.tallystick.readings.v1+cose"

_ALGORITHM_OF: Final = {
    b"\xa5\x01" + bytes((0x20 - 1 - algorithm,)) + b"\x03\x18\x70\x04\x58\x20": algorithm
    for algorithm in CURVE_OF_ALGORITHM
    if -24 <= algorithm < 0
}
"""The first nine bytes: a map of five, alg, content type 112, and the head of the kid."""

# Shortest heads only, and at most 2**53-1: a look-ahead refuses the width that a shorter one could have held.
_COUNT: Final = (
    rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00).{4}|\x1b\x00(?!\x00\x00\x00)[\x00-\x1f].{6})"
)
_REST: Final = re.compile(
    rb"\x06" + _COUNT + rb"\x19\x01\x0b" + _COUNT + rb"\x3a\x00\x01\x00\x00" + _COUNT
    + rb"\x3a\x00\x01\x00\x01\x58\x20(.{32})(?:\x3a\x00\x01\x00\x02\x58\x20(.{32}))?\x3a\x00\x01\x00\x03([\x00-\x03])"
    + rb"\x10\x78" + re.escape(bytes((len(READINGS_TYP),)) + READINGS_TYP.encode()),
    re.DOTALL,
)  # fmt: skip


class Header(NamedTuple):
    """What a readings header says; the fields of `statement.Claims`, and the algorithm."""

    algorithm: int
    kid: bytes
    issuer: str
    subject: str
    issued_at: int
    boot_count: int
    seq: int
    prev: bytes
    beacon: bytes | None
    clock: int


def is_uri(text: str) -> bool:
    """Whether `text` is a URI of at most MAX_URI_CHARS printable ASCII characters without a space."""
    return 0 < len(text) <= MAX_URI_CHARS and ":" in text and text.isascii() and text.isprintable() and " " not in text


def scan(protected: bytes) -> Header | None:
    """The header that `protected` holds, or None where only the full decoder can tell. Raises nothing."""
    algorithm = _ALGORITHM_OF.get(protected[:9])
    if algorithm is None or len(protected) < 48 or protected[41] != 0x0F:
        return None
    try:
        at = _behind_text(protected, _behind_text(protected, 43, 1), 2)
    except IndexError:
        return None
    names = _names(protected[43:at])
    if names is None:
        return None
    match = _REST.fullmatch(protected, at)
    if match is None:
        return None
    issued_at, boot_count, seq, prev, beacon, clock = match.groups()
    number = _value(seq)
    if protected[42] != (0xA7 if beacon is None else 0xA8) or (number == 0) != (prev == NO_PREV):
        return None
    return Header(
        algorithm, protected[9:41], names[0], names[1], _value(issued_at), _value(boot_count), number, prev, beacon,
        clock[0],
    )  # fmt: skip


def _value(count: bytes) -> int:
    return count[0] if len(count) == 1 else int.from_bytes(count[1:], "big")


def _behind_text(protected: bytes, at: int, label: int) -> int:
    """The offset behind `label` and the text at `at`; `at` itself where something else stands there."""
    length = protected[at + 1] - 0x60
    if protected[at] != label:
        return at
    if 0 <= length < 24:
        return at + 2 + length
    if length == 24 and protected[at + 2] >= 24:
        return at + 3 + protected[at + 2]
    return at


@lru_cache(maxsize=4_096)
def _names(claims: bytes) -> tuple[str, str] | None:
    """iss and sub from the bytes of the two claims, which are the same in every statement of a stream."""
    middle = _behind_text(claims, 0, 1) if len(claims) > 2 else 0
    # A text's head is one byte or two; where a claim was not a text, nothing is behind it.
    issuer = claims[2 if claims[1:2] < b"\x78" else 3 : middle]
    subject = claims[middle + (2 if claims[middle + 1 : middle + 2] < b"\x78" else 3) :]
    if not (issuer.isascii() and subject.isascii()):
        return None
    names = issuer.decode(), subject.decode()
    return names if is_uri(names[0]) and is_uri(names[1]) else None
