"""In Shanghai's steel trade (2012) traders and warehouses together pledged receipts with no steel behind them
(空单质押), and the steel that there was, several times over (court reports in the legal press).
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case
from tests.museum.hall import INSPECTOR, KEEPER, KEEPER_AS_HOLDER, TONNE, TRADER, VERIFIER, Hall


def attested_by_the_keeper_alone(hall: Hall, lot: bytes, tonnes: int) -> None:
    """Place 2 of the lot's witnesses is its keeper's."""
    grams = tonnes * TONNE
    hall.did(
        "Attest", KEEPER, lot=lot, head=hall.stock(lot).head, estimate=grams, lower=grams, upper=grams,
        asOf=hall.world.time, short=False, evidenceRoot=hall.fresh(), policy=hall.fresh(), places=(2,),
    )  # fmt: skip


def fraud(hall: Hall) -> None:
    lot = hall.opened(hall.slot(KEEPER), KEEPER)
    # Nothing came: no receipt over it, whoever says it is there.
    with hall.refuses("LotsStale"):
        hall.issue(lot, 50)
    with hall.refuses("LotsQuorum"):
        attested_by_the_keeper_alone(hall, lot, 50)
    with hall.refuses("SignedByTooManyOrFew"):
        hall.weighed_in(lot, 50, KEEPER, TRADER)
    with hall.refuses("SignedByNobodyInRole"):
        hall.weighed_in(lot, 50, KEEPER, KEEPER, TRADER)
    with hall.refuses("LotsNotIndependent"):
        hall.weighed_in(lot, 50, KEEPER, VERIFIER, KEEPER_AS_HOLDER)
    # Steel comes, and its receipt is issued; then the weighing is taken back, or a second receipt is asked for.
    weighing = hall.weighed_in(lot, 50)
    hall.attested(lot, 50 * TONNE)
    hall.issue(lot, 50)
    with hall.refuses("LotsReceipted"):
        voided(hall, lot, weighing)
    with hall.refuses("LotsMoreThanWeighed"):
        hall.issue(lot, 1)


def voided(hall: Hall, lot: bytes, weighing: bytes) -> None:
    values = {"evidence": weighing, "reason": hall.fresh("reason")}
    hall.did("VoidWeighing", KEEPER, TRADER, lot=lot, head=hall.stock(lot).head, **values)


def honest(hall: Hall) -> None:
    lot = hall.opened(hall.slot(KEEPER), KEEPER)
    hall.weighed_in(lot, 50)
    mistaken = hall.weighed_in(lot, 5)
    voided(hall, lot, mistaken)
    hall.attested(lot, 50 * TONNE)
    hall.pledge(hall.issue(lot, 50), 50)


def possible(hall: Hall) -> None:
    """Keeper, depositor, verifier and inspector together book steel that never came, and a bank takes it."""
    lot = hall.opened(hall.slot(KEEPER), KEEPER)
    hall.weighed_in(lot, 50, KEEPER, VERIFIER, TRADER)
    hall.attested(lot, 50 * TONNE)
    hall.pledge(hall.issue(lot, 50, KEEPER, TRADER, INSPECTOR), 50)


CASE = Case(
    title="Steel of Shanghai, 2012",
    chinese="上海钢贸：空单质押",
    does="Keeper and trader make receipts over steel that is not there.",
    remains="Keeper, depositor, verifier and inspector all together book what never came (played: it goes "
    "through). It holds until a witness that the lender chose looks; so lenders should name one of their "
    "own.",
    fraud=fraud,
    honest=honest,
    possible=possible,
    guards=(
        Broken(Mutant("Attestations.sol", "if (places.length < panel.quorum)", "if (false)"), "Attest", "LotsQuorum"),
        Broken(
            Mutant("Lots.sol", "if (!_fresh(lot, ChainTime.secondsNow())) revert LotsStale(id, lot.attestedAt);", ""),
            "Issue",
            "LotsStale",
            "LotsMoreThanWeighed",
        ),
        Broken(
            Mutant("Lots.sol", "lot.weighed < uint256(lot.face) + quantity", "lot.weighed < quantity"),
            "VoidWeighing",
            "LotsReceipted",
            "LotsNotDeposited",
        ),
    ),
)
