"""Alerts that block stop what they touch: by lot, by receipt, or, where they name neither, new credit of all."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from tally_finance.book.alerted import Alerted
from tally_finance.book.before import (
    Act,
    before_draw,
    before_floor,
    before_release,
    before_substitution,
    is_reproduced,
)
from tally_finance.book.goods_events import FloorSet, PledgeAttached, Released, ReleaseOrdered
from tally_finance.book.loan_events import Drawn, Pledging
from tests.finance.book.ledger import COPPER, DAY, FACILITY, OPENED, T0, Ledger, T, digest, opened, seen, whys

AT = T0 + 60
R1, R2, LOT = digest("R-1"), digest("R-2"), digest("LOT-1")
DYNAMIC = dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC)
LEAK = Alerted(105, f"lot {LOT.hex()}", "12 t are lost since Monday")


@pytest.fixture
def ledger() -> Ledger:
    made = opened(1_000, terms=DYNAMIC)
    made.write(seen("LOT-2", 100, pledged=0))
    return made


NEW = PledgeAttached(FACILITY, R2, digest("LOT-2"), COPPER, 90 * T)
OUT = ReleaseOrdered(FACILITY, R1, digest("order"), T, AT + DAY)
DRAW, FLOOR = Drawn(FACILITY, Decimal(100)), FloorSet(FACILITY, R1, 90 * T, AT + DAY)


@pytest.mark.parametrize(
    "touches", [f"lot {LOT.hex()}", f"lot {LOT.hex()}, order {digest('o').hex()}", f"receipt {R1.hex()}, x"]
)
def test_what_touches_its_goods_stops_draw_release_substitution_and_floor(ledger: Ledger, touches: str) -> None:
    state, alerts = ledger.state(AT), [Alerted(106, touches, "it left without an order")]
    for without, computation in (
        (before_draw(state, DRAW), before_draw(state, DRAW, alerts)),
        (before_release(state, OUT), before_release(state, OUT, alerts)),
        (before_floor(state, FLOOR), before_floor(state, FLOOR, alerts)),
    ):
        assert without.is_allowed
        assert whys(computation) == {"alerted"}
        assert "106" in computation.reasons[0].text
    old = Released(FACILITY, R1, 100 * T, digest("e"))
    assert "alerted" not in whys(before_substitution(state, NEW, old))
    assert "alerted" in whys(before_substitution(state, NEW, old, alerts))


def test_goods_that_come_in_are_asked_after_too(ledger: Ledger) -> None:
    old = Released(FACILITY, R1, 100 * T, digest("e"))
    alerts = [Alerted(105, f"lot {digest('LOT-2').hex()}", "a leak")]
    assert "alerted" in whys(before_substitution(ledger.state(AT), NEW, old, alerts))


def test_what_touches_others_stops_nothing(ledger: Ledger) -> None:
    alerts = [Alerted(105, f"lot {digest('LOT-9').hex()}", "a leak"), Alerted(701, f"receipt {R2.hex()}", "pledged")]
    assert before_draw(ledger.state(AT), DRAW, alerts).is_allowed
    assert before_release(ledger.state(AT), OUT, alerts).is_allowed


def test_a_meter_a_log_or_the_chain_stops_new_credit_alone(ledger: Ledger) -> None:
    alerts = [Alerted(606, "log yard.example/1", "it does not answer")]
    computation = before_draw(ledger.state(AT), DRAW, alerts)
    assert whys(computation) == {"alerted"}
    assert computation.reasons[0].subject == FACILITY
    assert before_release(ledger.state(AT), OUT, alerts).is_allowed


def test_what_an_alert_stopped_is_reproduced_and_never_made_to_pass(ledger: Ledger) -> None:
    stopped = before_draw(ledger.state(AT), DRAW, [LEAK])
    assert is_reproduced(ledger.entries, stopped)
    free = before_draw(ledger.state(AT), DRAW)
    assert is_reproduced(ledger.entries, free)
    too_much = before_draw(ledger.state(AT), dataclasses.replace(DRAW, amount=OPENED.limit), [LEAK])
    alone = tuple(one for one in too_much.reasons if one.why == "alerted")
    assert not is_reproduced(ledger.entries, dataclasses.replace(too_much, reasons=alone))  # hides what else is against
    assert not is_reproduced(ledger.entries, dataclasses.replace(stopped, act=Act.CALL))
