"""Loads at a scale and the orders that they are for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tally_finance.quantity.tickets import Ticket, Weighed
from tally_finance.release.gate import Passing
from tally_finance.release.matching import Matched, Watched, match
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import Picker, SeenPlate
from tests.finance.quantity.yard import source

BEGINS, ENDS = 1_000_000, 1_086_400
TRUCK, OTHER = "沪A12345", "苏E9K88挂"


def picker(plate: str = TRUCK, driver: str = "licence 0001") -> Picker:
    return Picker(plate, driver, b"\x0a" * 16)


def order(number: int, kg: int, *, plate: str = TRUCK, hours: tuple[int, int] = (0, 24)) -> ReleaseOrder:
    """From and until are hours of the period."""
    who = picker(plate)
    return ReleaseOrder(
        bytes([number]) * 32,
        b"\x77" * 32,
        kg * 1_000,
        who.digest,
        BEGINS + 1 + hours[0] * 3_600,
        BEGINS + hours[1] * 3_600,
        who,
    )


def seen(plate: str, number: int) -> SeenPlate:
    """Every weighing has its own salt."""
    return SeenPlate(plate, number.to_bytes(16, "big"))


def load(
    number: int, kg: int, *, plate: str | None = TRUCK, hour: int = 1, minute: int = 0, came: bool = False
) -> Ticket:
    empty, full = Decimal(15_000), Decimal(15_000 + kg)
    first, second = (full, empty) if came else (empty, full)
    commitment = None if plate is None else seen(plate, number).commitment
    at = BEGINS + hour * 3_600 + minute * 60
    return Ticket(f"W{number}", number, at, first, second, source(number), None, commitment)


def watched(
    loads: Sequence[Ticket],
    *,
    plates: Sequence[str] = (TRUCK, OTHER),
    unticketed: int = 0,
    passed: Sequence[Passing] | None = None,
    accounted: frozenset[bytes] = frozenset(),
    to_at: int = ENDS,
) -> Watched:
    """Every plate that any load may have is opened."""
    openings = tuple(seen(plate, one.alibi) for one in loads for plate in plates)
    weighed = Weighed(tuple(loads), (), Decimal(unticketed))
    gate = None if passed is None else tuple(passed)
    return Watched(weighed, openings, BEGINS, to_at, gate, accounted)


def matched(orders: Sequence[ReleaseOrder], loads: Sequence[Ticket], **changes: object) -> Matched:
    return match(orders, watched(loads, **changes))
