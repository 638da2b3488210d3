"""What is told of receipts, lots, slots, pledges and orders, as the rules replay them from the chain. No IO."""

from __future__ import annotations

from tally_chain.receipts.history import SignedOperation
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import NONE, Lot, Order, Party, Receipt, Slot
from tally_chain.receipts.words import tell
from tally_finance.api.forms import Told, written


class HoldTold(Told):
    """A hold (冻结)."""

    hold: str
    kind: str
    by: str
    quantity_g: str
    reason: str
    since: int


class ReceiptTold(Told):
    """A warehouse receipt (仓单)."""

    number: str
    state: str
    lot: str
    keeper: str
    holder: str
    quantity_g: str
    until: int
    document: str
    trade: str | None
    encumbrance: str
    lender: str | None
    pledged_g: str
    head: str
    holds: list[HoldTold]


class LotTold(Told):
    """A lot (批次)."""

    lot: str
    site: str
    slot: str
    keeper: str
    goods: str
    is_open: bool
    is_serialised: bool
    is_short: bool
    weighed_g: str
    face_g: str
    pledged_g: str
    estimate_g: str
    lower_g: str
    upper_g: str
    attested_at: int | None
    max_age_s: int
    head: str


class SlotTold(Told):
    """A slot (货位)."""

    slot: str
    site: str
    keeper: str | None
    is_living: bool
    bottom_mm: int
    top_mm: int
    outline: list[list[int]]
    bulk_lot: str | None
    serialised_lots: int
    head: str


class PledgeTold(Told):
    """A pledge (质押)."""

    receipt: str
    pledge: str
    encumbrance: str
    lender: str
    holder: str
    lot: str
    pledged_g: str
    due: int | None
    terms: str
    maturity: int


class OrderTold(Told):
    """A release order (放货指令)."""

    order: str
    receipt: str
    quantity_g: str
    begins: int
    until: int
    state: str


class StepTold(Told):
    """Something that was carried out. `ids`: those that the sentences shorten, whole, by how they stand there."""

    kind: str
    digest: str | None
    words: str
    chinese: str
    ids: dict[str, str]
    at: int
    block: int
    contract: str
    sequence: int
    signers: list[str]


def receipt_told(number: bytes, receipt: Receipt, book: ChainBook) -> ReceiptTold:
    """A receipt."""
    charge = receipt.charge
    return ReceiptTold(
        number=written(number),
        state=receipt.state.name.lower(),
        lot=written(receipt.lot),
        keeper=written(book.lots[receipt.lot].keeper.organisation),
        holder=written(receipt.holder.organisation),
        quantity_g=str(receipt.quantity),
        until=receipt.until,
        document=written(receipt.document),
        trade=_or_none(receipt.trade),
        encumbrance=charge.stage.name.lower(),
        lender=_party(charge.lender),
        pledged_g=str(charge.pledged),
        head=written(receipt.head),
        holds=[
            HoldTold(
                hold=written(one.hold),
                kind=one.kind.name.lower(),
                by=written(one.setter.organisation),
                quantity_g=str(one.quantity),
                reason=written(one.reason),
                since=one.time,
            )
            for one in receipt.holds
        ],
    )


def lot_told(name: bytes, lot: Lot, book: ChainBook) -> LotTold:
    """A lot."""
    return LotTold(
        lot=written(name),
        site=written(book.slots[lot.slot].site),
        slot=written(lot.slot),
        keeper=written(lot.keeper.organisation),
        goods=written(lot.goods),
        is_open=lot.open,
        is_serialised=lot.serialised,
        is_short=lot.short,
        weighed_g=str(lot.weighed),
        face_g=str(lot.face),
        pledged_g=str(lot.pledged),
        estimate_g=str(lot.estimate),
        lower_g=str(lot.lower),
        upper_g=str(lot.upper),
        attested_at=lot.attested_at or None,
        max_age_s=lot.max_age_s,
        head=written(lot.head),
    )


def slot_told(name: bytes, slot: Slot) -> SlotTold:
    """A slot."""
    return SlotTold(
        slot=written(name),
        site=written(slot.site),
        keeper=_party(slot.keeper),
        is_living=slot.living,
        bottom_mm=slot.bottom_mm,
        top_mm=slot.top_mm,
        outline=[list(corner) for corner in slot.outline],
        bulk_lot=_or_none(slot.bulk),
        serialised_lots=slot.serialised,
        head=written(slot.head),
    )


def pledge_told(number: bytes, receipt: Receipt, book: ChainBook) -> PledgeTold:
    """The pledge of a receipt that has a lender."""
    charge = receipt.charge
    pledge = book.pledges[charge.pledge]
    return PledgeTold(
        receipt=written(number),
        pledge=written(charge.pledge),
        encumbrance=charge.stage.name.lower(),
        lender=_party(charge.lender) or "",
        holder=written(receipt.holder.organisation),
        lot=written(receipt.lot),
        pledged_g=str(charge.pledged),
        due=charge.due or None,
        terms=written(pledge.terms),
        maturity=pledge.maturity,
    )


def order_told(name: bytes, order: Order) -> OrderTold:
    """A release order. Who picks up stays a digest on the chain, and is not told here."""
    return OrderTold(
        order=written(name),
        receipt=written(order.receipt),
        quantity_g=str(order.quantity),
        begins=order.begins,
        until=order.until,
        state=order.state.name.lower(),
    )


def step_told(entry: SignedOperation) -> StepTold:
    """An operation that was carried out."""
    words = tell(entry.operation)
    return StepTold(
        kind=entry.operation.kind,
        digest=written(entry.digest),
        words=words.english,
        chinese=words.chinese,
        ids={short: written(whole) for short, whole in words.ids.items()},
        at=entry.moment.time_seconds,
        block=entry.moment.block_number,
        contract=entry.moment.contract,
        sequence=entry.moment.sequence,
        signers=[written(one.organisation) for one in entry.signers],
    )


def _party(party: Party | None) -> str | None:
    return None if party is None else written(party.organisation)


def _or_none(value: bytes) -> str | None:
    return None if value == NONE else written(value)
