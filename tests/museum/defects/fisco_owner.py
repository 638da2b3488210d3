"""In the FISCO sample `createReceipt` makes the sender the owner, and the sender is the platform's backend: no
depositor ever signs, and every receipt and every pledge is the platform's.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import INSPECTOR, KEEPER, REGISTRAR, TAKER, TRADER, Hall


def fraud(hall: Hall) -> None:
    lot = hall.stocked()
    with hall.refuses("SignedByTooManyOrFew"):
        hall.issue(lot, 100, KEEPER, INSPECTOR)
    with hall.refuses("SignedByNobodyInRole"):
        hall.issue(lot, 100, KEEPER, REGISTRAR, INSPECTOR)
    with hall.refuses("SignedByAnother"):
        issued_for_another(hall, lot)


def issued_for_another(hall: Hall, lot: bytes) -> None:
    """The trader is named as holder, and somebody else signs in its place."""
    hall.did(
        "Issue", KEEPER, TAKER, INSPECTOR, number=hall.fresh(), lot=lot, lotHead=hall.stock(lot).head, holder=TRADER[0],
        holderSince=hall.world.known, quantity=1, until=hall.world.time + 1_000, document=hall.fresh(), trade=bytes(32),
    )  # fmt: skip


def honest(hall: Hall) -> None:
    """Whoever brings it: the key that pays for all of this is nobody's."""
    receipt = hall.issue(hall.stocked(), 100)
    assert hall.receipt(receipt).holder.organisation == TRADER[0]


CASE = Case(
    title="FISCO sample 2: the platform owns everything",
    chinese="平台代签、存货人不签字",
    does="Whoever sends the transaction becomes owner, and that is the platform.",
    remains="A depositor that gives its key to the platform has signed what the platform signs.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Parties.sol", "if (party.organisation != organisation) revert", "if (false) revert"),
            "Issue",
            "SignedByAnother",
        ),
    ),
)
