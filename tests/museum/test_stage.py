"""A play that does not go as it says fails, and a guard that nobody misses is told."""

from __future__ import annotations

import pytest

from tests.museum.case import Silenced
from tests.museum.catalogue import CASES
from tests.museum.hall import TAKER, Hall, PlayError
from tests.museum.playing import played, prove


def through(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    with hall.refuses("ReceiptsHeld"):
        hall.endorse(receipt, TAKER)


def otherwise(hall: Hall) -> None:
    with hall.refuses("ReceiptsHeld"):
        hall.issue(hall.stocked(), 101)


def refused(hall: Hall) -> None:
    hall.issue(hall.stocked(), 101)


def unsaid(hall: Hall) -> None:
    hall.says("quantity", ["leak"], "short")


def alarmed(hall: Hall) -> None:
    hall.silent("quantity", ["leak"])


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (through, "ReceiptsHeld: it went through"),
        (otherwise, "Issue: LotsMoreThanWeighed, not ReceiptsHeld"),
        (refused, "Issue: LotsMoreThanWeighed was to go through"),
        (unsaid, r"quantity: nothing says short; said is \['leak'\]"),
        (alarmed, r"quantity: \['leak'\]"),
    ],
)
def test_a_play_fails_where_it_goes_otherwise(play: object, why: str) -> None:
    with pytest.raises(PlayError, match=why):
        played(play)  # type: ignore[arg-type]


def test_a_guard_that_nobody_misses_is_told() -> None:
    (case,) = (case for case in CASES if case.name == "agrivault_loan")
    needless = Silenced("tally_finance.plausibility.goods.check", lambda *_: iter(()), "serial-twice")
    with pytest.raises(PlayError, match="nobody notices that a guard is gone"):
        prove(case, needless)
