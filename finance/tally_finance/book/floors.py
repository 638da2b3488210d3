"""What a facility's dynamic pledges (动态质押) may fall to without the lender: the floors that are in force. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tally_finance.book.goods import Goods, Pledge
from tally_finance.book.loan_events import FacilityOpened, Pledging


@dataclass(frozen=True, slots=True)
class Floor:
    """A receipt's floor (最低控货量), in grams, to the second `until`.

    `free_g` may leave without an order: what is pledged above the floor, less what orders that are out may take.
    """

    receipt: bytes
    lot: bytes
    floor_g: int
    until: int
    pledged_g: int
    ordered_g: int

    @property
    def free_g(self) -> int:
        """Never below zero."""
        return max(0, self.pledged_g - self.ordered_g - self.floor_g)


def floor_of(opened: FacilityOpened, pledge: Pledge, as_of: int) -> int | None:
    """The floor of a pledge in grams where one is in force."""
    is_dynamic = opened.pledging is Pledging.DYNAMIC
    return pledge.floor_g if is_dynamic and pledge.floor_g and as_of <= pledge.floor_until else None


def floors_of(opened: FacilityOpened, goods: Goods, pledges: Iterable[Pledge], as_of: int) -> Iterator[Floor]:
    """The floors in force, in order of the receipts' numbers."""
    for one in sorted(pledges, key=lambda each: each.receipt):
        floor_g = floor_of(opened, one, as_of)
        if floor_g is not None:
            ordered_g = goods.ordered_g(one.facility, one.receipt, as_of)
            yield Floor(one.receipt, one.lot, floor_g, one.floor_until, one.quantity_g, ordered_g)
