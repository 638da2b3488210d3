"""What a meter may be wrong by: its class, its transformers, the standards it was adjusted with. Exact, no IO.

Limits of error in percent. Electricity: IEC 62053-21 and -22 at unity power factor above the low-current range, which
are the classes D, C, B and A of EN 50470 and GB/T 17215; they are held in service too. Transformers: IEC 61869 at rated
current. Water: OIML R 49, gas: OIML R 137, each between the transition flow and the overload flow, wider below, and
twice that in service. The tables are standing knowledge of these standards, written down without their text at hand: a
reader whose national rules are others states a limit instead of a class.

A limit becomes a standard uncertainty as an error anywhere within it. After its certificate has run out, or where
nobody stated one, an instrument is held to `EXPIRED` times its limits, as a scale is. What it read before counts as it
did: whoever splits an amount where a certificate ends states two lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from tally_chain.verify.figures import EXACT
from tally_finance.errors import FootprintError
from tally_finance.footprint.uncertainty import RECTANGULAR, Cause
from tally_finance.quantity.scale import EXPIRED, Standard


@unique
class Kind(Enum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    WATER = "water"
    GAS = "gas"


@unique
class Flow(Enum):
    """Where the flow of a water or gas meter lies: above its transition flow, below it, or warm water above it."""

    USUAL = "usual"
    LOW = "low"
    WARM = "warm"


_ELECTRICITY: Final = {
    **{name: Decimal(name.rstrip("S")) for name in ("0.1S", "0.2S", "0.2", "0.5S", "0.5", "1", "2")},
    "E": Decimal("0.1"),
    "D": Decimal("0.2"),
    "C": Decimal("0.5"),
    "B": Decimal(1),
    "A": Decimal(2),
}
_TRANSFORMER: Final = {
    name: Decimal(name.rstrip("SP")) for name in ("0.1", "0.2", "0.2S", "0.5", "0.5S", "1", "3", "3P")
}
_FLOWING: Final[Mapping[Kind, Mapping[str, Mapping[Flow, Decimal]]]] = {
    Kind.WATER: {
        "1": {Flow.USUAL: Decimal(1), Flow.LOW: Decimal(3), Flow.WARM: Decimal(2)},
        "2": {Flow.USUAL: Decimal(2), Flow.LOW: Decimal(5), Flow.WARM: Decimal(3)},
    },
    Kind.GAS: {
        "0.5": {Flow.USUAL: Decimal("0.5"), Flow.LOW: Decimal(1)},
        "1": {Flow.USUAL: Decimal(1), Flow.LOW: Decimal(2)},
        "1.5": {Flow.USUAL: Decimal("1.5"), Flow.LOW: Decimal(3)},
    },
}
IN_SERVICE: Final = 2
"""Of water and gas meters, times the limits at verification."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """A current or voltage transformer (互感器). Meters behind one of the same name are wrong together."""

    name: str
    accuracy_class: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A meter at a point, by its class or by a limit in percent that stands in its place.

    `certified_until` (Unix seconds): None where nobody stated it. `standards`: what it was adjusted with.
    """

    point: str
    kind: Kind
    accuracy_class: str
    certified_until: int | None
    transformers: tuple[Transformer, ...] = ()
    standards: tuple[Standard, ...] = ()
    limit_percent: Decimal | None = None
    flow: Flow = Flow.USUAL
    serial: str | None = None

    @property
    def group(self) -> str:
        """What all that it counted shares: by its serial number where one is stated, for meters are exchanged."""
        return f"meter {self.point}" if self.serial is None else f"meter {self.serial} at {self.point}"

    def causes(self, to_at: int) -> tuple[Cause, ...]:
        """What makes an amount that ends at `to_at` uncertain. Raises FootprintError for a class that is not known."""
        return tuple(self._causes(to_at))

    def _causes(self, to_at: int) -> Iterator[Cause]:
        expired = self.certified_until is None or to_at > self.certified_until
        wider, mark = (EXPIRED, ", certificate expired (检定过期)") if expired else (1, "")
        limit = self._limit() * wider
        stated = self.limit_percent
        name = f"class {self.accuracy_class}" if stated is None else f"stated limit {stated:f} %"
        yield Cause(f"{name}{mark}", _standard(limit), self.group)
        for one in self.transformers:
            limit = _of(_TRANSFORMER, one.accuracy_class, f"transformer {one.name}")
            yield Cause(f"transformer {one.name}", _standard(limit), f"transformer {one.name}")
        for standard in self.standards:
            yield Cause(f"standard {standard.name}", standard.relative, f"standard {standard.name}")

    def _limit(self) -> Decimal:
        if self.limit_percent is not None:
            if not 0 < self.limit_percent < 100:
                raise FootprintError(f"{self.point}: {self.limit_percent} % is no limit of error")
            return self.limit_percent
        if self.kind is Kind.ELECTRICITY:
            return _of(_ELECTRICITY, self.accuracy_class, self.point)
        limits = _FLOWING[self.kind]
        if self.accuracy_class not in limits or self.flow not in limits[self.accuracy_class]:
            asked = f"{self.kind.value} class {self.accuracy_class}, {self.flow.value} flow"
            raise FootprintError(f"{self.point}: no limit is known for {asked}")
        return limits[self.accuracy_class][self.flow] * IN_SERVICE


def _of(limits: Mapping[str, Decimal], accuracy_class: str, name: str) -> Decimal:
    if accuracy_class not in limits:
        raise FootprintError(f"{name}: no limit is known for class {accuracy_class!r}; there are {', '.join(limits)}")
    return limits[accuracy_class]


def _standard(limit_percent: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.scaleb(limit_percent, -2), RECTANGULAR)
