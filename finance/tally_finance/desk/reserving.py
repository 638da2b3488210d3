"""What a prepared operation holds in the book (预留), so that nothing else relies on it, and how that is taken back.

    accept, substitute            so much of the new receipt's lot
    release, substitute           so much of the pledge is freed
    order                         so much may leave at any time
    floor                         goods may fall to it
    call, cure                    nothing

It ends when the chain carried the operation out, when its receipt moves on (the operation then counts nowhere), when it
is withdrawn, and some minutes after its deadline, by when the desk has read whatever came in time.
"""

from __future__ import annotations

from typing import Final

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation
from tally_chain.registry.organisations import key_id_of
from tally_finance.book.journal import Head, Recorded
from tally_finance.book.reservation_events import ReservationEnded, Reserved, Way
from tally_finance.book.store import News
from tally_finance.desk.desk import CHAIN_AGE_S, Desk
from tally_finance.desk.replay import View
from tally_finance.errors import DeskError

READ_LATER_S: Final = 2 * CHAIN_AGE_S
"""What was carried out in the last second is read by then, or the desk does not lend at all."""


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
    key = f"own reserve {held[0].operation.hex()}"
    if desk.book.under(key):
        if not desk.state().goods.reservations.of(held[0].operation, desk.now()):
            raise DeskError("this very operation was prepared before and holds nothing any more: give another deadline")
        return
    now = desk.now()
    desk.append([News(now, one) for one in held], key=key, expected=expected)


def withdraw(desk: Desk, file: OperationFile, reason: str, *, key: str) -> tuple[Recorded, ...]:
    """Take back what a prepared operation holds: it is not going to be sent. The same key again answers as before.

    Raises DeskError where nothing is held for it, or where a key of this lender has signed the file: whoever has that
    file can still send it, so what it takes stays held until its deadline.
    """
    reserved = desk.book.under(f"own reserve {file.digest.hex()}")
    if not reserved:
        raise DeskError(f"nothing is held for operation {file.digest.hex()}")
    written = desk.book.under(f"own {key}")
    if not written and not desk.state().goods.reservations.of(file.digest, desk.now()):
        raise DeskError(f"nothing is held any more for operation {file.digest.hex()}")
    keys = desk.view.history.registry.keys
    for place in file.places:
        signed = None if place.address is None else keys.get(key_id_of(place.address))
        if signed is not None and signed.organisation == desk.sheet.lender:
            raise DeskError(
                f"{place.who} has signed it already, and whoever has the file can send it: its deadline ends it"
            )
    event = reserved[0].entry.event
    assert isinstance(event, Reserved)  # noqa: S101  what stands under such a key
    return desk.record(ReservationEnded(event.facility, file.digest, reason), key=key)
