"""Hin Leong (2020): an inventory of USD 212m stood against USD 646m that were owed to those who had lent on it.
Pledged oil had been sold, transfers between tanks were certified that never took place, and the storage company
belonged to the same group (Reuters; Global Trade Review; The Edge).
"""

from __future__ import annotations

from tally_finance.ownership.matching import Known, Rules, match
from tally_finance.quantity.attested import Standing
from tests.chain.contracts.mutants import Mutant
from tests.finance.ownership.deal import KEEPER as STORAGE
from tests.finance.ownership.deal import TODAY, org, pack
from tests.finance.ownership.deal import TRADER as GROUP
from tests.museum.case import Broken, Case, Silenced
from tests.museum.evidence import SCALES, blocking, quantity, seen
from tests.museum.hall import (
    BANK,
    INSPECTOR,
    KEEPER,
    KEEPER_AS_HOLDER,
    OTHER_BANK,
    TAKER,
    TONNE,
    TRADER,
    Hall,
)


def under_one_control(*groups: frozenset[str]) -> list[str]:
    """What blocks a pledge where these firms are known to be one group's."""
    known = Known(groups=tuple(frozenset(map(org, group)) for group in groups))
    return [remark.name.text for remark in match(pack(), Rules(), known, TODAY).remarks if remark.name.blocks]


def fraud(hall: Hall) -> None:
    tank = hall.stocked(KEEPER, 100)
    receipt = hall.issue(tank, 60)
    hall.pledge(receipt, 60)
    # Pledged oil is sold, whole or in part.
    with hall.refuses("ReceiptsEncumbered"):
        hall.endorse(receipt, TAKER)
    with hall.refuses("SignedByTooManyOrFew"):
        hall.split(receipt, 30, 30, pledged=(30, 30))
    with hall.refuses("ReceiptsNotTheWhole"):
        hall.split(receipt, 30, 30, by=(TRADER, BANK), pledged=(30, 0))
    # More is pledged than the witnesses' lower bound, of what they find in the tank.
    other = hall.issue(tank, 40)
    hall.attested(tank, 100 * TONNE, lower=90 * TONNE)
    hall.offer(other, 40, OTHER_BANK)
    with hall.refuses("LotsMoreThanAttested"):
        hall.accept(other, OTHER_BANK)
    # A transfer between tanks that took place once, or never.
    second, transfer = hall.opened(hall.slot(KEEPER), KEEPER), hall.fresh("transfer")
    hall.weighed_in(second, 20, evidence=transfer)
    with hall.refuses("LotsSpent"):
        hall.weighed_in(second, 20, evidence=transfer)
    # The storage company keeps for itself, or for its group.
    with hall.refuses("ReceiptsNotIndependent"):
        hall.attested(second, 20 * TONNE)
        hall.issue(second, 20, KEEPER, KEEPER_AS_HOLDER, INSPECTOR)
    hall.says("ownership", under_one_control(frozenset({STORAGE, GROUP})), "related")
    # The tank's gauge against its book.
    hall.says("quantity", blocking(quantity(seen("grain-silo", 6, "night-drive", seed=2, only=SCALES))), "short")


def honest(hall: Hall) -> None:
    tank = hall.stocked(KEEPER, 100)
    receipt = hall.issue(tank, 60)
    hall.pledge(receipt, 40)
    _, free = hall.split(receipt, 40, 20, by=(TRADER, BANK), pledged=(40, 0))
    hall.endorse(free, TAKER)
    other = hall.issue(tank, 40)
    hall.pledge(other, 40, OTHER_BANK)
    hall.release(other, 40, (OTHER_BANK[0], OTHER_BANK[1], 0), (OTHER_BANK[0], OTHER_BANK[1], 1))
    hall.endorse(other, TAKER)
    hall.silent("ownership", under_one_control())
    hall.silent("quantity", blocking(quantity(seen("grain-silo", 6, seed=2, only=SCALES))))


CASE = Case(
    title="Hin Leong, 2020",
    chinese="兴隆贸易：已质押油品被出售、关联仓储",
    does="Pledged oil is sold, tank transfers are certified that never took place, and the keeper is of the "
    "same group.",
    remains="A keeper that belongs to the borrower's group where nobody knows it: the lender has to look up who "
    "controls whom. And goods that leave between two attestations, as at Foshan.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Succession.sol", "if (receipt.encumbrance != Encumbrance.Free) {", "if (false) {"),
            "Endorse",
            "ReceiptsEncumbered",
        ),
        Broken(
            Mutant("Lots.sol", "if (pledged > found.lower)", "if (pledged > found.estimate)"),
            "Accept",
            "LotsMoreThanAttested",
        ),
        Broken(
            Mutant("Receipts.sol", "_independent(holder, keeper);", ""),
            "Issue",
            "ReceiptsNotIndependent",
            "LotsNotDeposited",
        ),
        Silenced("tally_finance.ownership.matching.related", lambda *_: [], "related"),
        Silenced(
            "tally_finance.quantity.attested._apart",
            lambda *_: Standing.LESS,
            "short",
        ),
    ),
)
