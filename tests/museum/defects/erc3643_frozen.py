"""ERC-3643 (T-REX) keeps what is frozen as one number without an owner or a reason: two claims on the same
units are one, and whoever thaws for one of them thaws for the other.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import COURT, KEEPER, TRADER, VERIFIER, Hall, HoldKind


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    court = hall.held(receipt, HoldKind.COURT, COURT, 30)
    seal = hall.held(receipt, HoldKind.SEAL, VERIFIER, 30)
    # They are two: together they hold 60 t, and each ends for itself.
    with hall.refuses("ReceiptsHeld"):
        hall.deliver(receipt, 41)
    with hall.refuses("ReceiptsNotByThatRole"):
        hall.lift(receipt, court, VERIFIER)
    hall.lift(receipt, seal, VERIFIER)
    with hall.refuses("ReceiptsNoHold"):
        hall.lift(receipt, seal, VERIFIER)
    with hall.refuses("ReceiptsHeld"):
        hall.deliver(receipt, 71)


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.held(receipt, HoldKind.COURT, COURT, 30)
    dispute = hall.held(receipt, HoldKind.DISPUTE, KEEPER, 30)
    hall.deliver(receipt, 40, by=TRADER)
    hall.lift(receipt, dispute, KEEPER)
    hall.deliver(receipt, 30, by=TRADER)


CASE = Case(
    title="ERC-3643 1: one number for all that is frozen",
    chinese="冻结数量不分主体与事由",
    does="Two holds on the same goods are one sum; who ends one ends the other.",
    remains="Two holds for one and the same reason hold twice as much until one of them is lifted.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(Mutant("Holds.sol", "sum += holds[i].quantity;", "sum = holds[i].quantity;"), "Deliver", "ReceiptsHeld"),
    ),
)
