"""Serial-numbered bundles in a hall: which there are, where they lie, when they came and went. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from tally_sim.plant.draws import Draws
from tally_sim.plant.profile import Stock

ALWAYS = -1
"""When a bundle came that was there at the beginning."""

_IN_A_ROW: Final = 20


@dataclass(slots=True)
class Bundle:
    """One bundle. `came` and `left` are seconds since the beginning; `tag` is what its RFID tag says, "" for none."""

    number: int
    tag: str
    mass_g: int
    slot: str
    came: int
    left: int | None = None
    genuine: bool = True
    unseen: bool = False
    """It left without passing the gate."""

    def is_there(self, second: int) -> bool:
        """Whether it lies in the hall."""
        return self.came <= second and (self.left is None or second < self.left)


class Hall:
    """The bundles of one stock, oldest first."""

    def __init__(self, stock: Stock, draws: Draws) -> None:
        """With the bundles that are there at the beginning."""
        self._stock = stock
        self._draws = draws
        self._bundles: list[Bundle] = []
        self._there: list[Bundle] = []
        self._mass = 0
        self._free = list(range(stock.slots))
        """A heap: the first free slot is taken first."""
        self._slot_of: dict[int, int] = {}
        while (mass := self.next_mass()) + self.mass <= stock.opening_g:
            self.bring(ALWAYS, mass)

    @property
    def mass(self) -> int:
        """What lies there now, in grams."""
        return self._mass

    @property
    def bundles(self) -> Sequence[Bundle]:
        """All that ever were there."""
        return self._bundles

    def next_mass(self) -> int:
        """What the next bundle will weigh, in grams."""
        least, most = self._stock.bundle_g or (0, 0)
        return self._draws.between(least, most, f"bundle/{self._stock.name}", len(self._bundles))

    def bring(self, second: int, mass: int) -> Bundle:
        """The next bundle of `mass` grams comes, to the first free slot."""
        number = len(self._bundles)
        self._slot_of[number] = heappop(self._free)
        row, place = divmod(self._slot_of[number], _IN_A_ROW)
        slot = f"{self._stock.name}-{row:02d}-{place:02d}"
        bundle = Bundle(number, f"{self._stock.name.upper()}-{number:06d}", mass, slot, second)
        self._bundles.append(bundle)
        self._there.append(bundle)
        self._mass += mass
        return bundle

    @property
    def free_slots(self) -> int:
        """How many more there is room for."""
        return self._stock.slots - len(self._there)

    def oldest(self) -> Bundle | None:
        """The genuine bundle that lies there longest."""
        return next((bundle for bundle in self._there if bundle.genuine), None)

    def take(self, bundle: Bundle, second: int, *, unseen: bool = False) -> None:
        """It leaves."""
        bundle.left, bundle.unseen = second, unseen
        self._there.remove(bundle)
        self._mass -= bundle.mass_g
        heappush(self._free, self._slot_of.pop(bundle.number))

    def present(self, second: int) -> list[Bundle]:
        """What lies there `second` seconds after the beginning, in the order of coming."""
        return [bundle for bundle in self._bundles if bundle.is_there(second)]
