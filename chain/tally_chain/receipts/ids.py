"""Ids that follow from what they name, as the contracts compute them. Verdict-critical: no IO."""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak

from tally_chain.receipts import encoding

_SLOT = ("bytes32", "Point[]", "int32", "int32")


def slot_id(site: bytes, outline: Sequence[tuple[int, int]], bottom_mm: int, top_mm: int) -> bytes:
    """The id of a slot (货位): a hash of its place, so that one place has one name. Raises OperationError."""
    values = (site, outline, bottom_mm, top_mm)
    checked = [encoding.checked(kind, value, "a slot's place") for kind, value in zip(_SLOT, values, strict=True)]
    return bytes(keccak(encoding.sequence(_SLOT, checked)))


def lot_id(slot: bytes, slot_head: bytes) -> bytes:
    """The id of a lot (批次) that is opened in a slot whose head was `slot_head` before."""
    return bytes(keccak(slot + slot_head))
