"""At Rotterdam (found in March 2023) nine nickel warrants of the London Metal Exchange, 54 t of 6,337 warrants,
were bags of stones, which one could see by the weight of the bags; they had been under warrant since 2022. In
autumn 2022 the same warehouse loaded 24 t out wrongly and reported it five months later, for a fine of GBP
60,000 (Reuters; Recycling International). Of 100 warrants that one inspects, nine bad ones of 6,337 show up
with 13 % probability.
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case, Silenced
from tests.museum.evidence import SCALES, blocking, doubts, quantity, seen
from tests.museum.hall import KEEPER, TONNE, TRADER, VERIFIER, Hall


def fraud(hall: Hall) -> None:
    tag = hall.fresh("serial")
    lot = hall.stocked(KEEPER, 6, serials=(tag,))
    # Bags of stones weigh what they should. They have no tags, or copies of tags that lie there already.
    with hall.refuses("LotsSerials"):
        hall.weighed_in(lot, 6)
    with hall.refuses("LotsSerialKnown"):
        hall.weighed_in(lot, 6, serials=(tag,))
    hall.says("plausibility", doubts(seen("metal-warehouse", 4, "stones", seed=2)), "mass-per-serial")
    hall.says("quantity", blocking(quantity(seen("grain-silo", 6, "stones", seed=2, only=SCALES))), "short")
    # The wrong load: 24 t more than was ordered are gone, and nobody gets anything more before that is settled.
    bulk = hall.stocked(KEEPER, 100)
    pledged, other = hall.issue(bulk, 60), hall.issue(bulk, 40)
    hall.pledge(pledged, 60)
    order, picker = hall.ordered(pledged, 10)
    with hall.refuses("LotsQuorum"):
        hall.execute(pledged, order, picker, 34)
    hall.execute(pledged, order, picker, 34, quorum=True)
    assert hall.stock(bulk).short
    with hall.refuses("ReceiptsShort"):
        hall.deliver(other, 40)


def honest(hall: Hall) -> None:
    tags = tuple(hall.fresh("serial") for _ in range(2))
    lot = hall.stocked(KEEPER, 6, serials=tags[:1])
    hall.weighed_in(lot, 6, serials=tags[1:])
    hall.attested(lot, 12 * TONNE)
    receipt = hall.issue(lot, 12)
    hall.on(
        "Deliver", receipt, TRADER, KEEPER, VERIFIER, quantity=12 * TONNE, evidence=(hall.fresh(),), serials=tags,
        last=False, leftAt=hall.world.time, places=(),
    )  # fmt: skip
    hall.silent("plausibility", doubts(seen("metal-warehouse", 4)))
    hall.silent("quantity", blocking(quantity(seen("grain-silo", 6, seed=2, only=SCALES))))


def possible(hall: Hall) -> None:
    """A bag that was filled with stones before it was tagged, of the right weight: tag, scale and gate agree."""
    lot = hall.stocked(KEEPER, 6, serials=(hall.fresh("serial"),))
    hall.pledge(hall.issue(lot, 6), 6)


CASE = Case(
    title="Rotterdam, 2022–2023",
    chinese="鹿特丹镍仓单：石头充货、错发",
    does="Bags of stones lie under warrant as nickel; a wrong load is noticed five months later.",
    remains="Stones that were put in before the bag got its tag and its weight (played: it goes through). Only "
    "opening and assay at intake see that, of every piece and not of a sample.",
    fraud=fraud,
    honest=honest,
    possible=possible,
    guards=(
        Broken(Mutant("Lots.sol", "_mustBeNowhere(serial);", ""), "RecordInbound", "LotsSerialKnown"),
        Silenced("tally_finance.plausibility.unloading.check", lambda *_: iter(()), "mass-per-serial"),
    ),
)
