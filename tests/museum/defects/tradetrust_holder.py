"""With TradeTrust one imitates a pledge by making the lender holder and the borrower beneficiary. Then the
lender alone may `transferHolder` to anybody, the borrower may overwrite its nominee at any time, and the lender
can not sell.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, BANK_AS_HOLDER, DAY, TAKER, THIRD, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80)
    # The lender passes on what it only has a pledge of.
    with hall.refuses("ReceiptsEncumbered"):
        hall.endorse(receipt, THIRD, by=BANK_AS_HOLDER)
    with hall.refuses("PledgesNotInThatStage"):
        hall.sell(receipt, THIRD)
    # The pledgor undoes it.
    with hall.refuses("PledgesNotInThatStage"):
        hall.on("Withdraw", receipt, TRADER, role=int(TRADER[1]))
    with hall.refuses("PledgesTaken"):
        hall.offer(receipt, 20)


def honest(hall: Hall) -> None:
    """The pledgor stays holder, and after a default the lender can sell."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    assert hall.receipt(receipt).holder.organisation == TRADER[0]
    assert hall.receipt(receipt).charge.lender is not None
    hall.default(receipt, BANK)
    hall.enforce(receipt)
    hall.world.wait(6 * DAY)
    hall.sell(receipt, TAKER)


CASE = Case(
    title="TradeTrust 2: the lender is holder",
    chinese="以持有人身份模拟质押",
    does="The lender passes the title document on without its owner; the owner names another nominee.",
    remains="Nothing that we know of: title, pledge and hold are three things.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Succession.sol", "if (receipt.encumbrance != Encumbrance.Free) {", "if (false) {"),
            "Endorse",
            "ReceiptsEncumbered",
            "SignedByAnother",
        ),
    ),
)
