"""Deterministic CBOR, the subset that statements and bundles are written in. Verdict-critical: no IO.

Grammar (RFC 8949 §4.2.1, core deterministic encoding), narrowed:

    item    = uint / nint / bstr / tstr / array / map / decimal / false / true / null
    decimal = tag 4 [exponent, mantissa]         exponent -18..-1, mantissa within 64 bits
    map     = keys are integers or text, sorted bytewise by their encoding, none twice
    length  = always the shortest head, never indefinite

No floats, no other tags, no other simple values, no trailing bytes. A general decoder accepts far more than this, and
every laxness would give one content two encodings. Checking by encoding again costs more than the signature check, so
the rules are checked while decoding.

A decimal fraction decodes to `Decimal` with its exponent kept: 12.30 and 12.3 are different bytes and stay different.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final, TypeAlias

import cbor2

from tally_edge.errors import CborError

Item: TypeAlias = "int | bytes | str | bool | Decimal | list[Item] | dict[int | str, Item] | None"

MAX_DEPTH: Final = 12
"""Nesting a decoder accepts. Our deepest format nests 6; a bound keeps hostile input from exhausting the stack."""

MIN_EXPONENT: Final = -18
"""Finest decimal fraction. Nine places are the finest that any meter standard shows; 18 leaves room for factors."""

MAX_EXPONENT: Final = -1
"""A value without a fraction must be an integer, so that it has one encoding."""

_MAX_UINT: Final = 2**64 - 1
_MAX_MANTISSA: Final = 2**63 - 1

_SCALE: Final = Context(prec=20).scaleb
"""A context of its own: a caller that lowers the precision of its thread must not round what was signed."""


def encode(item: Item) -> bytes:
    """Encode `item` deterministically. Raises CborError for anything outside the subset (floats, wide integers, …)."""
    # cbor2 writes shortest heads and definite lengths, and keeps the order of maps; order and types are settled before.
    try:
        return cbor2.dumps(_ordered(item, 0))
    except UnicodeEncodeError:
        raise CborError("text with half of a surrogate pair can not be encoded") from None


def head(major: int, argument: int) -> bytes:
    """The shortest head of major type `major` (0..7) with `argument` (0..2**64-1)."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    if argument < 0x100:
        return bytes((major << 5 | 24, argument))
    if argument < 0x10000:
        return bytes((major << 5 | 25,)) + argument.to_bytes(2, "big")
    if argument < 0x100000000:
        return bytes((major << 5 | 26,)) + argument.to_bytes(4, "big")
    if argument <= _MAX_UINT:
        return bytes((major << 5 | 27,)) + argument.to_bytes(8, "big")
    raise CborError(f"argument {argument} does not fit into 64 bits")


def _ordered(item: Item, depth: int) -> Item:
    """`item` with its maps in bytewise order of their encoded keys, every member checked against the grammar."""
    kind = item.__class__
    if kind is bytes or kind is str or kind is bool or item is None:
        return item
    if isinstance(item, int):
        if not -_MAX_UINT - 1 <= item <= _MAX_UINT:
            raise CborError(f"{item} does not fit into 64 bits")
        return int(item)  # an enum's member becomes its number
    if isinstance(item, Decimal):
        return _checked_decimal(item)
    if depth >= MAX_DEPTH:
        raise CborError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(item, list):
        return [_ordered(member, depth + 1) for member in item]
    if isinstance(item, dict):
        for key in item:
            if isinstance(key, bool) or not isinstance(key, int | str):
                raise CborError(f"map key {key!r} is neither an integer nor text")
        return {key: _ordered(item[key], depth + 1) for key in sorted(item, key=_encoded_key)}
    raise CborError(f"{kind.__name__} has no place in this format")


def _encoded_key(key: int | str) -> bytes:
    if isinstance(key, int):
        return head(0, key) if key >= 0 else head(1, -1 - key)
    text = key.encode()
    return head(3, len(text)) + text


def _checked_decimal(value: Decimal) -> Decimal:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise CborError(f"{value} is not a finite number")
    if not MIN_EXPONENT <= exponent <= MAX_EXPONENT:
        raise CborError(f"decimal {value} has exponent {exponent}, allowed are {MIN_EXPONENT}..{MAX_EXPONENT}")
    if len(digits) > 18 and int("".join(map(str, digits))) > _MAX_MANTISSA + sign:
        raise CborError(f"decimal {value} does not fit into 64 bits")
    return value.copy_abs() if sign and not value else value  # minus zero would be a second zero


