"""An operation of the lender for its signers: tested on the position after it, with the digest of that test in it.

    accept        接受质押   book.before.before_pledge          Accept.valuation
    order         放货指令   before_release                     Order.computation
    release       解除质押   before_release                     Release.computation
    floor         最低控货值  before_floor                       the operation has no place for it
    substitute    置换质物   before_substitution, new goods first  Substitute.computation
    call, cure    补仓      before_call, before_cure           CallMargin.computation, Cure.computation

What the book does not allow is not handed out. The desk signs nothing and sends nothing: the file goes to whoever has
the keys, and the computation stays here under its digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules.records import Receipt
from tally_finance.book import before
from tally_finance.book.alerted import Alerted
from tally_finance.book.before import Computation
from tally_finance.book.goods_events import FloorSet, PledgeAttached, Released, ReleaseOrdered
from tally_finance.book.loan_events import MarginCalled, MarginCured
from tally_finance.book.position import WOULD_BE, State, position_in
from tally_finance.desk import alerted
from tally_finance.desk.asked import (
    Acceptance,
    Asked,
    Cure,
    FloorSetting,
    MarginCall,
    PartRelease,
    ReleaseOrder,
    Substitution,
)
from tally_finance.desk.desk import Desk, told
from tally_finance.desk.following import Reader
from tally_finance.desk.replay import View
from tally_finance.desk.syncing import reader_of
from tally_finance.errors import DeskError, NotAllowedError

DEADLINE_S: Final = 7 * 86_400
"""Long enough for all signatures; a computation older than a week stands on stale prices anyway."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file without signatures, and the test that allowed it; the file has the test's digest where it has a place."""

    file: OperationFile
    computation: Computation


def prepare(desk: Desk, asked: Asked, *, deadline: int | None = None) -> Prepared:
    """The operation that does what is asked, as the chain was last synchronised.

    Raises NotAllowedError with the reasons, and DeskError for a receipt that is not this lender's, or of a facility or
    goods that are not known here. The computation is kept either way.
    """
    if isinstance(asked, Substitution):
        _note(desk, asked.instead)
    view, entries = desk.view, list(desk.book.entries())
    if not entries:
        raise DeskError("nothing stands in the book")
    reader = reader_of(desk, entries)
    receipt = view.book.receipts.get(asked.receipt)
    if receipt is None or not reader.concerns(receipt):
        raise DeskError(f"receipt {asked.receipt.hex()} is neither offered nor pledged to this lender")
    state = desk.state()
    computation = _tested(state, reader, view, receipt, asked, alerts=alerted.standing(desk.alerts))
    kept = desk.keep_computation(computation)
    if not computation.is_allowed:
        raise NotAllowedError(told(computation))
    kind, values = _operation(asked, view, kept.digest)
    limit = desk.now() + DEADLINE_S if deadline is None else deadline
    operation = Operation(kind, {**values, "receipt": asked.receipt, "head": receipt.head, "deadline": limit})
    return Prepared(desk.begin(operation), computation)


def _note(desk: Desk, number: bytes) -> None:
    """What takes the place of pledged goods must be in the book before it is tested, though it is nobody's pledge."""
    view = desk.view
    if number not in view.book.receipts:
        raise DeskError(f"receipt {number.hex()} was never issued")
    reader = reader_of(desk, list(desk.book.entries()))
    head = view.book.receipts[number].head
    news = reader.noted(view.book, number, head, view.block, view.time_seconds)
    desk.append(news, key=f"note {view.read} {number.hex()}")


def _tested(
    state: State, reader: Reader, view: View, receipt: Receipt, asked: Asked, *, alerts: Sequence[Alerted]
) -> Computation:
    facility = _facility(reader, view, receipt)
    match asked:
        case Acceptance():
            return before.before_pledge(state, _would_attach(reader, view, facility, asked.receipt, None))
        case ReleaseOrder():
            ordered = ReleaseOrdered(facility, asked.receipt, WOULD_BE, asked.quantity_g, asked.until)
            return before.before_release(state, ordered, alerts)
        case PartRelease():
            return before.before_release(state, Released(facility, asked.receipt, asked.quantity_g, WOULD_BE), alerts)
        case FloorSetting():
            return before.before_floor(state, FloorSet(facility, asked.receipt, asked.floor_g, asked.until), alerts)
        case Substitution():
            new = _would_attach(reader, view, facility, asked.instead, asked.quantity_g)
            old = Released(facility, asked.receipt, receipt.charge.pledged, WOULD_BE)
            return before.before_substitution(state, new, old, alerts)
        case MarginCall():
            missing = position_in(state, facility).missing_cash
            return before.before_call(state, MarginCalled(facility, missing, asked.until))
        case Cure():
            return before.before_cure(state, MarginCured(facility))


def _operation(asked: Asked, view: View, computation: bytes) -> tuple[str, Mapping[str, Any]]:
    """Kind and values, but for receipt, head and deadline."""
    match asked:
        case Acceptance():
            return "Accept", {"ownership": asked.ownership, "valuation": computation, "search": asked.search}
        case ReleaseOrder():
            window = {"from": asked.begins, "until": asked.until}
            return "Order", {
                "quantity": asked.quantity_g, "picker": asked.picker, **window, "computation": computation,
            }  # fmt: skip
        case PartRelease():
            return "Release", {"quantity": asked.quantity_g, "computation": computation}
        case FloorSetting():
            return "SetFloor", {"floor": asked.floor_g, "until": asked.until}
        case Substitution():
            return "Substitute", {
                "with": asked.instead, "withHead": view.book.receipts[asked.instead].head,
                "quantity": asked.quantity_g, "filing": asked.filing, "computation": computation,
            }  # fmt: skip
        case MarginCall():
            return "CallMargin", {"until": asked.until, "computation": computation}
        case Cure():
            return "Cure", {"computation": computation}


def _facility(reader: Reader, view: View, receipt: Receipt) -> str:
    terms = view.book.pledges[receipt.charge.pledge].terms
    opened = reader.facilities.get(terms)
    if opened is None:
        raise DeskError(f"no facility has the terms {terms.hex()} that the pledge was offered on")
    return opened.facility


def _would_attach(reader: Reader, view: View, facility: str, number: bytes, quantity_g: int | None) -> PledgeAttached:
    receipt = view.book.receipts[number]
    goods = view.book.lots[receipt.lot].goods
    commodity = reader.sheet.goods.get(goods)
    if commodity is None:
        raise DeskError(f"the goods {goods.hex()} are not on the desk's sheet")
    pledge = view.book.pledges.get(receipt.charge.pledge)
    offered = receipt.charge.pledged or (0 if pledge is None else pledge.quantity)
    return PledgeAttached(facility, number, receipt.lot, commodity, offered if quantity_g is None else quantity_g)
