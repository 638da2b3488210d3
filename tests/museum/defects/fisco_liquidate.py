"""In the FISCO sample the administrator alone liquidates a receipt, from any state, and nobody asks for the
proceeds.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import BANK, COURT, DAY, REGISTRAR, TAKER, TRADER, Hall, HoldKind


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    with hall.refuses("PledgesNotInThatStage"):
        hall.sell(receipt)
    with hall.refuses("PledgesNotYet"):
        hall.on("DeclareDefault", receipt, BANK, reason=hall.fresh())
    with hall.refuses("SignedByNobodyInRole"):
        hall.on("CallMargin", receipt, REGISTRAR, until=hall.world.time + DAY, computation=hall.fresh())
    with hall.refuses("PledgesTooShort"):
        hall.on("CallMargin", receipt, BANK, until=hall.world.time + 3_600, computation=hall.fresh())
    hall.default(receipt)
    with hall.refuses("PledgesTooShort"):
        hall.on(
            "Enforce", receipt, BANK, noticeUntil=hall.world.time + DAY, valuation=hall.fresh(), reserve=hall.fresh()
        )
    hall.enforce(receipt)
    with hall.refuses("PledgesNotYet"):
        hall.sell(receipt)
    hall.world.wait(6 * DAY)
    with hall.refuses("PledgesZero"):
        hall.sell(receipt, report=bytes(32))


def honest(hall: Hall) -> None:
    """What is due is sold, though the pledgor that sees it coming disputes."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    dispute = hall.held(receipt, HoldKind.DISPUTE, TRADER)
    hall.default(receipt)
    hall.enforce(receipt)
    hall.world.wait(6 * DAY)
    hall.sell(receipt, TAKER)
    hall.lift(receipt, dispute, COURT)
    hall.deliver(receipt, 100, by=TAKER)


CASE = Case(
    title="FISCO sample 6: liquidated by the administrator",
    chinese="管理员单方处置",
    does="One key of the platform sells any receipt at any time, and no proceeds are asked for.",
    remains="A sale at a bad price to a friend of the lender's: valuation, reserve and report are digests that "
    "the pledgor can hold against what was paid. A pledgor that disputes before its default does not stop "
    "the sale, but its hold stays on what was sold until a court lifts it.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(Mutant("Enforcement.sol", "        _over(op.receipt, receipt.due);\n", ""), "Sell", "PledgesNotYet"),
    ),
)
