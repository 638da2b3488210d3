"""Deterministic CBOR by hand, as a small device writes it (docs/formats/statement.md, the frame). No IO."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tally_sim.errors import DeviceError

UNSIGNED, NEGATIVE, OCTETS, TEXT, ARRAY, MAP, TAG = range(7)
FALSE: Final = b"\xf4"
TRUE: Final = b"\xf5"
MOST_PLACES: Final = 18
MOST: Final = 2**64 - 1
MOST_MANTISSA: Final = 2**63 - 1


def head(major: int, argument: int) -> bytes:
    """The shortest head. Raises DeviceError beyond 64 bits."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    if argument < 1 << 8:
        return bytes((major << 5 | 24, argument))
    if argument < 1 << 16:
        return bytes((major << 5 | 25,)) + argument.to_bytes(2, "big")
    if argument < 1 << 32:
        return bytes((major << 5 | 26,)) + argument.to_bytes(4, "big")
    if argument <= MOST:
        return bytes((major << 5 | 27,)) + argument.to_bytes(8, "big")
    raise DeviceError(f"{argument} does not fit into 64 bits")


def integer(value: int) -> bytes:
    """A whole number."""
    return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)


def octets(value: bytes) -> bytes:
    """A byte string."""
    return head(OCTETS, len(value)) + value


def text(value: str) -> bytes:
    """A text."""
    encoded = value.encode()
    return head(TEXT, len(encoded)) + encoded


def number(value: int | Decimal) -> bytes:
    """An integer, or a decimal fraction (tag 4) with the places that the meter shows. Raises DeviceError."""
    if isinstance(value, int):
        return integer(value)
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or not -MOST_PLACES <= exponent < 0:
        raise DeviceError(f"{value} has not 1 to {MOST_PLACES} places")
    mantissa = int("".join(map(str, digits)))
    if mantissa > MOST_MANTISSA + sign:
        raise DeviceError(f"{value} does not fit into 64 bits")
    return b"\xc4\x82" + integer(exponent) + integer(-mantissa if sign else mantissa)


def a_map(members: list[tuple[int, bytes]]) -> bytes:
    """A map of small integer labels, in the order that deterministic encoding wants: 0, 1, 2, … and then -1, -2, …"""
    ordered = sorted(members, key=lambda member: (member[0] < 0, abs(member[0])))
    return head(MAP, len(ordered)) + b"".join(integer(label) + value for label, value in ordered)


def an_array(items: list[bytes]) -> bytes:
    """An array of encoded items."""
    return head(ARRAY, len(items)) + b"".join(items)
