"""An operation of the lender for its signers: tested on the position after it, with the digest of that test in it.

    accept        接受质押   book.before.before_pledge          Accept.valuation
    order         放货指令   before_release                     Order.computation
    release       解除质押   before_release                     Release.computation
    floor         最低控货值  before_floor                       the operation has no place for it
    substitute    置换质物   before_substitution, new goods first  Substitute.computation
    call, cure    补仓      before_call, before_cure           CallMargin.computation, Cure.computation

What the book does not allow is not handed out, and no operation names a paper that the desk does not hold. What an
operation will take is held in the book from then on (`reserving`), so that of two acts the second is tested on what the
first leaves. Before it is sent it is tested once more (`must_still_hold`): signatures that were given say nothing of
today's prices. The desk signs nothing: the file goes to whoever has the keys, and the computation stays here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules.records import Receipt
from tally_finance.book import before
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
    asked_in,
)
from tally_finance.desk.deciding import decided
from tally_finance.desk.desk import Desk, told
from tally_finance.desk.documents import Kind
from tally_finance.desk.following import Reader
from tally_finance.desk.replay import View
from tally_finance.desk.reserving import must_be_held, reserve
from tally_finance.desk.syncing import has_head, is_behind, reader_of, sync
from tally_finance.errors import BookMovedError, DeskError, NotAllowedError

DEADLINE_S: Final = 7 * 86_400
"""Long enough for all signatures; a computation older than a week stands on stale prices anyway."""

MOST_S: Final = 30 * 86_400
"""The longest: so long a file that nobody sends holds goods that nobody else is lent on."""

TESTED: Final = frozenset({"Accept", "Order", "Release", "SetFloor", "Substitute", "CallMargin", "Cure"})
"""What a lender signs only after its desk has tested it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file without signatures, and the test that allowed it; the file has the test's digest where it has a place."""

    file: OperationFile
    computation: Computation


Keep: TypeAlias = Callable[[Prepared], AbstractContextManager[None]]
"""Keeps the file while it is entered, and drops it again where what is done in it raises an error of the desk."""


def _nowhere(_: Prepared) -> AbstractContextManager[None]:
    """For whoever takes the file from what is returned."""
    return nullcontext()


def prepare(desk: Desk, asked: Asked, *, deadline: int | None = None, keep: Keep = _nowhere) -> Prepared:
    """The operation that does what is asked, as the chain was last synchronised.

    Its file is kept by `keep` before anything is held for it: whoever dies in between leaves nothing held that nobody
    knows of.

    Raises NotAllowedError with the reasons, and DeskError for a receipt that is not this lender's, of a facility or
    goods that are not known here, a deadline too far ahead, or a paper that the desk does not hold. The computation
    is kept either way.
    """
    desk.must_be_read()
    latest = desk.now() + MOST_S
    if deadline is not None and deadline > latest:
        raise DeskError(f"the deadline {deadline} is later than {latest}: what is prepared holds goods until then")
    _must_hold_papers(desk, asked)
    if isinstance(asked, Substitution):
        _note(desk, asked.instead)
    return decided(desk.sheet.book, lambda: _prepared(desk, asked, deadline, keep))


def _prepared(desk: Desk, asked: Asked, deadline: int | None, keep: Keep) -> Prepared:
    view, state = desk.view, _state(desk)
    if is_behind(desk):
        sync(desk)
        raise BookMovedError("another desk of this book has read the chain further")
    computation = _tested(desk, view, state, asked)
    kept = desk.keep_computation(computation)
    if not computation.is_allowed:
        raise NotAllowedError(told(computation))
    kind, values = _operation(asked, view, kept.digest)
    limit = desk.now() + DEADLINE_S if deadline is None else deadline
    head = view.book.receipts[asked.receipt].head
    operation = Operation(kind, {**values, "receipt": asked.receipt, "head": head, "deadline": limit})
    made = Prepared(desk.begin(operation), computation)
    with keep(made):
        reserve(desk, computation.facility, operation, state.head)
    return made


def must_still_hold(desk: Desk, file: OperationFile) -> None:
    """Whether an operation that was prepared may be sent now, on the position of now; any other is not judged.

    Reads the chain first. What the operation itself holds does not stand in its way, what others hold does. Raises
    NotAllowedError with the reasons, and where nothing is held for it any more; DeskError as `prepare`.
    """
    operation = file.operation
    if operation.kind not in TESTED:
        return
    sync(desk)
    view, state = desk.view, _state(desk)
    asked = asked_in(operation)
    _ours(reader_of(desk, desk.entries()), view, asked.receipt)
    must_be_held(desk, file)
    for number, head in _heads(operation):
        if not has_head(view, number, head):
            raise NotAllowedError(
                f"receipt {number.hex()} moved on since, and the contract refuses it: prepare it again"
            )
    computation = _tested(desk, view, state.without(file.digest), asked)
    if not computation.is_allowed:
        raise NotAllowedError(f"not any more: {told(computation)}")


def _heads(operation: Operation) -> Iterator[tuple[bytes, bytes]]:
    """Receipts that an operation names, each with the head that it must have then."""
    values = operation.values
    yield values["receipt"], values["head"]
    if "with" in values:
        yield values["with"], values["withHead"]


def _state(desk: Desk) -> State:
    if not desk.book.head().seq:
        raise DeskError("nothing stands in the book")
    return desk.state()


def _must_hold_papers(desk: Desk, asked: Asked) -> None:
    """Raises DeskError for a digest of which nobody could be shown what it is."""
    match asked:
        case Acceptance():
            named = {"ownership pack": asked.ownership, "search": asked.search}
        case Substitution():
            named = {"filing": asked.filing}
        case _:
            named = {}
    for what, digest in named.items():
        if not desk.documents.holds(Kind.PAPER, digest):
            raise DeskError(f"the desk does not hold the {what} {digest.hex()}: bring it first")


def _ours(reader: Reader, view: View, number: bytes) -> Receipt:
    receipt = view.book.receipts.get(number)
    if receipt is None or not reader.concerns(receipt):
        raise DeskError(f"receipt {number.hex()} is neither offered nor pledged to this lender")
    return receipt


def _note(desk: Desk, number: bytes) -> None:
    """What takes the place of pledged goods must be in the book before it is tested, though it is nobody's pledge."""
    view = desk.view
    if number not in view.book.receipts:
        raise DeskError(f"receipt {number.hex()} was never issued")
    reader = reader_of(desk, desk.entries())
    head = view.book.receipts[number].head
    news = reader.noted(view.book, number, head, view.block, view.time_seconds)
    desk.append(news, key=f"note {view.read} {number.hex()}")


def _tested(desk: Desk, view: View, state: State, asked: Asked) -> Computation:
    reader = reader_of(desk, desk.entries())
    receipt = _ours(reader, view, asked.receipt)
    facility, alerts = _facility(reader, view, receipt), alerted.standing(desk.alerts)
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
