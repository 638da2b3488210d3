"""In AgriVault the same goods can be issued twice, and there is no delivery that would end a receipt."""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import TAKER, Hall


def fraud(hall: Hall) -> None:
    lot = hall.stocked()
    receipt = hall.issue(lot, 100)
    with hall.refuses("LotsMoreThanWeighed"):
        hall.issue(lot, 100)
    with hall.refuses("ReceiptsKnownNumber"):
        hall.issue(lot, 100, number=receipt)
    # Delivered, the number is spent and the goods are gone.
    hall.deliver(receipt, 100)
    with hall.refuses("ReceiptsNotLiving"):
        hall.endorse(receipt, TAKER)
    with hall.refuses("LotsMoreThanWeighed"):
        hall.issue(lot, 100)
    with hall.refuses("ReceiptsKnownNumber"):
        hall.issue(lot, 100, number=receipt)


def honest(hall: Hall) -> None:
    lot = hall.stocked()
    hall.deliver(hall.issue(lot, 60), 60)
    hall.issue(lot, 40)


CASE = Case(
    title="AgriVault 5: issued twice, never delivered",
    chinese="同货重复开单、无提货注销",
    does="One pile becomes two receipts, and goods that left still have one.",
    remains="A second receipt outside, as at Qingdao.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Succession.sol", "if (receipt.state != State.Issued)", "if (false)"), "Endorse", "ReceiptsNotLiving"
        ),
        Broken(
            Mutant("Lots.sol", "if (face > most)", "if (false)"), "Issue", "LotsMoreThanWeighed", "LotsNotDeposited"
        ),
    ),
)
