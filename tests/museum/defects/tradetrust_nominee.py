"""TradeTrust's token registry 5.1: `_setHolder` does not clear the nominee, so what the beneficiary nominated
under one holder is carried out under the next. What was agreed with somebody in one state of things counts in
another.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, KEEPER, TAKER, THIRD, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    signed_over = hall.receipt(receipt).head
    # TRADER signs the receipt over to TAKER; the deal falls through, and the signatures stay with TAKER. The receipt
    # goes to THIRD and comes back.
    hall.endorse(receipt, THIRD)
    hall.endorse(receipt, TRADER, by=THIRD)
    with hall.refuses("SignedOverAnotherHead"):
        endorsed_over(hall, receipt, signed_over)
    # An offer to a bank ends with what it was about.
    hall.offer(receipt, 80)
    hall.on("Withdraw", receipt, TRADER, role=int(TRADER[1]))
    hall.endorse(receipt, THIRD)
    with hall.refuses("PledgesNotInThatStage"):
        hall.accept(receipt, BANK)


def endorsed_over(hall: Hall, receipt: bytes, head: bytes) -> None:
    """As it was signed then."""
    by = (TRADER, KEEPER, TAKER)
    hall.did("Endorse", *by, receipt=receipt, head=head, to=TAKER[0], toSince=hall.world.known)


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.endorse(receipt, TAKER)
    hall.offer(receipt, 80, by=TAKER)
    hall.accept(receipt, BANK)


CASE = Case(
    title="TradeTrust 1: a nominee that outlives its holder",
    chinese="持有人变更后旧提名仍有效",
    does="What was agreed under one holder is carried out under another.",
    remains="Signatures that are carried out at once, before anything else happens to the receipt: they were "
    "meant for that.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Parties.sol", "if (head != named)", "if (head != named && head == 0)"),
            "Endorse",
            "SignedOverAnotherHead",
        ),
    ),
)
