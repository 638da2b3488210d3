"""At Foshan (May and June 2022) some 30,000 t of aluminium that were pledged to one financier were missing when
it counted. It moved out 8,000 to 10,000 t before the others knew; owners ran to the warehouse, police sealed
it, and what one firm could not get out was 4,125 t and 6,993 t. Warehouse staff were charged with contract
fraud (Chinese trade press).
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case, Silenced
from tests.museum.evidence import doubts, seen
from tests.museum.hall import DAY, KEEPER, TAKER, THIRD, TONNE, TRADER, Hall


def missing(hall: Hall) -> tuple[bytes, bytes, bytes]:
    """A lot of 100 t with receipts over 60 t and 40 t of two holders, of which 30 t are gone."""
    lot = hall.stocked(KEEPER, 100)
    mine, yours = hall.issue(lot, 60), hall.issue(lot, 40)
    hall.endorse(yours, TAKER)
    hall.attested(lot, 70 * TONNE)
    return lot, mine, yours


def fraud(hall: Hall) -> None:
    lot = hall.stocked(KEEPER, 100)
    hall.issue(lot, 100)
    with hall.refuses("LotsMoreThanWeighed"):
        hall.issue(lot, 30)
    # The keeper's staff let 30 t out at night, without any operation. Who knows first runs.
    lot, mine, yours = missing(hall)
    for run in (
        lambda: hall.deliver(mine, 60),
        lambda: hall.deliver(yours, 1, by=TAKER),
        lambda: hall.endorse(mine, THIRD),
        lambda: hall.offer(mine, 60),
        lambda: hall.split(mine, 30, 30),
    ):
        with hall.refuses("ReceiptsShort"):
            run()
    with hall.refuses("LotsShort"):
        hall.issue(lot, 1)
    # The keeper has the loss shared before anybody can look, or leaves its friend out.
    with hall.refuses("LotsTooEarly"):
        hall.apportion(lot, mine, yours)
    hall.world.wait(7 * DAY)
    with hall.refuses("LotsNotAllReceipts"):
        hall.apportion(lot, yours)
    hall.says("plausibility", doubts(seen("metal-warehouse", 4, "night-drive")), "count-balance")


def honest(hall: Hall) -> None:
    """Who lost something loses the same share as everybody, and takes the rest."""
    lot, mine, yours = missing(hall)
    hall.world.wait(7 * DAY)
    hall.apportion(lot, mine, yours)
    assert [hall.receipt(one).quantity for one in (mine, yours)] == [42 * TONNE, 28 * TONNE]
    hall.deliver(mine, 42, by=TRADER)
    hall.deliver(yours, 28, by=TAKER)
    hall.silent("plausibility", doubts(seen("metal-warehouse", 4)))


CASE = Case(
    title="Foshan, 2022",
    chinese="佛山中金圣源：超额开单与挤兑",
    does="A keeper's staff issue more than there is and let goods out; whoever hears of it first empties the place.",
    remains="Goods can be driven out between two attestations, and are then gone for all: the lot is short from "
    "the next attestation on, which is never older than the lot's age limit where something new is lent.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Holds.sol", "if (LOTS.wasShort(lot, moment))", "if (LOTS.wasShort(lot, moment) && number == 0)"),
            "Endorse",
            "ReceiptsShort",
        ),
        Broken(
            Mutant("Lots.sol", "if (lot.short) revert LotsShort(id);", ""), "Issue", "LotsShort", "LotsMoreThanWeighed"
        ),
        Silenced("tally_finance.plausibility.goods._count", lambda *_: iter(()), "count-balance"),
    ),
)
