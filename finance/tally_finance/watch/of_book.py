"""What a lender's book knows, as a watch sees it: loans, lots, floors, dates, and what speaks against credit. No IO.

The book keeps no quotes, weighings or receipts of the chain: who has those adds them to what comes from here. What the
book has against new credit is told of under one code (309), but for what has a code of its own here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from tally_finance.book.loan_events import FacilityOpened, Pledging
from tally_finance.book.lots import PledgedLot
from tally_finance.book.position import FacilityPosition, State, position_in
from tally_finance.book.reasons import Why
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Floor, LotSeen
from tally_finance.watch.seen_loans import DoubtSeen, LoanSeen
from tally_finance.watch.seen_papers import Ends, Term

TOLD_ELSEWHERE: Final = frozenset(
    {
        Why.STALE_QUANTITY,
        Why.SHORT,
        Why.FILING_LAPSED,
        Why.MATURED,
        Why.MARGIN_CALLED,
        Why.INSURANCE_LAPSED,
    }
)
"""What has a code of its own: 101, 705, 413, 412, 306 and 307, 414."""

_PLACES_OF_A_GRAM: Final = 3


def seen_in(state: State, lender: str) -> Seen:
    """What the book's state knows, at its time. `lender`: the book's owner, by its registry id. Raises BookError."""
    positions = [position_in(state, facility) for facility in state.facilities]
    pledging = {one.opened.facility: one.opened.pledging for one in positions}
    return Seen(
        at=state.as_of,
        lender=lender,
        loans=tuple(_loan(one, state.head.digest) for one in positions),
        lots=tuple(_lots(state, positions)),
        floors=tuple(_floors(state, pledging)),
        terms=tuple(_terms(state, positions)),
        doubts=tuple(_doubts(state, positions)),
    )


def _loan(position: FacilityPosition, head: bytes) -> LoanSeen:
    """Its evidence is the head of the book: every entry that the position follows from stands under it."""
    call = position.margin_call
    return LoanSeen(position.opened.facility, position.secured, head, None if call is None else call.until)


def _lots(state: State, positions: list[FacilityPosition]) -> Iterator[LotSeen]:
    """Each lot once, under the strictest of its facilities' terms. Of one that nobody attested a doubt speaks."""
    found: dict[bytes, LotSeen] = {}
    for lot in (one for position in positions for one in position.lots):
        if lot.terms is None or lot.lot not in state.goods.seen:
            continue
        seen, known = _lot(state, lot, lot.terms.quantity_age_s), found.get(lot.lot)
        if known is not None:
            seen = replace(known, max_age_s=min(known.max_age_s, seen.max_age_s))
        found[lot.lot] = seen
    yield from found.values()


def _lot(state: State, lot: PledgedLot, max_age_s: int) -> LotSeen:
    living, seen = state.goods.seen[lot.lot]
    return LotSeen(
        lot=lot.lot.hex(),
        attested_at=living.effective_at,
        max_age_s=max_age_s,
        lower_kg=_kg(seen.lower_g),
        upper_kg=_kg(seen.upper_g),
        pledged_kg=_kg(lot.pledged_by_all_g),
        evidence=seen.evidence_root,
        held_short=state.goods.is_short(lot.lot),
    )


def _kg(quantity_g: int) -> Decimal:
    return Decimal(quantity_g).scaleb(-_PLACES_OF_A_GRAM)


def _floors(state: State, pledging: dict[str, Pledging]) -> Iterator[Floor]:
    """Of dynamic pledges, while their floor holds."""
    for pledge in state.goods.pledges.values():
        dynamic = pledging.get(pledge.facility) is Pledging.DYNAMIC
        if dynamic and pledge.floor_g and state.as_of <= pledge.floor_until:
            yield Floor(pledge.receipt.hex(), pledge.quantity_g, pledge.floor_g, pledge.digest)


def _terms(state: State, positions: list[FacilityPosition]) -> Iterator[Term]:
    """When filings lapse, and when loans that owe something mature."""
    for position in positions:
        terms = position.terms
        if position.exposure:
            yield Term(Ends.PLEDGE, f"facility {terms.facility}", _matures_at(terms), state.head.digest)
    for pledge in state.goods.pledges.values():
        filed = state.goods.filed.get((pledge.facility, pledge.receipt))
        if filed is not None:
            of = f"receipt {pledge.receipt.hex()}, facility {pledge.facility}"
            yield Term(Ends.FILING, of, filed[1].lapses_at, filed[1].filing)
    pledged = {pledge.lot for pledge in state.goods.pledges.values()}
    for living, policy in state.cover.policies.values():
        if any(state.cover.policy_of(lot, state.as_of) == policy for lot in pledged.intersection(policy.lots)):
            yield Term(Ends.INSURANCE, f"policy {policy.policy.hex()}", policy.until + 1, living.digest)


def _matures_at(opened: FacilityOpened) -> int:
    """When the day of maturity begins where the lender is: it is due on that day."""
    midnight = datetime(opened.matures.year, opened.matures.month, opened.matures.day, tzinfo=UTC)
    return int(midnight.timestamp()) - opened.utc_offset_s


def _doubts(state: State, positions: list[FacilityPosition]) -> Iterator[DoubtSeen]:
    for position in positions:
        for reason in (*position.doubts, *position.stops):
            if reason.why not in TOLD_ELSEWHERE:
                of = f"{reason.subject}, facility {position.opened.facility}"
                yield DoubtSeen(str(reason.why), of, reason.text, state.head.digest)
