"""Random operations of every kind, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tally_chain.receipts import encoding
from tally_chain.receipts.operations import KINDS, Operation

MOST_ITEMS = 4


def value_of(kind: str) -> st.SearchStrategy[Any]:
    """Values of a type."""
    item = encoding.item_of(kind)
    if item is not None:
        return st.lists(value_of(item), max_size=MOST_ITEMS).map(tuple)
    if kind in encoding.STRUCTS:
        return st.tuples(*(value_of(of) for _, of in encoding.STRUCTS[kind][1]))
    if kind == "bool":
        return st.booleans()
    if kind == "bytes32":
        return st.binary(min_size=32, max_size=32)
    signed, bits = not kind.startswith("u"), int(kind.partition("int")[2])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.integers(low, high)


def operations_of(name: str) -> st.SearchStrategy[Operation]:
    """Operations of a kind."""
    shape = KINDS[name].shape
    return st.fixed_dictionaries({field: value_of(of) for field, of in shape}).map(lambda found: Operation(name, found))


operations = st.sampled_from(sorted(KINDS)).flatmap(operations_of)
