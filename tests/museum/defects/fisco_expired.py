"""The FISCO sample has a state `Expired` that nothing ever sets: a receipt whose term is long over is pledged
like a new one.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import TAKER, TONNE, YEAR, Hall


def fraud(hall: Hall) -> None:
    lot = hall.stocked()
    receipt = hall.issue(lot, 100)
    hall.world.wait(YEAR)
    hall.attested(lot, 100 * TONNE)
    with hall.refuses("ReceiptsExpired"):
        hall.endorse(receipt, TAKER)
    with hall.refuses("PledgesExpired"):
        hall.offer(receipt, 100)


def honest(hall: Hall) -> None:
    """Until its last day it moves, and after it the goods are still the holder's."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.endorse(receipt, TAKER)
    hall.world.wait(YEAR)
    hall.deliver(receipt, 100, by=TAKER)


CASE = Case(
    title="FISCO sample 7: never expired",
    chinese="仓单到期不失效",
    does="A receipt whose storage term is over is still sold and pledged.",
    remains="A pledge that was taken before stays, over goods whose storage term is over: the lender's watch tells it.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant(
                "Receipts.sol",
                "if (ChainTime.secondsNow() > receipt.until) revert ReceiptsExpired(op.receipt, receipt.until);",
                "",
            ),
            "Endorse",
            "ReceiptsExpired",
        ),
    ),
)
