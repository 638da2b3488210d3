"""The FISCO sample has no path that repays: a financing never becomes active, completed or defaulted.
`releaseReceipt` checks no amount and leaves the pledge active, and `unpledge` frees the receipt while the
financing goes on.
"""

from __future__ import annotations

from tally_chain.receipts.rules.records import Encumbrance
from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, BANK_TOO, TAKER, TONNE, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.offer(receipt, 80)
    hall.accept(receipt)
    with hall.refuses("PledgesNotYet"):
        hall.on("Withdraw", receipt, TRADER, role=int(TRADER[1]))
    hall.register(receipt)
    with hall.refuses("PledgesNotInThatStage"):
        hall.on("Withdraw", receipt, BANK, role=int(BANK[1]))
    with hall.refuses("SignedByNobodyInRole"):
        hall.release(receipt, 80, TRADER, BANK)
    with hall.refuses("PledgesNotThatMuch"):
        hall.release(receipt, 81)
    hall.ordered(receipt, 50)
    with hall.refuses("PledgesOrdered"):
        hall.release(receipt, 40)


def honest(hall: Hall) -> None:
    """Part after part, and then nothing is left of the pledge."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80)
    hall.release(receipt, 30, BANK, BANK_TOO)
    assert hall.receipt(receipt).charge.pledged == 50 * TONNE
    hall.release(receipt, 50, BANK, BANK_TOO)
    assert hall.receipt(receipt).charge.stage is Encumbrance.FREE
    hall.endorse(receipt, TAKER)


CASE = Case(
    title="FISCO sample 5: released, and still pledged",
    chinese="解押不核数量、状态不一致",
    does="A release of any amount leaves the pledge standing; another call frees the goods of a loan that runs.",
    remains="Two officers of the lender who release together what the debt still needs: their computation's "
    "digest is in the operation, and shows who tested what.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Pledges.sol", "if (byHolder && !offered) _over(op.receipt, receipt.due);", ""),
            "Withdraw",
            "PledgesNotYet",
        ),
        Broken(Mutant("Pledges.sol", "if (ordered > kept)", "if (false)"), "Release", "PledgesOrdered"),
    ),
)
