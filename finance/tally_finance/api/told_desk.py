"""What is told of operations that are being signed, and of positions. No IO."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tally_chain.receipts.words import tell
from tally_finance.api.forms import Told, written
from tally_finance.api.rights import Role
from tally_finance.api.told_borrower import for_borrower
from tally_finance.book.before import Figures, figures_of
from tally_finance.book.position import FacilityPosition
from tally_finance.book.reasons import Reason
from tally_finance.by_identity import ByIdentity
from tally_finance.desk.digest import position_digest
from tally_finance.desk.drafts import Draft
from tally_finance.lending.rounding import up

_PLACES: Final = Decimal("0.000001")


class PlaceTold(Told):
    """A place for a signature."""

    who: str
    organisation: str | None
    address: str | None
    is_signed: bool


class OperationTold(Told):
    """An operation whose signatures are collected; `file` is the whole of it, as `tallystick operation sign` takes."""

    digest: str
    kind: str
    words: str
    chinese: str
    begun_by: str
    begun_at: int
    deadline: str
    computation: str | None
    sent: str | None
    places: list[PlaceTold]
    file: str


class WithdrawalTold(Told):
    """An operation that holds nothing any more and is signed here no more; `entry`: where the book says so."""

    digest: str
    entry: int


class LotPositionTold(Told):
    """What a lot brings a facility."""

    lot: str
    commodity: str
    receipts: list[str]
    pledged_g: str
    secured_g: str
    counted_g: str
    per_t: str | None
    seen_at: int | None
    priced_at: int | None
    evidence_root: str | None


class ReasonTold(Told):
    """What speaks against new credit."""

    why: str
    subject: str
    text: str


class FiguresTold(Told):
    """A position in whole fen, as a test before an act had it."""

    owed_fen: str
    value_fen: str
    lendable_fen: str
    counted_fen: str
    available_fen: str


class PositionTold(Told):
    """The position of a facility (授信头寸); sums are fen, `loan_to_value` a share, rounded up."""

    facility: str
    borrower: str
    known_at: int
    as_of: int
    owed_fen: str
    value_fen: str
    lendable_fen: str
    counted_fen: str
    available_fen: str
    missing_fen: str
    line: str
    loan_to_value: str | None
    warning: str
    liquidation: str
    margin_call_until: int | None
    defaulted: str | None
    lots: list[LotPositionTold]
    doubts: list[ReasonTold]
    stops: list[ReasonTold]
    cuts: list[ReasonTold]
    limit: str
    matures: str
    digest: str


def operation_told(draft: Draft, text: str) -> OperationTold:
    """A draft with its file's text."""
    file, words = draft.file, tell(draft.file.operation)
    return OperationTold(
        digest=written(file.digest),
        kind=file.operation.kind,
        words=words.english,
        chinese=words.chinese,
        begun_by=written(draft.begun_by),
        begun_at=draft.begun_at,
        deadline=str(file.operation.deadline),
        computation=None if draft.computation is None else written(draft.computation),
        sent=None if draft.sent is None else written(draft.sent),
        places=[
            PlaceTold(
                who=one.who,
                organisation=None if one.organisation is None else written(one.organisation),
                address=one.address,
                is_signed=one.signature is not None,
            )
            for one in file.places
        ],
        file=text,
    )


def figures_told(figures: Figures) -> FiguresTold:
    """The figures of a test."""
    return FiguresTold(
        owed_fen=str(figures.owed_fen),
        value_fen=str(figures.value_fen),
        lendable_fen=str(figures.lendable_fen),
        counted_fen=str(figures.counted_fen),
        available_fen=str(figures.available_fen),
    )


def position_told(position: FacilityPosition, role: Role = Role.LENDER, *, lots: bool = True) -> PositionTold:
    """A position, to its lender whole, to its borrower without what others' loans have to do with it.

    `lots`: whether they are told too. Without, it is told once of a position, whoever looks how often.
    """
    if lots:
        return _position_told(position, role, lots=True)
    return _BRIEFLY.found(position, lambda: _position_told(position, role, lots=False), role)


_BRIEFLY: Final = ByIdentity[PositionTold](512)


def _position_told(position: FacilityPosition, role: Role, *, lots: bool) -> PositionTold:
    figures, call = figures_of(position), position.margin_call
    ratio = position.secured.loan_to_value

    def told(reasons: tuple[Reason, ...]) -> list[ReasonTold]:
        shown = reasons if role is Role.LENDER else for_borrower(position, reasons)
        return [ReasonTold(why=str(one.why), subject=one.subject, text=one.text) for one in shown]

    return PositionTold(
        facility=position.opened.facility,
        borrower=written(position.opened.borrower),
        known_at=position.known_at,
        as_of=position.as_of,
        owed_fen=str(figures.owed_fen),
        value_fen=str(figures.value_fen),
        lendable_fen=str(figures.lendable_fen),
        counted_fen=str(figures.counted_fen),
        available_fen=str(figures.available_fen),
        missing_fen=str(int(position.missing_cash * 100)),
        line=position.line.name.lower(),
        loan_to_value=None if ratio is None else f"{up(ratio, _PLACES):f}",
        warning=f"{position.terms.warning:f}",
        liquidation=f"{position.terms.liquidation:f}",
        margin_call_until=None if call is None else call.until,
        defaulted=position.defaulted,
        lots=[
            LotPositionTold(
                lot=written(one.lot),
                commodity=one.commodity,
                receipts=[written(receipt) for receipt in one.receipts],
                pledged_g=str(one.pledged_g),
                secured_g=str(one.secured_g),
                counted_g=str(one.counted_g),
                per_t=None if one.per_t is None else f"{one.per_t:f}",
                seen_at=one.seen_at,
                priced_at=one.priced_at,
                evidence_root=None if one.evidence_root is None else written(one.evidence_root),
            )
            for one in (position.lots if lots else ())
        ],
        doubts=told(position.doubts),
        stops=told(position.stops),
        cuts=told(position.cuts),
        limit=f"{position.terms.limit:f}",
        matures=position.terms.matures.isoformat(),
        digest=written(position_digest(position)),
    )
