"""Weigh tickets: each once, none left out unseen, and what is wrong is said and does not count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.verify.figures import Basis
from tally_finance.quantity.remark import Name
from tally_finance.quantity.tickets import Weighed, weighed
from tests.finance.quantity.yard import BEGINS, ENDS, SCALE, evidence, sums, weighing

IN, OUT = (47_000, 15_000), (15_000, 45_000)
AT = BEGINS + 3_600


def names(found: Weighed) -> list[Name]:
    return [remark.name for remark in found.remarks]


def test_a_day() -> None:
    found = weighed(
        evidence(
            [[*sums(BEGINS, 5, 7)], weighing(AT, 1, *IN), [*weighing(AT + 60, 2, *OUT), *sums(ENDS, 32_005, 30_007)]]
        ),
        SCALE,
    )
    assert found.remarks == ()
    assert [(one.number, one.came, one.net_kg, one.full_kg, one.empty_kg) for one in found.tickets] == [
        ("W1", True, 32_000, 47_000, 15_000),
        ("W2", False, 30_000, 45_000, 15_000),
    ]
    assert [one.source.place for one in found.tickets] == ["entry 1", "entry 2"]


def test_what_was_weighed_before_or_later_is_not_of_the_period() -> None:
    packs = [
        sums(BEGINS, 0, 0),
        weighing(BEGINS, 1, *IN),
        weighing(ENDS, 2, *IN),
        weighing(ENDS + 1, 3, *IN),
        sums(ENDS, 32_000, 0),
    ]
    assert [one.alibi for one in weighed(evidence(packs), SCALE).tickets] == [2]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"net": 32_001}, "shows 32001 kg where 47000 less 15000 are 32000"),
        ({"stable": False}, "was not stable"),
        ({"stable": None, "alibi": None}, "has no stable, alibi"),
        ({"alibi": True}, "has no number of its own"),
        ({"first": "heavy"}, "has no mass in kg: heavy, 15000, 32000"),
        ({"first": 15_000, "net": 0}, "shows 15000 and 15000 kg"),
        ({"second": -1, "net": 47_001}, "shows 47000 and -1 kg"),
    ],
)
def test_a_weighing_that_can_not_be(changes: dict[str, object], why: str) -> None:
    found = weighed(evidence([sums(BEGINS, 0, 0), weighing(AT, 1, *IN, **changes), sums(ENDS, 0, 0)]), SCALE)
    assert found.tickets == ()
    assert [(one.name, one.touches, one.sentence) for one in found.remarks] == [
        (Name.TICKET_WRONG, "entry 1", f"the weighing at {AT} {why}")
    ]


@pytest.mark.parametrize("changes", [{"ticket": "W1"}, {"alibi": 1}])
def test_one_number_on_two_weighings(changes: dict[str, object]) -> None:
    """The weighing counts once, and so the running sums give it away again."""
    packs = [sums(BEGINS, 0, 0), weighing(AT, 1, *IN), weighing(AT + 60, 2, *IN, **changes), sums(ENDS, 64_000, 0)]
    found = weighed(evidence(packs), SCALE)
    assert len(found.tickets) == 1
    assert names(found) == [Name.TICKET_TWICE, Name.SUMS_DIFFER]


def test_a_weighing_that_nobody_shows() -> None:
    packs = [sums(BEGINS, 0, 0), weighing(AT, 1, *IN), weighing(AT + 60, 4, *OUT), sums(ENDS, 32_000, 50_000)]
    found = weighed(evidence(packs), SCALE)
    assert [(one.name, one.sentence) for one in found.remarks] == [
        (Name.TICKET_MISSING, "2 weighings behind alibi number 1 are not shown"),
        (Name.SUMS_DIFFER, "it rose by 50000 kg, and its tickets say 30000"),
    ]


def test_a_sum_that_is_not_read() -> None:
    found = weighed(evidence([sums(BEGINS, 0, 0), weighing(AT, 1, *IN)]), SCALE)
    assert [(one.name, one.touches) for one in found.remarks] == [
        (Name.SILENT, f"{SCALE}/kg_in"),
        (Name.SILENT, f"{SCALE}/kg_out"),
    ]


def test_sums_are_as_the_verification_makes_them() -> None:
    """It follows a sum over a rollover; what went without a ticket is gone all the same."""
    turned = evidence([sums(BEGINS, 0, 99_999_000), weighing(AT, 1, *IN), sums(ENDS, 32_000, 59_000)])
    out = replace(turned.figures[SCALE, "kg_out"], quantity=D(60_000))
    found = weighed(replace(turned, figures={**turned.figures, (SCALE, "kg_out"): out}), SCALE)
    assert [(one.name, one.sentence) for one in found.remarks] == [
        (Name.SUMS_DIFFER, "it rose by 60000 kg, and its tickets say 0")
    ]
    assert found.unticketed_kg == 60_000


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"to_at": ENDS - 3_600}, Name.SILENT, "it is not read at both ends of the period"),
        ({"from_at": BEGINS + 900}, Name.SILENT, "it is not read at both ends of the period"),
        ({"basis": Basis.INCOMPLETE}, Name.SILENT, "it is incomplete, in kg"),
        ({"unit": "t"}, Name.SILENT, "it is complete, in t"),
        ({"restated": D(1)}, Name.CORRECTED, "the authority says 1 kg for the period"),
    ],
)
def test_sums_that_prove_nothing(changes: dict[str, object], name: Name, says: str) -> None:
    """A bridge that falls silent before the end would hide every truck after that."""
    whole = evidence([sums(BEGINS, 0, 0), sums(ENDS, 0, 0)])
    figures = {place: replace(figure, **changes) for place, figure in whole.figures.items()}
    found = weighed(replace(whole, figures=figures), SCALE)
    assert [(one.name, one.sentence) for one in found.remarks] == [(name, says)] * 2


def test_masses_in_another_unit() -> None:
    tonnes = [replace(one, unit="t") if one.register == "net" else one for one in weighing(AT, 1, *IN)]
    found = weighed(evidence([sums(BEGINS, 0, 0), tonnes, sums(ENDS, 0, 0)]), SCALE)
    assert [one.name for one in found.remarks] == [Name.TICKET_WRONG]
    assert "has no mass in kg" in found.remarks[0].sentence


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40_000)), max_size=12), st.randoms())
def test_in_whatever_order_they_come(trucks: list[tuple[bool, int]], chance: Random) -> None:
    """Packs overtake one another; what was weighed stays the same, and adds up."""
    packs = []
    for number, (came, net) in enumerate(trucks, 1):
        full, empty = 15_000 + net, 15_000
        packs.append(weighing(AT + number, number, *((full, empty) if came else (empty, full))))
    kg_in, kg_out = (sum(net for came, net in trucks if came is way) for way in (True, False))
    packs += [sums(BEGINS, 0, 0), sums(ENDS, kg_in, kg_out)]
    chance.shuffle(packs)
    found = weighed(evidence(packs), SCALE)
    assert found.remarks == ()
    assert [one.alibi for one in found.tickets] == list(range(1, len(trucks) + 1))
    assert sum(one.net_kg for one in found.tickets if one.came) == kg_in
