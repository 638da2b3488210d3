"""The FISCO sample has no quantity on the chain at all: a receipt has a fixed `totalPrice`, and nothing to hold
it against.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, TONNE, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    with hall.refuses("ReceiptsNotTheWhole"):
        hall.split(receipt, 60, 60)
    with hall.refuses("PledgesNotThatMuch"):
        hall.offer(receipt, 101)
    with hall.refuses("ReceiptsNotThatMuch"):
        hall.on("Amend", receipt, TRADER, hall.keeper_of(receipt), quantity=101 * TONNE, document=hall.fresh())
    with hall.refuses("ReceiptsNotThatMuch"):
        hall.deliver(receipt, 101)


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    mine, yours = hall.split(receipt, 60, 40)
    hall.pledge(mine, 60, BANK)
    hall.deliver(yours, 40)


CASE = Case(
    title="FISCO sample 3: no quantity",
    chinese="链上无数量、价值写死",
    does="A receipt says a price and no quantity, so anything fits.",
    remains="The price: money is not on the chain, and each lender tests its cover before it signs.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(Mutant("Succession.sol", "quantity != receipt.quantity || ", ""), "Split", "ReceiptsNotTheWhole"),
        Broken(
            Mutant("Pledging.sol", "if (quantity == 0 || quantity > most)", "if (quantity == 0)"),
            "Offer",
            "PledgesNotThatMuch",
        ),
    ),
)
