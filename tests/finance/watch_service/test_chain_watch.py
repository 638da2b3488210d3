"""What happens on a chain is an alert at the next look; a node that is silent or takes something back is one too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tally_chain.errors import EngineUnavailableError
from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.records import Encumbrance
from tally_chain.registry.roles import KeyRole
from tally_finance.release.picker import Picker
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch_service.chain_watch import ChainWatch
from tests.chain.receipts.yard import TONNE, Yard, yard_on
from tests.chain.registry.parties import Parties, fresh

POINT = "urn:scale"


class Node:
    """An engine that can be made to fail, and that counts the events that it is asked for."""

    def __init__(self, engine: object) -> None:
        self.engine, self.down = engine, False

    def __getattr__(self, name: str) -> object:
        if self.down:
            raise EngineUnavailableError("nobody answers")
        return getattr(self.engine, name)


def watching(yard: Yard, who: str = "lender", clock: Callable[[], int] | None = None) -> tuple[ChainWatch, Node]:
    node = Node(yard.parties.stage.engine)
    places, organisations = yard.places, yard.parties.at.organisations
    watch = ChainWatch(node, places, organisations, yard.whose(who), clock or yard.parties.now)  # type: ignore[arg-type]
    return watch, node


def alerts(watch: ChainWatch, at: int, **how: Any) -> dict[Code, Alert]:
    seen = watch.seen(at, how.get("watched", ()), how.get("yards", {}), how.get("pickers", ()))
    return {one.code: one for one in standing(seen, Limits())}


def pledged(yard: Yard, lot: bytes, tonnes: int = 3) -> bytes:
    receipt = yard.issued(lot, tonnes)
    yard.pledged(receipt, tonnes)
    return receipt


@pytest.fixture
def yard(parties: Parties) -> Yard:
    return yard_on(parties)


def test_a_hold_is_told_of_at_the_next_look_and_ends_with_it(yard: Yard) -> None:
    receipt = pledged(yard, yard.stocked(10))
    watch, _ = watching(yard)
    assert watch.look()
    now = yard.parties.now()
    assert Code.HELD not in alerts(watch, now)
    assert not watch.look(), "nothing is new"
    held = yard.did(
        "Hold",
        "court",
        receipt=receipt,
        kind=int(HoldKind.COURT),
        role=int(KeyRole.COURT_LIAISON),
        quantity=0,
        reason=fresh("case"),
    )
    assert watch.look()
    found = alerts(watch, now)
    assert found[Code.HELD].said == {"kinds": "court"}
    assert "holds" in found[Code.RECEIPT_CHANGED].said["what"] or found[Code.RECEIPT_CHANGED].said["what"] == "its head"
    yard.did(
        "Lift", "court", receipt=receipt, hold=held.digest, role=int(KeyRole.COURT_LIAISON), reason=fresh("lifted")
    )
    assert watch.look()
    assert Code.HELD not in alerts(watch, now)


def test_what_the_lender_signed_is_no_change_and_what_it_takes_note_of_neither(yard: Yard) -> None:
    receipt = pledged(yard, yard.stocked(10))
    watch, _ = watching(yard)
    watch.look()
    assert Code.RECEIPT_CHANGED not in alerts(watch, yard.parties.now())
    yard.did(
        "Hold",
        "court",
        receipt=receipt,
        kind=int(HoldKind.COURT),
        role=int(KeyRole.COURT_LIAISON),
        quantity=0,
        reason=fresh("case"),
    )
    watch.look()
    changed = alerts(watch, yard.parties.now())[Code.RECEIPT_CHANGED]
    watch.take_note(receipt.hex(), b"x" * 32)
    assert Code.RECEIPT_CHANGED in alerts(watch, yard.parties.now()), "of another head nothing is noted"
    watch.take_note(receipt.hex(), changed.evidence[-1])
    assert Code.RECEIPT_CHANGED not in alerts(watch, yard.parties.now())


def test_a_receipt_that_another_lender_took_is_told_of(yard: Yard) -> None:
    receipt = pledged(yard, yard.stocked(10))
    watch, _ = watching(yard, "keeper")  # in the place of a second lender that has the receipt in its book
    watch.look()
    found = alerts(watch, yard.parties.now(), watched=(receipt, b"\x07" * 32))
    assert found[Code.PLEDGED_ELSEWHERE].said["lender"] == yard.whose("lender").hex()


def test_goods_of_a_pledge_leave_by_orders_alone(yard: Yard) -> None:
    lot = yard.stocked(10)
    receipt = pledged(yard, lot, 5)
    watch, _ = watching(yard)
    watch.look()
    now = yard.parties.now()
    (bare,) = watch.seen(now, (), {POINT: lot}, ()).yards
    assert (bare.point, bare.lot, bare.orders) == (POINT, lot.hex(), ())
    assert 0 < bare.since <= now
    picker = Picker("沪A12345", "driver", bytes(16))
    yard.did(
        "Order", "lender", "lender 2", "holder", receipt=receipt, quantity=TONNE, picker=picker.digest, **{"from": now},
        until=now + 3600, computation=fresh("computation"),
    )  # fmt: skip
    watch.look()
    (unopened,) = watch.seen(now, (), {POINT: lot}, ()).yards
    assert unopened.orders == ()
    (ordered,) = watch.seen(now, (), {POINT: lot}, (picker,)).yards
    assert [(one.receipt, one.quantity_g, one.picker) for one in ordered.orders] == [(receipt, TONNE, picker)]
    assert watch.seen(now, (), {POINT: fresh("other lot")}, ()).yards == ()


def test_above_a_floor_goods_may_leave(yard: Yard) -> None:
    lot = yard.stocked(10)
    receipt = pledged(yard, lot, 5)
    now = yard.parties.now()
    yard.did("SetFloor", "lender", "lender 2", "holder", receipt=receipt, floor=TONNE, until=now + 86_400)
    watch, _ = watching(yard)
    watch.look()
    seen = watch.seen(now, (), {POINT: lot}, ())
    assert seen.yards == ()
    assert [one.floor_g for one in seen.floors] == [TONNE]


def test_a_node_that_does_not_answer_is_told_of_after_a_while(yard: Yard) -> None:
    now = [yard.parties.now()]
    watch, node = watching(yard, clock=lambda: now[0])
    watch.look()
    node.down = True
    now[0] += Limits().quiet_s
    assert not watch.look()
    assert Code.CHAIN_QUIET not in alerts(watch, now[0])
    now[0] += 1
    assert "nobody answers" in alerts(watch, now[0])[Code.CHAIN_QUIET].said["why"]
    node.down = False
    watch.look()
    assert Code.CHAIN_QUIET not in alerts(watch, now[0])


def test_a_chain_that_took_something_back_is_told_of_at_once_and_read_no_more(yard: Yard) -> None:
    yard.stocked(10)
    watch, _ = watching(yard)
    watch.look()
    history = watch.history
    assert history is not None
    *before, last = history.entries
    other = replace(last, moment=replace(last.moment, block_number=last.moment.block_number - 1))
    watch._view = replace(watch._view, history=replace(history, entries=(*before, other)))  # type: ignore[type-var,arg-type]
    assert watch.look()
    assert Code.CHAIN_CONTRADICTS in alerts(watch, yard.parties.now())
    assert not watch.look()


def test_the_yard_pledges_for_these_tests(yard: Yard) -> None:
    receipt = pledged(yard, yard.stocked(10))
    watch, _ = watching(yard)
    watch.look()
    assert watch.book is not None
    assert watch.book.receipts[receipt].charge.stage is Encumbrance.REGISTERED
