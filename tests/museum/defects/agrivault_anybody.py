"""In AgriVault any approved microfinance institution can call `markClaimed` and `markDefaulted` on another's
receipt.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, BANK_TOO, DAY, OTHER_BANK, TAKER, TRADER, Hall

OTHER_BANK_TOO = (OTHER_BANK[0], OTHER_BANK[1], 1)


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80, BANK)
    with hall.refuses("SignedByAnother"):
        hall.release(receipt, 80, OTHER_BANK, OTHER_BANK_TOO)
    with hall.refuses("SignedByAnother"):
        hall.ordered(receipt, 10, OTHER_BANK, OTHER_BANK_TOO, TRADER)
    with hall.refuses("SignedByAnother"):
        hall.on("CallMargin", receipt, OTHER_BANK, until=hall.world.time + DAY, computation=hall.fresh())
    hall.on("CallMargin", receipt, BANK, until=hall.world.time + DAY, computation=hall.fresh())
    hall.world.wait(2 * DAY)
    with hall.refuses("SignedByAnother"):
        hall.on("DeclareDefault", receipt, OTHER_BANK, reason=hall.fresh())
    with hall.refuses("SignedByNobodyInRole"):
        hall.on("Cure", receipt, TRADER, computation=hall.fresh())


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 80, BANK)
    hall.default(receipt, BANK)
    hall.on("Settle", receipt, BANK, BANK_TOO, discharge=hall.fresh())
    hall.endorse(receipt, TAKER)


CASE = Case(
    title="AgriVault 2: any lender touches any pledge",
    chinese="任一机构可处置他人质押",
    does="An institution declares default on, or claims, what is pledged to another.",
    remains="A stolen key of the lender itself; what frees goods needs two.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Signed.sol", "if (found.organisation != party.organisation)", "if (false)"),
            "Release",
            "SignedByAnother",
        ),
    ),
)
