"""RFC 8428's examples: resolved as their twins say, and refused by the profile for the right reason."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_edge import cbor, resolution, senml
from tally_edge.cbor import Item
from tally_edge.errors import DecodeError

pytestmark = pytest.mark.shared

LABELS = {
    "bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6,
    "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8,
}  # fmt: skip
"""RFC 8428 Table 4."""

REFUSED = {
    1: "absolute time",
    2: "absolute time",
    3: "neither absent nor 26",
    4: "<metering point>/<register>",
    5: "<metering point>/<register>",
    6: "not allowed there",
    7: "absolute time",
    8: "not allowed there",
    9: "absolute time",
    10: "absolute time",
    11: "absolute time",
    12: "<metering point>/<register>",
    13: "whole seconds",
}
"""What stands in the way of each example's being evidence."""


def number(text: str) -> int | Decimal:
    value = Decimal(text)
    if value == value.to_integral_value():
        return int(value)
    return value.normalize()


def read(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(path.read_text("utf-8"), parse_float=number)
    return records


def labelled(records: list[dict[str, Any]]) -> list[Item]:
    """A JSON pack with RFC 8428's CBOR labels; data values decoded, unknown members kept under their names."""
    pack: list[Item] = []
    for record in records:
        item: dict[int | str, Item] = {LABELS.get(name, name): value for name, value in record.items()}
        if "vd" in record:
            item[8] = base64.urlsafe_b64decode(record["vd"] + "=" * (-len(record["vd"]) % 4))
        pack.append(item)
    return pack


def plain(record: resolution.Resolved) -> dict[str, Any]:
    name = {bool: "vb", str: "vs"}.get(type(record.value), "v")
    out = {"n": record.name, "t": record.time, name: record.value}
    return out | ({"u": record.unit} if record.unit else {})


@pytest.mark.parametrize("example", range(1, 13))
def test_examples_resolve_as_their_twins(shared_vectors: Path, example: int) -> None:
    folder = shared_vectors / "senml-rfc8428"
    expected = read(folder / f"ex{example}.gen.resolved.json")
    times = {record["t"] for record in expected}
    # Examples without a time were resolved at the moment the RFC was built; its twins tell when that was.
    now = int(min(times)) if REFUSED[example] == "absolute time" and example not in (10, 11) else None
    resolved = resolution.resolve(labelled(read(folder / f"ex{example}.json")), now=now)
    # The RFC's tool leaves data values out of example 7's twin; ours does not lose them.
    data = [record for record in resolved if isinstance(record.value, bytes)]
    assert [record.value for record in data] == ([b"hi \n"] if example == 7 else [])
    known = [{name: value for name, value in record.items() if name in LABELS} for record in expected]
    assert [plain(record) for record in resolved if record not in data] == known


@pytest.mark.parametrize("example", range(1, 14))
def test_the_profile_refuses_them_for_what_evidence_lacks(shared_vectors: Path, example: int) -> None:
    payload = cbor.encode(labelled(read(shared_vectors / "senml-rfc8428" / f"ex{example}.json")))
    for decode in (senml.decode, senml.check):
        with pytest.raises(DecodeError, match=re.escape(REFUSED[example])):
            decode(payload)


@pytest.mark.parametrize("example", [3, 5])
def test_the_cbor_examples_carry_floats_and_are_refused(shared_vectors: Path, example: int) -> None:
    data = (shared_vectors / "senml-rfc8428" / f"ex{example}.gen.cbor").read_bytes()
    with pytest.raises(DecodeError, match=r"float|out of order"):
        senml.decode(data)
