"""Solidity's types as operations use them: ranges, ABI encoding, EIP-712 hashing. Verdict-critical: no IO.

A type is `bool`, `bytes32`, `uintN`, `intN`, `bytes` (in calls alone), one of STRUCTS, or an array `T[]` of those. A
struct's value is its NamedTuple, an array's a tuple. Sources: the Solidity ABI specification ("Formal Specification
of the Encoding") and EIP-712 ("Definition of hashStruct", "Definition of encodeData").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from eth_utils.crypto import keccak

from tally_chain.errors import OperationError

WORD_BYTES = 32
DOMAIN_VERSION = "1"
_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_INTEGER = re.compile(r"(u?)int(\d{1,3})")


class Point(NamedTuple):
    """A corner of an outline, WGS84, in 1e-7 degree."""

    x: int
    """Longitude (经度)."""
    y: int
    """Latitude (纬度)."""


class Weighing(NamedTuple):
    """One weighing (磅单)."""

    evidence: bytes
    """Id of its evidence, 32 bytes; it counts once for ever."""
    quantity: int
    """Grams."""


STRUCTS: dict[str, tuple[type[Any], tuple[tuple[str, str], ...]]] = {
    "Point": (Point, (("x", "int32"), ("y", "int32"))),
    "Weighing": (Weighing, (("evidence", "bytes32"), ("quantity", "uint128"))),
}
"""Struct name to what holds its value, and its fields' names and types."""


def item_of(kind: str) -> str | None:
    """The type of an array's items; None for what is no array."""
    return kind[:-2] if kind.endswith("[]") else None


def dynamic(kind: str) -> bool:
    """Whether the encoding's length depends on the value."""
    return kind == "bytes" or item_of(kind) is not None


def checked(kind: str, value: object, what: str) -> Any:
    """The value in its one form. Raises OperationError that names `what` where it is not of the type."""
    item = item_of(kind)
    if item is not None:
        if not isinstance(value, list | tuple):
            raise OperationError(f"{what} is a list")
        return tuple(checked(item, one, f"{what}[{place}]") for place, one in enumerate(value))
    if kind in STRUCTS:
        made, fields = STRUCTS[kind]
        if not isinstance(value, list | tuple) or len(value) != len(fields):
            raise OperationError(f"{what} is a {kind} of {len(fields)} values")
        return made(*(checked(of, one, f"{what}.{name}") for (name, of), one in zip(fields, value, strict=True)))
    if kind == "bool":
        if type(value) is not bool:
            raise OperationError(f"{what} is true or false")
        return value
    if kind == "bytes32":
        if not isinstance(value, bytes) or len(value) != WORD_BYTES:
            raise OperationError(f"{what} has {WORD_BYTES} bytes")
        return value
    first, end = _range(kind)
    if type(value) is not int or not first <= value < end:
        raise OperationError(f"{what} is a whole number from {first} to {end - 1}")
    return value


def _range(kind: str) -> tuple[int, int]:
    found = _INTEGER.fullmatch(kind)
    if found is None:
        raise OperationError(f"no field has the type {kind}")
    bits = int(found[2])
    return (0, 1 << bits) if found[1] else (-(1 << bits - 1), 1 << bits - 1)


