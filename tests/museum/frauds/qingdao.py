"""At Qingdao and Penglai (2012 to 2014) one trader raised RMB 12.3bn on false receipts, and RMB 3.6bn from 13
banks by pledging the same cargo again and again. Some 100,000 t of aluminium lay in the port, and receipts said
300,000 t: different storage agents had each issued their own for the same pile (Global Trade Review; Caixin).
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case, Silenced
from tests.museum.evidence import doubts, seen
from tests.museum.hall import BANK, KEEPER, OTHER_BANK, OTHER_KEEPER, WIDTH, Hall


def fraud(hall: Hall) -> None:
    pile = hall.stocked(KEEPER, 100)
    receipt = hall.issue(pile, 100)
    slot = hall.stock(pile).slot
    # Another keeper for the same pile: under a place of its own that overlaps, in the same place, or beside the first.
    with hall.refuses("SitesOverlap"):
        hall.slot(OTHER_KEEPER, shift=WIDTH // 2)
    with hall.refuses("SitesOccupied"):
        hall.assigned(slot, OTHER_KEEPER)
    with hall.refuses("SignedByAnother"):
        hall.opened(slot, OTHER_KEEPER)
    with hall.refuses("SitesOccupied"):
        hall.opened(slot, KEEPER)
    # The same weighings, booked by another keeper for a pile that is not there; the same goods in a second receipt.
    weighing = hall.fresh("weighing")
    hall.weighed_in(pile, 20, evidence=weighing)
    elsewhere = hall.opened(hall.slot(OTHER_KEEPER), OTHER_KEEPER)
    with hall.refuses("LotsSpent"):
        hall.weighed_in(elsewhere, 20, evidence=weighing)
    with hall.refuses("LotsMoreThanWeighed"):
        hall.issue(pile, 21)
    # The same receipt, shown to another bank.
    hall.pledge(receipt, 60, BANK)
    with hall.refuses("PledgesTaken"):
        hall.offer(receipt, 40, OTHER_BANK)
    # One pile under two sets of sensors.
    hall.says("plausibility", doubts(seen("metal-warehouse", 3, "two-names")), "serial-twice")


def honest(hall: Hall) -> None:
    for keeper, bank in ((KEEPER, BANK), (OTHER_KEEPER, OTHER_BANK)):
        hall.pledge(hall.issue(hall.stocked(keeper, 100), 100), 60, bank)
    hall.silent("plausibility", doubts(seen("metal-warehouse", 3)))


CASE = Case(
    title="Qingdao and Penglai, 2012–2014",
    chinese="青岛港、蓬莱：一货多单、重复质押",
    does="Several keepers each issue receipts for one pile; the receipts go to many banks.",
    remains="A receipt that is issued outside: a warehouse whose site is not registered, or paper. The search at "
    "the movables registry and the keeper's declaration that it issues here alone are all there is "
    "against it.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(Mutant("Sites.sol", "_mustBeFree(site, slot, op, corners, box);\n", ""), "AddSlot", "SitesOverlap"),
        Broken(
            Mutant("Lots.sol", "if (face > most)", "if (false)"), "Issue", "LotsMoreThanWeighed", "LotsNotDeposited"
        ),
        Broken(
            Mutant("Pledging.sol", "if ((1 << uint256(receipt.encumbrance)) & stages == 0) {", "if (false) {"),
            "Offer",
            "PledgesTaken",
        ),
        Silenced("tally_finance.plausibility.goods._in_two_halls", lambda *_: iter(()), "serial-twice"),
    ),
)
