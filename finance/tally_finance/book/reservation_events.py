"""What a prepared act of the lender holds until it is carried out. Kinds of events of a book; no IO.

An operation is signed days before it is carried out. Meanwhile nothing else may rely on what it will take.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from tally_edge.wire import DIGEST, TIME, enum, text, wire
from tally_finance.book.forms import GRAMS, NAME


class Way(IntEnum):
    """What an operation will do with the goods. A number keeps its meaning."""

    OUT = 1
    """So much is freed from the pledge, at once: what may fall to a floor is less by it, and not beside it."""
    FLOOR = 2
    """Goods of a dynamic pledge may fall to so much."""
    IN = 3
    """So much of a lot is pledged."""
    ORDERED = 4
    """So much may leave by an order, at any time and beside a floor."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """An operation that was prepared (预留): what it holds, of which receipt at which head, to the second `until`."""

    facility: str = wire(1, NAME)
    operation: bytes = wire(2, DIGEST)
    receipt: bytes = wire(3, DIGEST)
    lot: bytes = wire(4, DIGEST)
    way: Way = wire(5, enum(Way))
    quantity_g: int = wire(6, GRAMS)
    head: bytes = wire(7, DIGEST)
    until: int = wire(8, TIME)


@dataclass(frozen=True, slots=True)
class ReservationEnded:
    """It holds nothing any more (预留终止): withdrawn, or its receipt moved on. What is carried out ends by itself."""

    facility: str = wire(1, NAME)
    operation: bytes = wire(2, DIGEST)
    reason: str = wire(3, text(200))
