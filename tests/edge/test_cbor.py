"""The CBOR subset: what goes in comes out, and nothing that a general decoder forgives is forgiven."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import cbor
from tally_edge.errors import CborError
from tests.edge.forge import items, mutated


def same(ours: Any, theirs: Any) -> bool:
    """Whether two decoders mean the same, types and exponents included."""
    if isinstance(ours, Decimal) or isinstance(theirs, Decimal):
        return type(ours) is type(theirs) and ours.as_tuple() == theirs.as_tuple()
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and bool(ours == theirs)


@given(items)
def test_what_is_encoded_decodes_to_itself_here_and_elsewhere(item: cbor.Item) -> None:
    encoded = cbor.encode(item)
    decoded = cbor.decode(encoded)
    assert cbor.encode(decoded) == encoded
    assert same(decoded, cbor2.loads(encoded))


@given(items.map(cbor.encode).flatmap(mutated) | st.binary(max_size=40))
def test_what_is_accepted_has_one_encoding_and_one_meaning(data: bytes) -> None:
    try:
        item = cbor.decode(data)
    except CborError:
        return
    assert cbor.encode(item) == data
    assert same(item, cbor2.loads(data))


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        ("", "ends too early"),
        ("0000", "trailing bytes"),
        ("1817", "shortest form"),
        ("1900ff", "shortest form"),
        ("1a0000ffff", "shortest form"),
        ("1b00000000ffffffff", "shortest form"),
        ("3817", "shortest form"),
        ("5803010203", "shortest form"),
        ("7800", "shortest form"),
        ("9800", "shortest form"),
        ("b800", "shortest form"),
        ("d804820101", "shortest form"),
        ("c48238000a", "shortest form"),
        ("a201000100", "stands twice"),
        ("a202000100", "out of order"),
        ("a2616200616100", "out of order"),
        ("a220000100", "out of order"),
        ("5f4101ff", "indefinite"),
        ("7f6161ff", "indefinite"),
        ("9f01ff", "indefinite"),
        ("bf0100ff", "indefinite"),
        ("8101ff", "trailing"),
        ("81ff", "break"),
        ("1c", "reserved"),
        ("f93c00", "float"),
        ("fa3f800000", "float"),
        ("fb3ff0000000000000", "float"),
        ("f97e00", "float"),
        ("f7", "simple value"),
        ("e0", "simple value"),
        ("f820", "simple value"),
        ("c249010000000000000000", "tag 2"),
        ("c349010000000000000000", "tag 3"),
        ("c11a514b67b0", "tag 1"),
        ("c074323031332d30332d32315432303a30343a30305a", "tag 0"),
        ("c5822003", "tag 5"),
        ("d9d9f700", "tag 55799"),
        ("d9010280", "tag 258"),
        ("c4820001", "exponent"),
        ("c482320a", "exponent"),
        ("c4010a", "not a pair"),
        ("c483200a0a", "not a pair"),
        ("c482201bffffffffffffffff", "mantissa"),
        ("c482204101", "mantissa"),
        ("c48220c249010000000000000000", "mantissa"),
        ("a1410100", "neither an integer nor text"),
        ("a1f400", "neither an integer nor text"),
        ("a1c482200a00", "neither an integer nor text"),
        ("61ff", "not UTF-8"),
        ("63eda080", "not UTF-8"),
        ("4401", "runs past the end"),
        ("6401", "runs past the end"),
        ("8201", "ends too early"),
        ("a101", "ends too early"),
        ("9bffffffffffffffff", "ends too early"),
        ("81" * 13 + "00", "nested deeper"),
        ("a100" * 13 + "00", "nested deeper"),
    ],
)
def test_laxness_is_refused(data: str, fragment: str) -> None:
    with pytest.raises(CborError, match=fragment):
        cbor.decode(bytes.fromhex(data))


def test_nesting_up_to_the_limit_is_accepted() -> None:
    assert cbor.decode(bytes.fromhex("81" * 12 + "00")) is not None
    deep: cbor.Item = 0
    for _ in range(cbor.MAX_DEPTH):
        deep = [deep]
    assert cbor.decode(cbor.encode(deep)) == deep
    with pytest.raises(CborError, match="nested deeper"):
        cbor.encode([deep])


@pytest.mark.parametrize(
    "item",
    [
        1.0,
        2**64,
        -(2**64) - 1,
        Decimal(5),
        Decimal("1E+3"),
        Decimal("1E-19"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal(2**63) / 10,
        Decimal(-(2**63) - 1) / 10,
        {b"key": 1},
        {True: 1},
        {None: 1},
        {1},
        (1,),
        bytearray(b"x"),
        "\ud800",
        {"\ud800": 1},
        object(),
    ],
)
def test_what_has_no_place_is_not_encoded(item: Any) -> None:
    with pytest.raises(CborError):
        cbor.encode(item)


def test_minus_zero_is_zero() -> None:
    assert cbor.encode(Decimal("-0.00")) == cbor.encode(Decimal("0.00"))


def test_a_callers_decimal_context_does_not_round_what_was_signed() -> None:
    value = Decimal("922337203685477.5807")
    with localcontext(prec=3):
        assert cbor.decode(cbor.encode(value)) == value


@given(st.integers(0, 7), st.integers(0, 2**64 - 1))
def test_heads_are_the_shortest_and_read_back(major: int, argument: int) -> None:
    head = cbor.head(major, argument)
    assert cbor.read_head(head, 0) == (major, argument, len(head))
    with pytest.raises(CborError):
        cbor.head(major, argument + 2**64)
