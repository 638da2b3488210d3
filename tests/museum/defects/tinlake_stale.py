"""Tinlake asks for no age of a price, and its threshold is only a view that anybody may ignore: what was worth
something when the loan was made is worth that for ever.
"""

from __future__ import annotations

from decimal import Decimal

from tally_finance.book.before import before_draw
from tally_finance.book.loan_events import Drawn
from tests.chain.contracts.mutants import Mutant
from tests.finance.book.ledger import DAY as PRICE_AGE_S
from tests.finance.book.ledger import FACILITY, T0, opened, whys
from tests.museum.case import Broken, Case, Silenced
from tests.museum.hall import DAY, TONNE, Hall


def drawn(at: int) -> set[str]:
    """Why a yuan is not paid out."""
    return whys(before_draw(opened().state(at), Drawn(FACILITY, Decimal(1))))


def fraud(hall: Hall) -> None:
    lot = hall.stocked()
    receipt, offered = hall.issue(lot, 50), hall.issue(lot, 40)
    hall.world.wait(30 * DAY)
    hall.attested(lot, 100 * TONNE)
    hall.pledge(receipt, 50)
    hall.world.wait(30 * DAY - 600)
    hall.offer(offered, 40)
    hall.world.wait(700)
    # The attestation is older than the lot allows: nothing new on it, and nothing let out.
    with hall.refuses("LotsStale"):
        hall.accept(offered)
    with hall.refuses("LotsStale"):
        hall.issue(lot, 10)
    with hall.refuses("PledgesStale"):
        hall.ordered(receipt, 10)
    other = hall.issue(hall.stocked(), 100)
    hall.world.wait(31 * DAY)
    with hall.refuses("PledgesStale"):
        hall.offer(other, 10)
    hall.says("before a draw", drawn(T0 + PRICE_AGE_S + 1), "stale-price")


def honest(hall: Hall) -> None:
    lot = hall.stocked()
    receipt = hall.issue(lot, 100)
    hall.world.wait(31 * DAY)
    hall.attested(lot, 100 * TONNE)
    hall.pledge(receipt, 50)
    hall.ordered(receipt, 10)
    hall.silent("before a draw", drawn(T0 + PRICE_AGE_S))


CASE = Case(
    title="Tinlake 2: a price and a quantity of any age",
    chinese="价格与数量不计时效",
    does="Credit is given on what something was worth, and how much there was, long ago.",
    remains="What was lent while the evidence was young stays lent when nobody looks any more; the lender is told "
    "of it.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Pledging.sol", "if (!LOTS.isFresh(lot))", "if (!LOTS.isFresh(lot) && lot == 0)"),
            "Order",
            "PledgesStale",
        ),
        Broken(
            Mutant("Lots.sol", "if (!_fresh(lot, ChainTime.secondsNow())) revert LotsStale(id, lot.attestedAt);", ""),
            "Accept",
            "LotsStale",
        ),
        Silenced("tally_finance.book.doubts.of_lot", lambda *_: iter(()), "stale-price"),
    ),
)
