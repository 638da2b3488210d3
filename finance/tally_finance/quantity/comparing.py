"""Whether an operation that somebody else wrote agrees with one's own evidence, difference by difference. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_chain.receipts.encoding import Weighing
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.plain import hexed
from tally_finance.errors import QuantityError
from tally_finance.quantity.attesting import ticket_grams
from tally_finance.quantity.tickets import Ticket

OUTBOUND: Final = ("Deliver", "Execute", "ExecuteDynamic")
COMPARED: Final = ("Attest", "RecordInbound", *OUTBOUND)
"""The kinds of operation that evidence says anything of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the operation says one thing and the evidence another, each as people read it."""

    field: str
    operation: str
    evidence: str


def compared(
    operation: Operation, attested: Mapping[str, Any], tickets: Sequence[Ticket], serial_ids: Mapping[str, bytes]
) -> tuple[Difference, ...]:
    """Every difference; none where the evidence says the same. `attested`: `attesting.attest_values`, for `Attest`.

    Raises QuantityError for an operation that evidence says nothing of.
    """
    if operation.kind == "Attest":
        return tuple(_of_values(operation, attested))
    by_evidence = {one.evidence: one for one in tickets}
    if operation.kind == "RecordInbound":
        return tuple(_of_inbound(operation, by_evidence, serial_ids))
    if operation.kind in OUTBOUND:
        return tuple(_of_outbound(operation, by_evidence, serial_ids))
    raise QuantityError(f"evidence says nothing of {operation.kind}; it does of {', '.join(COMPARED)}")


def _of_values(operation: Operation, attested: Mapping[str, Any]) -> Iterator[Difference]:
    for field, value in attested.items():
        said = operation.values[field]
        if said != value:
            yield Difference(field, _shown(said), _shown(value))


def _of_inbound(
    operation: Operation, tickets: Mapping[bytes, Ticket], serial_ids: Mapping[str, bytes]
) -> Iterator[Difference]:
    weighings: tuple[Weighing, ...] = operation.values["weighings"]
    yield from _of_loads([one.evidence for one in weighings], tickets, "weighings", came=True)
    for one in weighings:
        ticket = tickets.get(one.evidence)
        if ticket is not None and ticket.came and one.quantity != ticket_grams(ticket):
            yield Difference("weighings", f"{one.quantity} g", f"ticket {ticket.number}: {ticket_grams(ticket)} g")
    yield from _of_time(operation, "weighedAt", [tickets.get(one.evidence) for one in weighings])
    yield from _of_serials(operation, [tickets.get(one.evidence) for one in weighings], serial_ids)


def _of_outbound(
    operation: Operation, tickets: Mapping[bytes, Ticket], serial_ids: Mapping[str, bytes]
) -> Iterator[Difference]:
    evidence: tuple[bytes, ...] = operation.values["evidence"]
    yield from _of_loads(evidence, tickets, "evidence", came=False)
    known = [tickets.get(one) for one in evidence]
    quantity = sum(ticket_grams(one) for one in known if one is not None and not one.came)
    if quantity != operation.values["quantity"]:
        yield Difference("quantity", f"{operation.values['quantity']} g", f"{quantity} g by its tickets")
    yield from _of_time(operation, "leftAt", known)
    if any(one is not None and one.serial is not None for one in known):  # a truck takes many, and the gate reads them
        yield from _of_serials(operation, known, serial_ids)


def _of_time(operation: Operation, field: str, loads: Sequence[Ticket | None]) -> Iterator[Difference]:
    last = max((one.at for one in loads if one is not None), default=None)
    if last is not None and operation.values[field] != last:
        yield Difference(field, str(operation.values[field]), f"{last}, the last second weighing")


def _of_loads(
    evidence: Sequence[bytes], tickets: Mapping[bytes, Ticket], field: str, *, came: bool
) -> Iterator[Difference]:
    for number, one in enumerate(evidence):
        ticket = tickets.get(one)
        if ticket is None:
            yield Difference(field, hexed(one), "no weighing of this bundle that counts")
        elif ticket.came is not came:
            yield Difference(field, hexed(one), f"ticket {ticket.number} {'brought' if ticket.came else 'took'} goods")
        if one in evidence[:number]:
            yield Difference(field, hexed(one), "a weighing counts once")


def _of_serials(
    operation: Operation, loads: Sequence[Ticket | None], serial_ids: Mapping[str, bytes]
) -> Iterator[Difference]:
    """One for each weighing of one piece, in their order."""
    given: tuple[bytes, ...] = operation.values["serials"]
    named = [one for one in loads if one is not None and one.serial is not None]
    if len(given) != len(named):
        yield Difference("serials", f"{len(given)} serials", f"{len(named)} weighings of one piece")
        return
    for serial, ticket in zip(given, named, strict=True):
        if ticket.serial is None or serial_ids.get(ticket.serial) != serial:
            yield Difference("serials", hexed(serial), f"ticket {ticket.number} is of {ticket.serial}")


def _shown(value: object) -> str:
    return hexed(value) if isinstance(value, bytes) else str(value)
