"""Which meters are visited: all with a reason, and of the others enough, drawn by a seed that nobody chose."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import ReviewError
from tally_finance.footprint.trace import canonical
from tally_finance.review import reported, sampling
from tally_finance.review.reported import Meter
from tests.finance.review.a_report import TO, document, meter

REPORT = sha256(b"report").digest()
SEED = bytes(range(16))


def meters(*changes: dict[str, Any], others: int = 20) -> tuple[Meter, ...]:
    told = [meter(f"m{number}") for number in range(others)] + [meter(f"x{n}", **c) for n, c in enumerate(changes)]
    return reported.decode(canonical(document(meters=told))).meters


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"measured": "900000"}, "more than 20 % of electricity"),
        ({"measured": "980", "estimated": "11"}, "estimated or missing"),
        ({"missing": "11"}, "estimated or missing"),
        ({"exchanges": "1"}, "exchanged"),
        ({"calibrated_until": ""}, "no calibration is shown"),
        ({"calibrated_until": str(TO - 1)}, "calibration ended before"),
    ],
)
def test_a_reason_is_visited_whatever_is_drawn(changes: dict[str, Any], says: str) -> None:
    found = sampling.plan(meters(changes), (REPORT, TO), SEED)
    (visit,) = [one for one in found.visits if one.reasons]
    assert visit.meter.point == "x0"
    assert says in visit.reasons[0]
    assert found.others == 20


def test_the_chance_is_that_of_every_draw() -> None:
    """Of 20 meters one is bad: 19 of all 20 draws of 19 meet it, which is 95 %."""
    found = sampling.plan(meters(), (REPORT, TO), SEED)
    assert (found.others, found.bad, found.drawn, len(found.visits)) == (20, 1, 19, 19)
    draws = list(combinations(range(20), found.drawn))
    assert found.chance * len(draws) == sum(0 in draw for draw in draws)


@given(st.permutations(range(12)), st.binary(min_size=16, max_size=40))
def test_no_order_of_meters_matters_and_the_seed_does(order: list[int], seed: bytes) -> None:
    every = meters(others=12)
    found = sampling.plan([every[n] for n in order], (REPORT, TO), seed, Decimal("0.5"), Decimal("0.6"))
    assert found == sampling.plan(every, (REPORT, TO), seed, Decimal("0.5"), Decimal("0.6"))
    assert len({one.meter.key for one in found.visits}) == found.drawn


def test_seed_and_report_decide_the_draw() -> None:
    every = meters(others=40)

    def drawn(report: bytes, seed: bytes) -> set[str]:
        found = sampling.plan(every, (report, TO), seed, Decimal("0.5"), Decimal("0.9"))
        return {one.meter.point for one in found.visits}

    assert len({frozenset(drawn(REPORT, bytes([n]) * 16)) for n in range(20)}) > 15
    assert drawn(REPORT, SEED) != drawn(sha256(b"another").digest(), SEED)


def test_what_is_no_plan() -> None:
    with pytest.raises(ReviewError, match="at least 16 bytes"):
        sampling.plan(meters(), (REPORT, TO), bytes(15))
    with pytest.raises(ReviewError, match="between 0 and 1"):
        sampling.plan(meters(), (REPORT, TO), SEED, Decimal(1))
    with pytest.raises(ReviewError, match="names no meters"):
        sampling.plan((), (REPORT, TO), SEED)
