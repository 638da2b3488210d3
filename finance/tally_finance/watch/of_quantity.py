"""What a verified bundle says of a lot, as a watch sees it: book against stocktake, shortage, leak, what blocks. No IO.

The contract says what was weighed in and what of it may be lost; the bundle, what is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tally_chain.receipts.rules.records import Lot
from tally_finance.quantity.attesting import LotBook
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position
from tally_finance.quantity.remark import Name
from tally_finance.watch.of_chain import kg
from tally_finance.watch.seen_goods import LotSeen
from tally_finance.watch.seen_loans import DoubtSeen

_TOLD_ELSEWHERE = frozenset({Name.LEAK})
"""What has a code of its own: 105."""


def lot_seen(name: bytes, lot: Lot, found: Position | PiecePosition, bundle: bytes) -> LotSeen:
    """The lot `name` by the position that was reckoned from `bundle` (its SHA-256), against the contract's `lot`."""
    attested, weighed = found.attested, LotBook(lot.weighed, lot.weighed_ever, lot.allowance_ppm)
    return LotSeen(
        lot=name.hex(),
        attested_at=found.at,
        max_age_s=lot.max_age_s,
        lower_kg=attested.lower_kg,
        upper_kg=attested.upper_kg,
        pledged_kg=kg(lot.pledged),
        evidence=bundle,
        standing=attested.standing,
        en=attested.en,
        weighed_kg=weighed.weighed_kg,
        allowance_kg=weighed.allowance_kg,
        leak=found.leak if isinstance(found, Position) else None,
        held_short=lot.short,
    )


def doubts_of(name: bytes, found: Position | PiecePosition, bundle: bytes) -> Iterator[DoubtSeen]:
    """What in the bundle allows no new credit."""
    for remark in found.remarks:
        if remark.name.blocks and remark.name not in _TOLD_ELSEWHERE:
            yield DoubtSeen(remark.name.text, f"{remark.touches}, lot {name.hex()}", remark.sentence, bundle)
