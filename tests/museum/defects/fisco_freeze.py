"""`WarehouseReceiptV2.sol`, the one open Chinese contract of receipt finance that was found, for FISCO BCOS:
`freezeReceipt` and `unfreezeReceipt` share a modifier that wants a receipt that is not frozen. So whatever is
frozen is frozen for ever.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import COURT, KEEPER, TAKER, TRADER, VERIFIER, Hall, HoldKind


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hold = hall.held(receipt, HoldKind.COURT, COURT)
    with hall.refuses("ReceiptsHeld"):
        hall.endorse(receipt, TAKER)
    # Somebody who did not set it.
    with hall.refuses("ReceiptsNotByThatRole"):
        hall.lift(receipt, hold, TRADER)
    with hall.refuses("ReceiptsNotByThatRole"):
        hall.lift(receipt, hold, KEEPER)
    # And for ever: who set it lifts it while it holds, and everything is as it was.
    hall.lift(receipt, hold, COURT)
    hall.endorse(receipt, TAKER)


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    seal = hall.held(receipt, HoldKind.SEAL, VERIFIER)
    dispute = hall.held(receipt, HoldKind.DISPUTE, KEEPER)
    hall.lift(receipt, seal, VERIFIER)
    hall.lift(receipt, dispute, COURT)
    hall.deliver(receipt, 100)


CASE = Case(
    title="FISCO sample 1: frozen for ever",
    chinese="冻结后无法解冻",
    does="A freeze can never be lifted, because lifting wants a receipt that is not frozen.",
    remains="A court that never lifts what it set: nobody else can. Nobody should.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant(
                "Holds.sol",
                "        uint256 place = 0;\n        while (place < holds.length",
                "        if (holds.length > 0) revert ReceiptsHeld(op.receipt, op.hold);\n        uint256 place = 0;\n"
                "        while (place < holds.length",
            ),
            "Lift",
            "ReceiptsNotByThatRole",
            "ReceiptsHeld",
        ),
        Broken(
            Mutant(
                "Holds.sol",
                "if (holds[i].time <= moment) revert ReceiptsHeld",
                "if (holds[i].time > moment) revert ReceiptsHeld",
            ),
            "Endorse",
            "ReceiptsHeld",
        ),
    ),
)
