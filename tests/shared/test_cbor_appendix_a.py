"""RFC 8949 appendix A: 82 encodings, accepted exactly when they are in the subset, and then with their value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tally_edge import cbor
from tally_edge.errors import CborError

pytestmark = pytest.mark.shared

BIGNUM, NEGATIVE_BIGNUM = 0xC2, 0xC3


def in_subset(data: bytes) -> bool:
    """Whether the subset has room for an example, told from RFC 8949's own initial bytes and not by our decoder.

    No example holds a decimal fraction, so that every tag is out; floats and simple values but three are 0xe0 upwards.
    """
    first = data[0]
    if first in (BIGNUM, NEGATIVE_BIGNUM) or first >> 5 == 6:
        return False
    if first >> 5 == 7:
        return first in (0xF4, 0xF5, 0xF6)
    nested_indefinite = first >> 5 in (4, 5) and any(head in data for head in (b"\x9f", b"\xbf"))
    return first & 0x1F != 0x1F and not nested_indefinite


def test_appendix_a(shared_vectors: Path) -> None:
    examples: list[dict[str, Any]] = json.loads(
        (shared_vectors / "cbor-test-vectors" / "appendix_a.json").read_text("utf-8")
    )
    assert len(examples) == 82
    accepted = 0
    for example in examples:
        data = bytes.fromhex(example["hex"])
        if not in_subset(data):
            with pytest.raises(CborError):
                cbor.decode(data)
            continue
        accepted += 1
        value = cbor.decode(data)
        assert cbor.encode(value) == data
        if "decoded" in example:
            assert value == (example["decoded"] if not isinstance(value, dict) else as_map(value, example["decoded"]))
        else:
            assert diagnostic(value) == example["diagnostic"]
    assert accepted == 37


def as_map(value: dict[int | str, Any], decoded: dict[str, Any]) -> dict[int | str, Any]:
    """JSON has only text for keys: take the types of the keys from `value`, and nothing else."""
    return {key: decoded[str(key)] for key in value}


def diagnostic(value: Any) -> str:
    """RFC 8949 §8 for what has no JSON here: byte strings and maps with integer keys."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{key}: {member}" for key, member in value.items()) + "}"
