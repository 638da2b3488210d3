"""In ERC-3643 an agent's `forcedTransfer` thaws by itself as much as it needs: a pledge or a court's order that
is kept as a partial freeze is gone with it.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import COURT, DAY, REGISTRAR, TAKER, Hall, HoldKind


def announced(hall: Hall) -> bytes:
    """A receipt that may be sold from now on."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    hall.default(receipt)
    hall.enforce(receipt)
    hall.world.wait(6 * DAY)
    return receipt


def fraud(hall: Hall) -> None:
    receipt = announced(hall)
    hall.held(receipt, HoldKind.COURT, COURT, 1)
    with hall.refuses("ReceiptsHeld"):
        hall.sell(receipt, TAKER)
    # Nobody moves it by force: no agent, and no court either.
    free = hall.issue(hall.stocked(), 100)
    for agent in (REGISTRAR, COURT):
        with hall.refuses("SignedByNobodyInRole"):
            hall.endorse(free, TAKER, by=agent)
    hall.held(free, HoldKind.COURT, COURT, 1)
    with hall.refuses("ReceiptsHeld"):
        hall.endorse(free, TAKER)


def honest(hall: Hall) -> None:
    receipt = announced(hall)
    hold = hall.held(receipt, HoldKind.COURT, COURT, 1)
    hall.lift(receipt, hold, COURT)
    hall.sell(receipt, TAKER)


CASE = Case(
    title="ERC-3643 2: a transfer by force thaws",
    chinese="强制划转自动解冻",
    does="An agent moves what is frozen, and the freeze is gone.",
    remains="A court that orders a transfer: the parties have to sign it, and the chain does not compel them.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant(
                "Enforcement.sol",
                "        HOLDS.mustBeSaleable(number, lot);\n",
                "        if (number == 0) HOLDS.mustBeSaleable(number, lot);\n",
            ),
            "Sell",
            "ReceiptsHeld",
        ),
    ),
)
