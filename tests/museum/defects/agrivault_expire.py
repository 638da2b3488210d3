"""In AgriVault anybody may call `expireReceipt` on a pledged receipt, and only the state Active blocks its
transfer: the collateral can be sold while the loan is open.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, BANK_TOO, DAY, KEEPER, TAKER, TRADER, YEAR, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80)
    for late in (0, YEAR):
        hall.world.wait(late)
        with hall.refuses("ReceiptsEncumbered"):
            hall.on("Surrender", receipt, TRADER, KEEPER)
        with hall.refuses("ReceiptsEncumbered"):
            hall.endorse(receipt, TAKER)
        with hall.refuses("ReceiptsEncumbered"):
            hall.on("Cancel", receipt, KEEPER)
        with hall.refuses("ReceiptsEncumbered"):
            hall.deliver(receipt, 1)


def honest(hall: Hall) -> None:
    """After the term the lender still has its pledge: it is enforced, or settled and the goods go to their holder."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80)
    hall.world.wait(YEAR + DAY)
    hall.on("DeclareDefault", receipt, BANK, reason=hall.fresh())
    hall.on("Settle", receipt, BANK, BANK_TOO, discharge=hall.fresh())
    hall.deliver(receipt, 100)


CASE = Case(
    title="AgriVault 3: expired, and so free",
    chinese="过期即可转让、质押失效",
    does="Anybody lets a pledged receipt expire, and its owner sells it.",
    remains="Nothing that we know of: the end of a term frees nothing.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Succession.sol", "if (receipt.encumbrance != Encumbrance.Free) {", "if (false) {"),
            "Surrender",
            "ReceiptsEncumbered",
        ),
    ),
)
