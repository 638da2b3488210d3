"""Bytes of our formats written out for people: one line per item, hex first, then what it says.

`python -m tests.vectors.explain` fills the blocks of the pages in docs/formats. A test holds page and vector together
by the hex alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tally_edge import authority, cbor, device, statement
from tally_edge.errors import CborError
from tally_edge.statement import Kind
from tally_finance.book.journal import Entry
from tests.vectors.case import HERE
from tests.vectors.readers import PAYLOADS

WIDTH = 16
"""Bytes of a string in one line."""

Names = Mapping[int | str, "str | tuple[str, Names]"]

CLAIMS: Names = {
    1: "iss", 2: "sub", 6: "iat", 267: "bootcount", -65537: "seq", -65538: "prev", -65539: "beacon", -65540: "clock",
    -65541: "tree size", -65542: "leaf rule",
}  # fmt: skip
HEADER: Names = {1: "alg", 3: "content type", 4: "kid", 15: ("CWT claims", CLAIMS), 16: "typ", 395: "vds"}
ROOT: Names = {0: "a hash, and no map"}
SENML: Names = {-1: "bver", -2: "bn", -3: "bt", -4: "bu", 0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 6: "t", 8: "vd"}


def explain(data: bytes, payload: Names) -> list[str]:
    """The lines for a tagged COSE_Sign1 of ours; `payload` names the labels of the map or maps inside."""
    lines = [_line(data[:2], 0, "COSE_Sign1: tag 18, an array of four")]
    at = 2
    for part, names in (("protected header", HEADER), ("unprotected header", {396: ("proofs", {-1: "inclusion"})})):
        at = _embedded(data, at, part, names, lines)
    if data[at] == 0xF6:
        lines.append(_line(data[at : at + 1], 0, "payload: nil, the signature is over the root"))
        at += 1
    elif payload is ROOT:
        made, at = _item(data, at, 0, "payload, the root", {})
        lines.extend(made)
    else:
        at = _embedded(data, at, "payload", payload, lines)
    lines.extend(_item(data, at, 0, "signature, r || s", {})[0])
    return lines


def _embedded(data: bytes, at: int, part: str, names: Names, lines: list[str]) -> int:
    major, length, start = cbor.read_head(data, at)
    if major != 2:
        made, at = _item(data, at, 0, part, names)
        lines.extend(made)
        return at
    lines.append(_line(data[at:start], 0, f"{part}: {length} bytes"))
    lines.extend(_item(data, start, 1, "", names)[0])
    return start + length


def _line(data: bytes, depth: int, words: str) -> str:
    text = "  " * depth + data.hex(" ")
    return f"{text:<58}# {words}" if words else text


def _item(data: bytes, at: int, depth: int, label: str, names: Names) -> tuple[list[str], int]:
    major, argument, start = cbor.read_head(data, at)
    said = f"{label}: " if label else ""
    if major in (2, 3):
        stop = start + argument
        body = data[start:stop]
        what = f"{argument} bytes" if major == 2 else f'"{body.decode()}"'
        nested = list(_nested(body, depth + 1)) if major == 2 and depth and argument > 33 else []
        lines = [_line(data[at:start] if body else data[at:stop], depth, said + what)]
        return lines + (nested or list(_wrapped(body, depth + 1))), stop
    if major == 4:
        lines, end = [_line(data[at:start], depth, f"{said}array of {argument}")], start
        for number in range(argument):
            inner, end = _item(data, end, depth + 1, f"[{number}]" if len(names) == 0 else "", names)
            lines += inner
        return lines, end
    if major == 5:
        lines, end = [_line(data[at:start], depth, f"{said}map of {argument}")], start
        for _ in range(argument):
            key, behind = cbor.decode_prefix(data, end)
            assert isinstance(key, int | str)
            named = names.get(key, str(key))
            name, below = (named, {}) if isinstance(named, str) else named
            inner, after = _item(data, behind, depth + 1, name, below)
            first = inner[0].lstrip()
            hex_, _, words = first.partition("#")
            lines.append(_line(data[end:behind] + bytes.fromhex(hex_), depth + 1, words.strip()))
            lines += inner[1:]
            end = after
        return lines, end
    value, end = cbor.decode_prefix(data, at)
    return [_line(data[at:end], depth, f"{said}{value}")], end


def _nested(body: bytes, depth: int) -> Iterator[str]:
    try:
        item, end = cbor.decode_prefix(body, 0)
    except CborError:
        return
    if end == len(body) and isinstance(item, list | dict):
        yield from _item(body, 0, depth, "", {})[0]


def _wrapped(body: bytes, depth: int) -> Iterator[str]:
    for begin in range(0, len(body), WIDTH):
        yield _line(body[begin : begin + WIDTH], depth, "")


def names_of(cls: type) -> Names:
    """The labels of a declared payload by the names of its fields, with those of the maps inside it."""
    out: dict[int | str, str | tuple[str, Names]] = {}
    for field in dataclasses.fields(cls):
        inside: type | None = INSIDE.get(field.name)
        if field.name == "registers" and cls is not device.Gap:
            inside = authority.RegisterFacts if cls is authority.MeterFacts else device.RegisterValue
        if field.name == "points" and cls is authority.Enrolment:
            inside = None
        out[field.metadata["label"]] = (field.name, names_of(inside)) if inside else field.name
    return out


INSIDE: Final = {
    "logs": authority.NamedLog, "points": authority.PlannedPoint, "persons": authority.Person,
    "predecessor": authority.StreamPlace, "last": authority.StreamPlace, "closing": device.RegisterValue,
    "opening": device.RegisterValue, "counts": device.Counts,
}  # fmt: skip
"""Which payload fields hold maps of which kind; `registers` and `points` are settled above."""


def block(what: str) -> list[str]:
    """The lines of a block called `<format>/<case>` (all of it) or `<format>/<case> payload` (what it says)."""
    name, _, part = what.partition(" ")
    data = bytes.fromhex((HERE / name / "input.hex").read_text("utf-8"))
    if name.startswith("proof/"):
        return explain(data, {})
    if name.startswith("head-entry/"):
        return explain(data, ROOT)
    if name.startswith("senml/"):
        return _item(data, 0, 0, "", SENML)[0]
    if name.startswith("book-entry/"):
        return _item(data, 0, 0, "", names_of(Entry))[0]
    signed = statement.decode(data)
    names = SENML if signed.claims.kind is Kind.READINGS else names_of(PAYLOADS[signed.claims.kind])
    return _item(signed.payload, 0, 0, "", names)[0] if part else explain(data, names)


def bytes_of(what: str) -> bytes:
    """The bytes that a block of that name must hold."""
    name, _, part = what.partition(" ")
    data = bytes.fromhex((HERE / name / "input.hex").read_text("utf-8"))
    return statement.decode(data).payload if part else data


def rewrite(page: Path) -> None:
    """Fill every block of a page anew."""
    text = page.read_text("utf-8")
    page.write_text(BLOCK.sub(lambda found: "\n".join((found[1], *block(found[2]), "```")), text), "utf-8")


BLOCK: Final = re.compile(r"^(```hex ([a-z0-9/ -]+))\n.*?^```$", re.MULTILINE | re.DOTALL)
"""A fenced block of hex, and the vector it is of."""

PAGES: Final = HERE.parents[1] / "docs" / "formats"


def main() -> None:
    """Fill the blocks of every format's page."""
    for page in sorted(PAGES.glob("*.md")):
        rewrite(page)


if __name__ == "__main__":
    main()
