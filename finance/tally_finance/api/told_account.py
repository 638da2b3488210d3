"""What is told of a facility's account: terms, what is owed, every line of the coverage, what was moved. No IO.

Money is yuan and fen, ratios are shares with six places: a coverage is rounded down, a loan to value up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.api.forms import Told, written
from tally_finance.api.rights import Role
from tally_finance.book import goods_events, loan_events
from tally_finance.book.course import Point
from tally_finance.book.events import Event
from tally_finance.book.journal import Living
from tally_finance.book.loan import Allocation
from tally_finance.book.lots import PledgedLot
from tally_finance.book.position import FacilityPosition, State
from tally_finance.lending.coverage import Lot
from tally_finance.lending.rounding import down, up

_PLACES: Final = Decimal("0.000001")
_EXACT: Final = Decimal("0.0001")

_MOVES: Final = (
    loan_events.FacilityOpened, loan_events.ReserveSet, loan_events.SearchMade, loan_events.Drawn, loan_events.Repaid,
    loan_events.FeeCharged, loan_events.MarginCalled, loan_events.MarginCured, loan_events.Defaulted,
    loan_events.FacilityExtended, loan_events.LimitSet, loan_events.RateSet, loan_events.Refunded,
    goods_events.Disposed,
)  # fmt: skip
_AMOUNTS: Final = ("amount", "missing", "limit", "reserve", "proceeds")
_PAPERS: Final = ("payment", "search", "report")


class GoodsTermsTold(Told):
    """What is lent on a commodity."""

    commodity: str
    advance: str
    grade: str
    price_age_s: int
    quantity_age_s: int
    cap: str | None


class TermsTold(Told):
    """A facility's terms as they are now."""

    limit: str
    reserve: str
    warning: str
    liquidation: str
    yearly_rate: str
    penalty: str
    matures: str
    pledging: str
    search_age_s: int
    utc_offset_s: int
    goods: list[GoodsTermsTold]


class OwedTold(Told):
    """What is owed, each part to a hundredth of a fen; `exposure` is the sum, rounded up once."""

    costs: str
    penalty: str
    interest: str
    principal: str
    exposure: str
    overpaid: str


class LineTold(Told):
    """A lot's line of the coverage: kilograms x price x grade = value; x advance, at most `cap` = lendable.

    `secured_kg` makes the value, `counted_kg` what counts for new credit. Null: nothing can be said of its value.
    """

    lot: str
    commodity: str
    receipts: list[str]
    pledged_kg: str
    secured_kg: str
    counted_kg: str
    per_t: str | None
    grade: str | None
    advance: str | None
    cap: str | None
    is_locked: bool
    value: str | None
    lendable: str | None
    counted: str | None
    warning_per_t: str | None
    liquidation_per_t: str | None
    seen_at: int | None
    priced_at: int | None
    evidence_root: str | None


class MovementTold(Told):
    """What happened to it. Of a payment (还款), what it paid."""

    seq: int
    entry: str
    kind: str
    at: int
    amount: str | None
    note: str | None
    paper: str | None
    paid: dict[str, str] | None


class FloorTold(Told):
    """A floor in force (最低控货量)."""

    receipt: str
    lot: str
    floor_g: str
    until: int
    free_g: str


class AccountTold(Told):
    """A facility's account."""

    facility: str
    borrower: str
    known_at: int
    as_of: int
    terms: TermsTold
    owed: OwedTold
    value: str
    lendable: str
    counted: str
    coverage: str | None
    loan_to_value: str | None
    line: str
    available: str
    missing: str
    call_missing: str | None
    call_until: int | None
    lots: list[LineTold]
    floors: list[FloorTold]
    movements: list[MovementTold]
    moved: int
    """How many movements there are."""
    sources: int


class PointTold(Told):
    """A facility at a moment, as it was known then; sums are fen."""

    at: int
    owed_fen: str
    value_fen: str
    lendable_fen: str
    coverage: str | None
    loan_to_value: str | None
    line: str
    called: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """Which movements are told: at most `last` of them, the newest first, behind the newest `skipped`."""

    last: int
    skipped: int = 0

    def of(self, found: Sequence[Living]) -> Sequence[Living]:
        """Those of what is found, the newest first."""
        return found[self.skipped : self.skipped + self.last]


def account_told(
    state: State, position: FacilityPosition, role: Role, moves: Moves, *, lots: bool = True
) -> AccountTold:
    """The account, with its lots if they are asked for."""
    owed, call = position.loan.owed, position.margin_call
    moved = [one for one in reversed(state.own(position.opened.facility)) if isinstance(one.event, _MOVES)]
    return AccountTold(
        facility=position.opened.facility,
        borrower=written(position.opened.borrower),
        known_at=position.known_at,
        as_of=position.as_of,
        terms=_terms(position),
        owed=OwedTold(
            costs=_plain(owed.costs),
            penalty=_plain(owed.penalty),
            interest=_plain(owed.interest),
            principal=_plain(owed.principal),
            exposure=f"{owed.exposure:f}",
            overpaid=f"{position.loan.overpaid:f}",
        ),
        value=f"{down(position.secured.value):f}",
        lendable=f"{down(position.secured.lendable):f}",
        counted=f"{down(position.credit.lendable):f}",
        coverage=share(position.secured.coverage),
        loan_to_value=share(position.secured.loan_to_value, upwards=True),
        line=position.line.name.lower(),
        available=f"{position.available:f}",
        missing=f"{position.missing_cash:f}",
        call_missing=None if call is None else f"{call.missing:f}",
        call_until=None if call is None else call.until,
        lots=[line_told(one, position, role) for one in position.lots] if lots else [],
        floors=[
            FloorTold(
                receipt=written(one.receipt),
                lot=written(one.lot),
                floor_g=str(one.floor_g),
                until=one.until,
                free_g=str(one.free_g),
            )
            for one in position.floors
        ],
        movements=_movements(moves.of(moved), position),
        moved=len(moved),
        sources=len(position.sources),
    )


