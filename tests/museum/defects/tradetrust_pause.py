"""TradeTrust's registry knows one way to stop a document: `pause`, which stops all documents of the registry at
once, by its administrator. There is no hold on one of them, no court order and no dispute.
"""

from __future__ import annotations

from tally_chain import contract_abi
from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import COURT, KEEPER, OWNER, REGISTRAR, TAKER, VERIFIER, Hall, HoldKind, PlayError

STOPS = ("pause", "freeze", "upgrade", "forced", "recover")


def fraud(hall: Hall) -> None:
    for name in hall.world.contracts:
        for function in contract_abi.load(name).functions:
            if any(word in function.lower() for word in STOPS):
                raise PlayError(f"{name} has a function {function}")
    lot = hall.stocked()
    receipt, other = hall.issue(lot, 50), hall.issue(lot, 50)
    for by, kind in ((REGISTRAR, HoldKind.COURT), (OWNER, HoldKind.DISPUTE), (KEEPER, HoldKind.COURT)):
        with hall.refuses("ReceiptsNotByThatRole"):
            hall.held(receipt, kind, by)
    hall.held(receipt, HoldKind.COURT, COURT)
    with hall.refuses("ReceiptsHeld"):
        hall.endorse(receipt, TAKER)
    hall.endorse(other, TAKER)


def honest(hall: Hall) -> None:
    lot = hall.stocked()
    receipt, other = hall.issue(lot, 50), hall.issue(lot, 50)
    hold = hall.held(receipt, HoldKind.SEAL, VERIFIER)
    hall.endorse(other, TAKER)
    hall.lift(receipt, hold, VERIFIER)
    hall.endorse(receipt, TAKER)


CASE = Case(
    title="TradeTrust 3: all or nothing is paused",
    chinese="只有全局暂停、无单张冻结",
    does="Whoever stops one document stops everybody's.",
    remains="Whoever runs the nodes of the chain can stop it whole. That is between its parties.",
    fraud=fraud,
    honest=honest,
    guards=(
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