def decode(data: bytes) -> Item:
    """Decode one item that fills `data` exactly. Raises CborError naming the offset of the first fault."""
    try:
        item, end = _decode(data, 0, 0)
    except IndexError:
        raise CborError(f"ends too early, at byte {len(data)}") from None
    if end != len(data):
        raise CborError(f"{len(data) - end} trailing bytes after byte {end}")
    return item


def decode_prefix(data: bytes, start: int) -> tuple[Item, int]:
    """Decode one item at `start` and return it with the offset behind it. Raises CborError."""
    try:
        return _decode(data, start, 0)
    except IndexError:
        raise CborError(f"ends too early, at byte {len(data)}") from None


def read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Read the head at `at`: (major type, argument, offset behind it). Raises CborError, or IndexError at the end."""
    initial = data[at]
    low = initial & 0x1F
    if low < 24:
        return initial >> 5, low, at + 1
    if low > 27:
        raise CborError(f"indefinite length or reserved head 0x{initial:02x} at byte {at}")
    width = 1 << (low - 24)
    end = at + 1 + width
    if end > len(data):
        raise CborError(f"ends too early, at byte {len(data)}")
    argument = int.from_bytes(data[at + 1 : end], "big")
    # The shortest form: a width of n bytes is only for what n/2 bytes cannot hold.
    if argument < 24 or (low > 24 and argument >> (4 * width) == 0):
        raise CborError(f"argument {argument} at byte {at} is not in its shortest form")
    return initial >> 5, argument, end


def _decode(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    initial = data[at]
    if initial < 24:  # the most frequent case: small keys and values
        return initial, at + 1
    if initial >= 0xE0:
        return _decode_simple(initial, at)
    major, argument, end = read_head(data, at)
    if major == 0:
        return argument, end
    if major == 1:
        return -1 - argument, end
    if major <= 3:
        return _decode_string(data, at, major, end, end + argument)
    if depth >= MAX_DEPTH:
        raise CborError(f"nested deeper than {MAX_DEPTH} at byte {at}")
    if major == 4:
        items: list[Item] = []
        for _ in range(argument):
            member, end = _decode(data, end, depth + 1)
            items.append(member)
        return items, end
    if major == 5:
        return _decode_map(data, argument, end, depth)
    if argument != 4:
        raise CborError(f"tag {argument} at byte {at} is not allowed")
    return _decode_decimal(data, at, end)


def _decode_string(data: bytes, at: int, major: int, start: int, stop: int) -> tuple[Item, int]:
    if stop > len(data):
        raise CborError(f"{'byte string' if major == 2 else 'text'} at byte {at} runs past the end")
    if major == 2:
        return data[start:stop], stop
    try:
        return str(data[start:stop], "utf-8"), stop
    except UnicodeDecodeError:
        raise CborError(f"text at byte {at} is not UTF-8") from None


def _decode_simple(initial: int, at: int) -> tuple[Item, int]:
    if initial == 0xF6:
        return None, at + 1
    if initial in (0xF4, 0xF5):
        return initial == 0xF5, at + 1
    if initial == 0xFF:
        raise CborError(f"indefinite length: a break at byte {at}")
    raise CborError(f"float or simple value 0x{initial:02x} at byte {at}")


def _decode_map(data: bytes, count: int, end: int, depth: int) -> tuple[Item, int]:
    items: dict[int | str, Item] = {}
    last = b""
    for _ in range(count):
        start = end
        key, end = _decode(data, start, depth + 1)
        if key.__class__ is not int and key.__class__ is not str:
            raise CborError(f"map key at byte {start} is neither an integer nor text")
        encoded = data[start:end]
        if encoded <= last:
            raise CborError(f"map key at byte {start} is out of order or stands twice")
        last = encoded
        items[key], end = _decode(data, end, depth + 1)
    return items, end


def _decode_decimal(data: bytes, at: int, end: int) -> tuple[Decimal, int]:
    if data[end] != 0x82:
        raise CborError(f"decimal at byte {at} is not a pair")
    major, argument, end = read_head(data, end + 1)
    exponent = -1 - argument
    if major != 1 or exponent < MIN_EXPONENT:
        raise CborError(f"decimal at byte {at} has an exponent outside {MIN_EXPONENT}..{MAX_EXPONENT}")
    major, argument, end = read_head(data, end)
    if major > 1 or argument > _MAX_MANTISSA:
        raise CborError(f"decimal at byte {at} has no 64-bit mantissa")
    mantissa = -1 - argument if major else argument
    return _SCALE(Decimal(mantissa), exponent), end
