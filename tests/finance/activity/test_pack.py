"""The numbers of a pack for columns are those that the full decoder gives, whatever the pack's shape."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import cbor, pack_scan, senml
from tally_edge.errors import CborError, StatementError
from tally_edge.senml import Reading
from tally_finance.activity.pack import Number, numbers

POINT = "urn:dev:org:32473-mill:m1"
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(0, 10**17), st.integers(1, 18)),
)
VALUES = st.one_of(NUMBERS, st.booleans(), st.text("abc", min_size=1, max_size=5), st.binary(min_size=1, max_size=5))


def by_decoder(payload: bytes) -> list[Number]:
    return [
        (one.register, one.taken_at, one.value, one.unit)
        for one in senml.decode(payload)
        if isinstance(one.value, int | Decimal) and not isinstance(one.value, bool)
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "energy_import"]), st.integers(0, 10**6), VALUES), min_size=1, max_size=40
    ),
    st.sampled_from(["kWh", "m3", "kg"]),
)
def test_the_same_as_the_decoder(shown: list[tuple[str, int, object]], unit: str) -> None:
    first = 2**28
    pack = [
        Reading(POINT, name, first + at, value, unit if isinstance(value, int | Decimal) and value is not True else "")  # type: ignore[arg-type]
        for name, at, value in sorted(shown, key=lambda one: one[1])
        if value is not False
    ]
    if not pack:
        return
    payload = senml.encode(pack)
    assert list(numbers(payload)) == by_decoder(payload)


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.sampled_from(["kWh", "m3"]))
def test_uniform_packs_take_the_short_way_and_say_the_same(values: list[int | Decimal], unit: str) -> None:
    pack = [Reading(POINT, "r", 2**28 + 900 * place, value, unit) for place, value in enumerate(values)]
    payload = senml.encode(pack)
    assert pack_scan.scan(payload) == len(values)
    found = list(numbers(payload))
    assert found == by_decoder(payload)
    assert [type(one[2]) for one in found] == [type(value) for value in values]


@pytest.mark.parametrize("item", [[], [{2: 1}], {}, [{2: 1, -2: "p/r", -3: 2**28, -4: "kWh"}]])
def test_what_the_decoder_refuses_is_refused(item: object) -> None:
    payload = cbor.encode(item)  # type: ignore[arg-type]  # some are no packs
    with pytest.raises((StatementError, CborError)):
        list(numbers(payload))
