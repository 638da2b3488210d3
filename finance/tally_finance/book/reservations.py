"""What prepared acts hold (预留), from the events. Verdict-critical: no IO.

A reservation ends when the chain carried its operation out (`ChainSeen.operation`), by `ReservationEnded`, or after its
last second. In which order entries of one second stand makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_finance.book.reservation_events import Reserved, Way


@dataclass
class Reservations:
    """All of a book. `ended`: operations that hold nothing any more."""

    made: dict[tuple[bytes, bytes, Way], Reserved] = field(default_factory=dict)
    ended: set[bytes] = field(default_factory=set)

    def take(self, event: Reserved) -> None:
        """Another one."""
        self.made[event.operation, event.receipt, event.way] = event

    def end(self, operation: bytes) -> None:
        """Carried out, withdrawn or overtaken."""
        self.ended.add(operation)

    def open(self, as_of: int = 0) -> tuple[Reserved, ...]:
        """Those that hold something at a time, as they came."""
        return tuple(one for one in self.made.values() if one.operation not in self.ended and as_of <= one.until)

    def of(self, operation: bytes, as_of: int) -> tuple[Reserved, ...]:
        """What one operation holds."""
        return tuple(one for one in self.open(as_of) if one.operation == operation)

    def leaving_g(self, way: Way, facility: str, receipt: bytes, as_of: int) -> int:
        """What will be freed of the pledge of a receipt (OUT), or ordered out of it (ORDERED)."""
        return sum(
            one.quantity_g
            for one in self.open(as_of)
            if one.way is way and (one.facility, one.receipt) == (facility, receipt)
        )

    def floor_g(self, facility: str, receipt: bytes, as_of: int) -> int | None:
        """The lowest floor that is being set for a receipt, None where there is none."""
        floors = (
            one.quantity_g
            for one in self.open(as_of)
            if one.way is Way.FLOOR and (one.facility, one.receipt) == (facility, receipt)
        )
        return min(floors, default=None)

    def in_g(self, lot: bytes, beside: frozenset[bytes], as_of: int) -> int:
        """What will be pledged in a lot by receipts other than those; of one receipt the most, as it comes once."""
        most: dict[bytes, int] = {}
        for one in self.open(as_of):
            if one.way is Way.IN and one.lot == lot and one.receipt not in beside:
                most[one.receipt] = max(most.get(one.receipt, 0), one.quantity_g)
        return sum(most.values())
