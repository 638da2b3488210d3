"""A release order (放货指令) as the chain holds it, with the opening of its picker; and what came of it. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tally_finance.errors import ReleaseError
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.gate import Passing
from tally_finance.release.picker import Picker

G_PER_KG: Final = 1_000
MOST_IN_ONE: Final = 64
"""Loads or serials of one execution: `Lots.MOST_WEIGHINGS`."""


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """An open order. Raises ReleaseError, also where `picker` is not who the order names.

    `order`: its id, the digest of the operation; `receipt`: the number; `names`: the digest in `Order.picker`; 32 bytes
    each. `quantity_g` grams. It is good from `from_at` to `until_at`, Unix seconds, both included.
    """

    order: bytes
    receipt: bytes
    quantity_g: int
    names: bytes
    from_at: int
    until_at: int
    picker: Picker

    def __post_init__(self) -> None:
        if not len(self.order) == len(self.receipt) == len(self.names) == 32:
            raise ReleaseError("order, receipt and picker have 32 bytes each")
        if self.quantity_g <= 0 or self.from_at > self.until_at:
            raise ReleaseError(f"{self.name}: {self.quantity_g} g from {self.from_at} to {self.until_at}")
        if self.picker.digest != self.names:
            raise ReleaseError(f"{self.name}: the opening is of another picker")

    @property
    def name(self) -> str:
        """How remarks and errors call it."""
        return f"order 0x{self.order.hex()[:8]}"

    def is_good_at(self, at: int) -> bool:
        """Whether goods may leave then."""
        return self.from_at <= at <= self.until_at


@dataclass(frozen=True, slots=True)
class Released:
    """What went out for an order: its loads in order of their alibi numbers, and serials that passed the gate."""

    order: ReleaseOrder
    loads: tuple[Ticket, ...] = ()
    passed: tuple[Passing, ...] = ()

    @property
    def quantity_g(self) -> int:
        """All of it."""
        return sum(grams(load) for load in self.loads)

    @property
    def over_g(self) -> int:
        """What went out beyond the order."""
        return max(0, self.quantity_g - self.order.quantity_g)

    @property
    def left_g(self) -> int:
        """What the order still allows."""
        return max(0, self.order.quantity_g - self.quantity_g)

    def execution(self, head: bytes, deadline: int, nullifiers: Mapping[str, bytes]) -> dict[str, object]:
        """The values of the operation `Execute`, which keeper, verifier and holder sign, once for all loads.

        `head`: of the receipt. `nullifiers`: by serial, as inbound named them. Raises ReleaseError where nothing went
        out, where a serial that passed came in under no nullifier, and for more than the contract takes at once.
        """
        if not self.loads:
            raise ReleaseError(f"{self.order.name}: nothing went out")
        strange = sorted({one.serial for one in self.passed} - set(nullifiers))
        if strange:
            raise ReleaseError(f"{self.order.name}: serials that never came in: {', '.join(strange)}")
        serials = sorted({nullifiers[one.serial] for one in self.passed})
        if max(len(self.loads), len(serials)) > MOST_IN_ONE:
            raise ReleaseError(f"{self.order.name}: {len(self.loads)} loads and {len(serials)} serials are too many")
        return {
            "order": self.order.order,
            "receipt": self.order.receipt,
            "head": head,
            "quantity": self.quantity_g,
            "picker": self.order.names,
            "evidence": [load.evidence for load in self.loads],
            "serials": serials,
            "deadline": deadline,
        }


def grams(load: Ticket) -> int:
    """The load. Raises ReleaseError where the scale shows less than a gram."""
    exact = load.net_kg * G_PER_KG
    whole = int(exact)
    if whole != exact:
        raise ReleaseError(f"ticket {load.number}: {load.net_kg:f} kg are no whole grams")
    return whole
