"""In the FISCO sample a transfer has an `amount` that is only logged: part of a receipt seems to have gone to
somebody, and all of it has, or none.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import TAKER, THIRD, TONNE, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    with hall.refuses("ReceiptsNotTheWhole"):
        hall.split(receipt, 40, 61)
    with hall.refuses("ReceiptsNotTheWhole"):
        hall.split(receipt, 40, 59)
    part, _ = hall.split(receipt, 40, 60)
    hall.endorse(part, TAKER)
    # And once more, by the receipt as it was before.
    with hall.refuses("ReceiptsNotLiving"):
        hall.endorse(receipt, THIRD)
    with hall.refuses("SignedByAnother"):
        hall.endorse(part, THIRD)


def honest(hall: Hall) -> None:
    lot = hall.stocked()
    part, rest = hall.split(hall.issue(lot, 100), 40, 60)
    hall.endorse(part, TAKER)
    hall.endorse(rest, THIRD)
    assert hall.stock(lot).face == 100 * TONNE


CASE = Case(
    title="FISCO sample 8: an amount that is only logged",
    chinese="转让数量只记日志",
    does="A transfer of part of a receipt moves all of it, or nothing, and says otherwise.",
    remains="Nothing that we know of.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Succession.sol", "if (receipt.state != State.Issued)", "if (false)"), "Endorse", "ReceiptsNotLiving"
        ),
    ),
)
