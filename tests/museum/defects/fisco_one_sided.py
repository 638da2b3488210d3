"""In the FISCO sample a pledge is one-sided: the owner names a lender that never accepts, and `applyFinance`
may then name another institution than the pledgee.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, OTHER_BANK, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.offer(receipt, 80, BANK)
    with hall.refuses("PledgesNotInThatStage"):
        hall.register(receipt, BANK)
    with hall.refuses("PledgesNotInThatStage"):
        hall.ordered(receipt, 10)
    with hall.refuses("SignedByNobodyInRole"):
        hall.accept(receipt, TRADER)
    with hall.refuses("SignedByAnother"):
        hall.accept(receipt, OTHER_BANK)
    # The lender that accepts has looked at title, value and registry, and files before the pledge is in force.
    with hall.refuses("PledgesZero"):
        hall.on("Accept", receipt, BANK, ownership=hall.fresh(), valuation=hall.fresh(), search=bytes(32))
    hall.accept(receipt, BANK)
    with hall.refuses("PledgesZero"):
        hall.on("Register", receipt, BANK, filing=bytes(32), search=hall.fresh())


def honest(hall: Hall) -> None:
    hall.pledge(hall.issue(hall.stocked(), 100), 80, BANK)


CASE = Case(
    title="FISCO sample 4: a pledge of one side",
    chinese="单方质押、融资方与质权人不一致",
    does="The owner pledges to a lender that never agreed, and is financed by another.",
    remains="A loan outside: who lends without a look at the receipt has no pledge.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Parties.sol", "if (party.organisation != organisation) revert", "if (false) revert"),
            "Accept",
            "SignedByAnother",
        ),
    ),
)
