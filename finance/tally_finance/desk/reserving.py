"""What a prepared operation holds in the book (预留), so that nothing else relies on it, and how that is taken back.

    accept, substitute            so much of the new receipt's lot
    release, substitute           so much of the pledge is freed
    order                         so much may leave at any time
    floor                         goods may fall to it
    call, cure                    nothing

It ends when the chain carried the operation out, when its receipt moves on (the operation then counts nowhere), when it
is withdrawn, and some minutes after its deadline, by when the desk has read whatever came in time. While it lives the
lender's keys may sign; what was withdrawn is signed here no more.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_chain.registry.organisations import key_id_of
from tally_finance.book.journal import Head, Recorded
from tally_finance.book.reservation_events import ReservationEnded, Reserved, Way
from tally_finance.book.store import News
from tally_finance.desk.desk import CHAIN_AGE_S, Desk
from tally_finance.desk.drafts import Drafts
from tally_finance.desk.replay import View
from tally_finance.errors import DeskError, NotAllowedError

READ_LATER_S: Final = 2 * CHAIN_AGE_S
"""What was carried out in the last second is read by then, or the desk does not lend at all."""


_TAKING: Final = frozenset({"Accept", "Order", "Release", "Substitute"})
"""Kinds that always take something; a floor does but for the one that ends it."""


def held_by(view: View, facility: str, operation: Operation) -> tuple[Reserved, ...]:
    """What an operation of the lender will take when it is carried out."""
    values, kind = operation.values, operation.kind
    number = values.get("receipt", bytes(32))
    digest, until = operation_digest(view, operation), values["deadline"] + READ_LATER_S

    def one(way: Way, receipt: bytes, quantity_g: int, head: bytes = values["head"]) -> Reserved:
        """At the head that is signed: once the receipt has left it, the operation counts nowhere."""
        return Reserved(facility, digest, receipt, view.book.receipts[receipt].lot, way, quantity_g, head, until)

    match kind:
        case "Accept":
            charge = view.book.receipts[number].charge
            return (one(Way.IN, number, charge.pledged or view.book.pledges[charge.pledge].quantity),)
        case "Order":
            return (one(Way.ORDERED, number, values["quantity"]),)
        case "Release":
            return (one(Way.OUT, number, values["quantity"]),)
        case "SetFloor" if values["floor"]:
            return (one(Way.FLOOR, number, values["floor"]),)
        case "Substitute":
            old = view.book.receipts[number].charge.pledged
            new = one(Way.IN, values["with"], values["quantity"], values["withHead"])
            return new, one(Way.OUT, number, old)
        case _:
            return ()


def operation_digest(view: View, operation: Operation) -> bytes:
    """What its parties sign, on the chain that is read."""
    return operation.digest(view.history.chain_id, view.history.places[operation.about.contract])


def reserve(desk: Desk, facility: str, operation: Operation, expected: Head) -> None:
    """Write what an operation will take, if the book is still the one that it was tested on.

    Raises BookMovedError if it is not, DeskError for an operation that was withdrawn.
    """
    held = held_by(desk.view, facility, operation)
    if not held:
        return
    key = _key(held[0].operation)
    if desk.book.under(key):
        if not desk.state().goods.reservations.of(held[0].operation, desk.now()):
            raise DeskError("this very operation was prepared before and holds nothing any more: give another deadline")
        return
    now = desk.now()
    desk.append([News(now, one) for one in held], key=key, expected=expected)


def must_be_held(desk: Desk, file: OperationFile) -> None:
    """What a lender's key signs is what its book still holds for. Raises NotAllowedError."""
    operation = file.operation
    takes = operation.kind in _TAKING or (operation.kind == "SetFloor" and operation.values["floor"] > 0)
    if takes and not desk.state().goods.reservations.of(file.digest, desk.now()):
        raise NotAllowedError("nothing is held for this operation any more: prepare it again")


def withdraw(
    desk: Desk, operation: bytes, reason: str, *, key: str, no_copy_was_signed: bool = False
) -> tuple[Recorded, ...]:
    """Take back what a prepared operation holds: it is not going to be sent. The same key again answers as before.

    The draft that is kept of it is discarded first, so that nobody signs it any more. Of an operation that is not kept
    the desk sees no signatures: `no_copy_was_signed` is the lender's own word that none of its keys gave one.

    Raises DeskError where nothing is held for it, where no draft of it is kept and that word is missing, or where a key
    of this lender has signed the draft: whoever has that file can still send it, so what it takes stays held.
    """
    reserved = desk.book.under(_key(operation))
    if not reserved:
        raise DeskError(f"nothing is held for operation {operation.hex()}")
    if not desk.book.under(f"own {key}"):
        if not desk.state().goods.reservations.of(operation, desk.now()):
            raise DeskError(f"nothing is held any more for operation {operation.hex()}")
        drafts = Drafts(desk.engine, desk.sheet.book)
        if not drafts.discard(operation, partial(must_be_unsigned, desk)) and not no_copy_was_signed:
            raise DeskError(
                f"operation {operation.hex()} is not kept here, and a copy of it that the lender signed could still be "
                "sent: its deadline ends it, or the lender's word that no copy was signed"
            )
    event = reserved[0].entry.event
    assert isinstance(event, Reserved)  # noqa: S101  what stands under such a key
    return desk.record(ReservationEnded(event.facility, operation, reason), key=key)


def must_be_unsigned(desk: Desk, file: OperationFile) -> None:
    """Raises DeskError where a key of this lender has signed a file: whoever has it can still send it."""
    keys = desk.view.history.registry.keys
    for place in file.places:
        signed = None if place.address is None else keys.get(key_id_of(place.address))
        if signed is not None and signed.organisation == desk.sheet.lender:
            raise DeskError(
                f"{place.who} has signed it already, and whoever has the file can send it: its deadline ends it"
            )


def _key(operation: bytes) -> str:
    return f"own reserve {operation.hex()}"
