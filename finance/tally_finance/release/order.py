"""A release order (放货指令) or a floor (最低控货值) as the chain holds it, and what went out under it. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """An open order of a static pledge (静态质押). Raises ReleaseError, also where `picker` is not who the order names.

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
class Floor:
    """The floor of a dynamic pledge (动态质押): what lies above it may leave without an order. Raises ReleaseError.

    `free_g` grams: the face less the floor, or less what is ordered out, where that is more. Until `until_at`, Unix
    seconds, included.
    """

    receipt: bytes
    free_g: int
    until_at: int

    def __post_init__(self) -> None:
        if len(self.receipt) != 32 or self.free_g < 0:
            raise ReleaseError("a receipt has 32 bytes, and what is free above a floor is not negative")

    @property
    def name(self) -> str:
        """How remarks and errors call it."""
        return f"floor of receipt 0x{self.receipt.hex()[:8]}"


@dataclass(frozen=True, slots=True)
class Released:
    """What went out for an order: its loads in order of their alibi numbers, and serials that passed the gate."""

    order: ReleaseOrder
    loads: tuple[Ticket, ...] = ()
    passed: tuple[Passing, ...] = ()

    @property
    def quantity_g(self) -> int:
        """All of it."""
        return sum(map(grams, self.loads))

    @property
    def over_g(self) -> int:
        """What went out beyond the order."""
        return max(0, self.quantity_g - self.order.quantity_g)

    @property
    def left_g(self) -> int:
        """What the order still allows."""
        return max(0, self.order.quantity_g - self.quantity_g)

    def execution(self, head: bytes, deadline: int, nullifiers: Mapping[str, bytes]) -> dict[str, object]:
        """The values of the operation `Execute`, which keeper and verifier sign, once for all loads.

        Where more went than was ordered or the receipt has, or something stands that began after they left, witnesses
        of the lot sign too, at the `places` that whoever drafts it names. `head`: of the receipt. `nullifiers`: by
        serial, as inbound named them. Raises ReleaseError where nothing went out, where a serial that passed came in
        under no nullifier, and for more than the contract takes at once.
        """
        return {
            "order": self.order.order,
            "receipt": self.order.receipt,
            "head": head,
            "quantity": self.quantity_g,
            "picker": self.order.names,
            **_evidence(self.order.name, self.loads, self.passed, nullifiers),
            "deadline": deadline,
        }


@dataclass(frozen=True, slots=True)
class Rolled:
    """What went out above a floor, without an order, as with `Released`."""

    floor: Floor
    loads: tuple[Ticket, ...] = ()
    passed: tuple[Passing, ...] = ()

    @property
    def quantity_g(self) -> int:
        """All of it."""
        return sum(map(grams, self.loads))

    @property
    def over_g(self) -> int:
        """By how much it broke the floor."""
        return max(0, self.quantity_g - self.floor.free_g)

    def execution(self, head: bytes, deadline: int, nullifiers: Mapping[str, bytes]) -> dict[str, object]:
        """The values of `ExecuteDynamic`; see `Released.execution`. Raises ReleaseError."""
        return {
            "receipt": self.floor.receipt,
            "head": head,
            "quantity": self.quantity_g,
            **_evidence(self.floor.name, self.loads, self.passed, nullifiers),
            "deadline": deadline,
        }


def _evidence(
    name: str, loads: Sequence[Ticket], passed: Sequence[Passing], nullifiers: Mapping[str, bytes]
) -> dict[str, object]:
    if not loads:
        raise ReleaseError(f"{name}: nothing went out")
    strange = sorted({one.serial for one in passed} - set(nullifiers))
    if strange:
        raise ReleaseError(f"{name}: serials that never came in: {', '.join(strange)}")
    serials = sorted({nullifiers[one.serial] for one in passed})
    if max(len(loads), len(serials)) > MOST_IN_ONE:
        raise ReleaseError(f"{name}: {len(loads)} loads and {len(serials)} serials are too many")
    left_at = max(load.at for load in loads)
    return {"evidence": [load.evidence for load in loads], "serials": serials, "leftAt": left_at, "places": []}


def grams(load: Ticket) -> int:
    """The load. Raises ReleaseError where the scale shows less than a gram."""
    exact = load.net_kg * G_PER_KG
    whole = int(exact)
    if whole != exact:
        raise ReleaseError(f"ticket {load.number}: {load.net_kg:f} kg are no whole grams")
    return whole