def encode(kind: str, value: Any) -> bytes:
    """The ABI encoding of a checked value."""
    item = item_of(kind)
    if item is not None:
        return _word(len(value)) + sequence([item] * len(value), value)
    if kind in STRUCTS:
        return sequence([of for _, of in STRUCTS[kind][1]], value)
    if kind == "bytes":
        return _word(len(value)) + bytes(value).ljust(-(-len(value) // WORD_BYTES) * WORD_BYTES, b"\0")
    return bytes(value) if kind == "bytes32" else _word(value)


def sequence(kinds: Sequence[str], values: Sequence[Any]) -> bytes:
    """The ABI encoding of a tuple: heads, then what they point to."""
    encoded = [encode(kind, value) for kind, value in zip(kinds, values, strict=True)]
    place = sum(WORD_BYTES if dynamic(kind) else len(one) for kind, one in zip(kinds, encoded, strict=True))
    heads, tails = b"", b""
    for kind, one in zip(kinds, encoded, strict=True):
        if dynamic(kind):
            heads, tails = heads + _word(place + len(tails)), tails + one
        else:
            heads += one
    return heads + tails


def struct(kinds: Sequence[str], values: Sequence[Any]) -> bytes:
    """`abi.encode` of a struct alone: with an offset before it where it is dynamic."""
    lead = _word(WORD_BYTES) if any(map(dynamic, kinds)) else b""
    return lead + sequence(kinds, values)


def decode_struct(kinds: Sequence[str], data: bytes) -> list[Any]:
    """The values of `struct`. Raises OperationError for anything but the one encoding that it gives."""
    start = WORD_BYTES if any(map(dynamic, kinds)) else 0
    try:
        values, place = [], start
        for kind in kinds:
            if dynamic(kind):
                value, _ = _decode(kind, data, start + _number(data, place))
                place += WORD_BYTES
            else:
                value, place = _decode(kind, data, place)
            values.append(checked(kind, value, "a field"))
    except (IndexError, RecursionError) as error:
        raise OperationError("the fields do not decode: they are too short") from error
    if struct(kinds, values) != data:
        raise OperationError("the fields have another encoding than the one that there is")
    return values


def _decode(kind: str, data: bytes, place: int) -> tuple[Any, int]:
    item = item_of(kind)
    if item is not None:
        count, values = _number(data, place), []
        # An item has a word at least: what claims more items than there are words ends in an IndexError.
        place += WORD_BYTES
        for _ in range(count):
            value, place = _decode(item, data, place)
            values.append(value)
        return values, place
    if kind in STRUCTS:
        found = []
        for _, of in STRUCTS[kind][1]:
            value, place = _decode(of, data, place)
            found.append(value)
        return found, place
    word = _slice(data, place)
    if kind == "bytes32":
        return word, place + WORD_BYTES
    number = int.from_bytes(word, "big", signed=kind.startswith("int"))
    return (bool(number) if kind == "bool" else number), place + WORD_BYTES


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(_slice(data, place), "big")


def _slice(data: bytes, place: int) -> bytes:
    word = data[place : place + WORD_BYTES]
    if len(word) != WORD_BYTES:
        raise IndexError
    return word


def _word(number: int) -> bytes:
    return int(number).to_bytes(WORD_BYTES, "big", signed=number < 0)


def hashed(kind: str, value: Any) -> bytes:
    """What EIP-712 puts into a struct's hash for a value: one word."""
    item = item_of(kind)
    if item is not None:
        return bytes(keccak(b"".join(hashed(item, one) for one in value)))
    if kind in STRUCTS:
        return struct_hash(type_string(kind, STRUCTS[kind][1]), STRUCTS[kind][1], value)
    return encode(kind, value)


def struct_hash(type_text: str, fields: Sequence[tuple[str, str]], values: Sequence[Any]) -> bytes:
    """EIP-712's hashStruct."""
    words = [hashed(kind, value) for (_, kind), value in zip(fields, values, strict=True)]
    return bytes(keccak(bytes(keccak(text=type_text)) + b"".join(words)))


def structs_in(fields: Sequence[tuple[str, str]]) -> list[str]:
    """The structs that the fields' types name, in EIP-712's order (by name)."""
    return sorted({base for _, kind in fields if (base := kind.removesuffix("[]")) in STRUCTS})


def type_string(name: str, fields: Sequence[tuple[str, str]]) -> str:
    """EIP-712's encodeType: the struct, then those that it names, by name."""
    parts = [(name, fields), *((inner, STRUCTS[inner][1]) for inner in structs_in(fields))]
    return "".join(f"{of}({','.join(f'{kind} {field}' for field, kind in its)})" for of, its in parts)


def domain_separator(name: str, chain_id: int, contract: str) -> bytes:
    """What signatures for a contract on a chain are bound to. `contract` is 0x and 40 hexadecimal digits."""
    texts = [bytes(keccak(text=text)) for text in (_DOMAIN_TYPE, name, DOMAIN_VERSION)]
    place = bytes.fromhex(contract.removeprefix("0x")).rjust(WORD_BYTES, b"\0")
    return bytes(keccak(b"".join(texts) + _word(chain_id) + place))


def selector(function: str, fields: Sequence[tuple[str, str]]) -> bytes:
    """The four bytes by which the ABI names `function(op, signatures)`."""
    return bytes(keccak(text=f"{function}(({','.join(_canonical(kind) for _, kind in fields)}),bytes[])")[:4])


def _canonical(kind: str) -> str:
    item = item_of(kind)
    if item is not None:
        return f"{_canonical(item)}[]"
    return f"({','.join(of for _, of in STRUCTS[kind][1])})" if kind in STRUCTS else kind
