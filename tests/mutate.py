"""A format-aware forger: everything that one without a private key can do to a statement or a proof.

Each forgery is (what was done, bytes). Fields are changed one at a time and everything that is no signature is computed
again around them, so that a forgery is well-formed as far as it can be. Byte flips come on top.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tally_edge import cbor, cose
from tally_edge.cbor import Item
from tally_edge.cose import Sign1
from tally_edge.errors import CborError
from tally_edge.keys import P256_ORDER

Forgery = tuple[str, bytes]


def others(value: Any) -> Iterator[Any]:
    """Values of the same type that are not `value`."""
    if value is None:
        yield from (0, b"")
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value - 1, value + 2**32, bool(value % 2))
    elif isinstance(value, Decimal):
        yield value + Decimal((0, (1,), int(value.as_tuple().exponent)))
        yield value.copy_negate()
    elif isinstance(value, bytes):
        yield from (
            value[:-1],
            value + b"\x00",
            bytes(len(value)),
            bytes((value[0] ^ 1,)) + value[1:] if value else b"\0",
        )
    elif isinstance(value, str):
        yield from (value + "x", value[:-1], value.swapcase(), "")


def edits(item: Item, place: str = "") -> Iterator[tuple[str, Item]]:
    """`item` with one member changed, removed, added, doubled or moved, everywhere inside it."""
    if isinstance(item, dict):
        for key, member in item.items():
            for what, changed in edits(member, f"{place}/{key}"):
                yield what, {**item, key: changed}
            yield f"{place}/{key} removed", {label: value for label, value in item.items() if label != key}
            for relabelled in (key + 1, -1 - key) if isinstance(key, int) else (key + "x",):
                if relabelled not in item:
                    yield f"{place}/{key} as {relabelled}", {relabelled if k == key else k: v for k, v in item.items()}
        yield f"{place} with one more", {**item, 9_999: 0}
    elif isinstance(item, list):
        for number, member in enumerate(item):
            for what, changed in edits(member, f"{place}/{number}"):
                yield what, [*item[:number], changed, *item[number + 1 :]]
            yield f"{place}/{number} removed", item[:number] + item[number + 1 :]
            yield f"{place}/{number} doubled", [*item[:number], member, *item[number:]]
        if len(item) > 1 and item != item[::-1]:
            yield f"{place} reversed", item[::-1]
    else:
        for changed in others(item):
            if changed != item or type(changed) is not type(item):
                yield f"{place} {item!r:.30} as {changed!r:.30}", changed


def byte_flips(data: bytes) -> Iterator[Forgery]:
    """Every bit of every byte."""
    for at in range(len(data)):
        for bit in range(8):
            yield f"bit {bit} of byte {at}", data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]


def cuts_and_additions(data: bytes) -> Iterator[Forgery]:
    """Shorter and longer by a byte, at every place."""
    for at in range(len(data)):
        yield f"byte {at} cut out", data[:at] + data[at + 1 :]
        yield f"byte {at} doubled", data[: at + 1] + data[at:]
    yield "a byte behind", data + b"\x00"


def _encodings(what: str, place: str, item: Item) -> Iterator[tuple[str, bytes]]:
    for edit, changed in edits(item, place):
        try:
            yield f"{what}: {edit}", cbor.encode(changed)
        except CborError:
            continue  # not even a forger can write it in this format


def signature_twins(frame: Sign1) -> Iterator[tuple[str, Sign1]]:
    """Other signatures that anybody can compute from one."""
    r, s = int.from_bytes(frame.signature[:32], "big"), int.from_bytes(frame.signature[32:], "big")
    for name, twin in (("s as n-s", (r, (P256_ORDER - s) % 2**256)), ("r and s swapped", (s, r)), ("zero", (0, 0))):
        signature = b"".join(number.to_bytes(32, "big") for number in twin)
        yield name, dataclasses.replace(frame, signature=signature)


def statement_forgeries(encoded: bytes) -> Iterator[Forgery]:
    """Every edit of the header, the payload, the unprotected header and the signature of a statement."""
    frame = cose.decode_sign1(encoded)
    assert frame.payload is not None
    for what, protected in _encodings("header", "", cbor.decode(frame.protected)):
        yield what, dataclasses.replace(frame, protected=protected).encode()
    for what, payload in _encodings("payload", "", cbor.decode(frame.payload)):
        yield what, dataclasses.replace(frame, payload=payload).encode()
    yield "payload detached", dataclasses.replace(frame, payload=None).encode()
    for label in (1, 4, 16, 394, 9_999):
        yield f"{label} unprotected", dataclasses.replace(frame, unprotected={label: b"x"}).encode()
    for what, twin in signature_twins(frame):
        yield what, twin.encode()


def proof_forgeries(encoded: bytes) -> Iterator[Forgery]:
    """Every edit of the signed part, of the paths and of what stands beside them."""
    frame = cose.decode_sign1(encoded)
    for what, protected in _encodings("header", "", cbor.decode(frame.protected)):
        yield what, dataclasses.replace(frame, protected=protected).encode()
    for what, unprotected in _encodings("beside", "", frame.unprotected):
        changed = cbor.decode(unprotected)
        if isinstance(changed, dict):
            yield what, dataclasses.replace(frame, unprotected=changed).encode()
    parameters = frame.unprotected[cose.HEADER_VDP]
    assert isinstance(parameters, dict)
    paths = parameters[-1]
    assert isinstance(paths, list)
    for number, path in enumerate(paths):
        assert isinstance(path, bytes)
        for what, changed_path in _encodings(f"path {number}", "", cbor.decode(path)):
            members: list[Item] = [*paths[:number], changed_path, *paths[number + 1 :]]
            beside: dict[int | str, Item] = {**frame.unprotected, cose.HEADER_VDP: {-1: members}}
            yield what, dataclasses.replace(frame, unprotected=beside).encode()
    yield "payload attached", dataclasses.replace(frame, payload=bytes(32)).encode()
    for what, twin in signature_twins(frame):
        yield what, twin.encode()