def line_told(one: PledgedLot, position: FacilityPosition, role: Role) -> LineTold:
    """A lot's line. A borrower is not told of caps over several loans."""
    secured, credit = one.covering(one.secured_g), one.covering(one.counted_g)
    own = None if one.terms is None else one.terms.cap
    cap = one.cap if role is Role.LENDER else own
    locked = one.locked_per_t
    return LineTold(
        lot=written(one.lot),
        commodity=one.commodity,
        receipts=[written(receipt) for receipt in one.receipts],
        pledged_kg=_kg(one.pledged_g),
        secured_kg=_kg(one.secured_g),
        counted_kg=_kg(one.counted_g),
        per_t=None if one.per_t is None else f"{one.per_t if locked is None else locked:f}",
        grade=None if one.terms is None else f"{one.terms.grade if locked is None else 1:f}",
        advance=None if one.terms is None else f"{one.terms.advance:f}",
        cap=None if cap is None else f"{cap:f}",
        is_locked=locked is not None,
        value=None if secured is None else f"{down(secured.value):f}",
        lendable=None if secured is None else f"{down(secured.lendable):f}",
        counted=None if credit is None else f"{down(credit.lendable):f}",
        warning_per_t=_price_at(secured, position, position.terms.warning),
        liquidation_per_t=_price_at(secured, position, position.terms.liquidation),
        seen_at=one.seen_at,
        priced_at=one.priced_at,
        evidence_root=None if one.evidence_root is None else written(one.evidence_root),
    )


def point_told(point: Point) -> PointTold:
    """A point of its course."""
    return PointTold(
        at=point.at,
        owed_fen=str(point.figures.owed_fen),
        value_fen=str(point.figures.value_fen),
        lendable_fen=str(point.figures.lendable_fen),
        coverage=share(point.coverage),
        loan_to_value=share(point.loan_to_value, upwards=True),
        line=point.line.name.lower(),
        called=point.called,
    )


def share(ratio: Fraction | None, *, upwards: bool = False) -> str | None:
    """A ratio with six places."""
    if ratio is None:
        return None
    return f"{(up if upwards else down)(ratio, _PLACES):f}"


def _terms(position: FacilityPosition) -> TermsTold:
    terms = position.terms
    return TermsTold(
        limit=f"{terms.limit:f}",
        reserve=f"{position.secured.reserve:f}",
        warning=f"{terms.warning:f}",
        liquidation=f"{terms.liquidation:f}",
        yearly_rate=f"{terms.yearly_rate:f}",
        penalty=f"{terms.penalty:f}",
        matures=terms.matures.isoformat(),
        pledging=terms.pledging.name.lower(),
        search_age_s=terms.search_age_s,
        utc_offset_s=terms.utc_offset_s,
        goods=[
            GoodsTermsTold(
                commodity=one.commodity,
                advance=f"{one.advance:f}",
                grade=f"{one.grade:f}",
                price_age_s=one.price_age_s,
                quantity_age_s=one.quantity_age_s,
                cap=None if one.cap is None else f"{one.cap:f}",
            )
            for one in terms.goods
        ],
    )


def _price_at(lot: Lot | None, position: FacilityPosition, line: Decimal) -> str | None:
    """The price per tonne at which the loan reaches a line, all prices falling alike (警戒价, 平仓价)."""
    if lot is None or not position.secured.value or not position.exposure:
        return None
    return f"{up(position.secured.share_of_prices_at(line) * Fraction(lot.price_per_t)):f}"


def _movements(moved: Sequence[Living], position: FacilityPosition) -> list[MovementTold]:
    paid = {one.digest: one for one in position.loan.allocations}
    return [_movement(one, paid.get(one.digest)) for one in moved]


def _movement(one: Living, paid: Allocation | None) -> MovementTold:
    event = one.event
    amount = next((getattr(event, name) for name in _AMOUNTS if hasattr(event, name)), None)
    paper = next((getattr(event, name) for name in _PAPERS if hasattr(event, name)), None)
    parts = ("costs", "penalty", "interest", "principal")
    return MovementTold(
        seq=one.seq,
        entry=written(one.digest),
        kind=_kind(event),
        at=one.effective_at,
        amount=None if amount is None else f"{amount:f}",
        note=_note(event),
        paper=None if paper is None else written(paper),
        paid=None if paid is None else {part: _plain(getattr(paid, part)) for part in parts},
    )


def _kind(event: Event) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in type(event).__name__).lstrip("_")


def _note(event: Event) -> str | None:
    match event:
        case loan_events.FeeCharged() | loan_events.Defaulted():
            return event.reason
        case loan_events.FacilityExtended():
            return event.matures.isoformat()
        case loan_events.RateSet():
            return f"{event.yearly_rate:f}"
        case loan_events.SearchMade():
            return "clear" if event.clear else "found"
        case _:
            return None


def _plain(value: Fraction) -> str:
    return f"{down(value, _EXACT):f}"


def _kg(grams: int) -> str:
    return f"{Decimal(grams).scaleb(-3):f}"
