"""From a load to a line: what registers prove, and what the physical ceiling fills, kept apart. Exact, no IO.

What is measured or bridged by registers carries the meter's uncertainty. What is estimated is a ceiling already, and no
more can have passed: it stands in the amount, adds no uncertainty, and is told. A load with something missing has no
line, for nothing bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.line import Line
from tally_finance.footprint.metering import Instrument
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Contribution

ESTIMATED: Final = "estimated"
MISSING: Final = "missing"


class _Share(Protocol):
    @property
    def quantity(self) -> Decimal: ...


class _State(Protocol):
    @property
    def word(self) -> str: ...


class Load(Protocol):
    """What `activity.load.Load` is, as far as a footprint looks at it."""

    @property
    def point(self) -> str:
        """The metering point."""
        ...

    @property
    def register(self) -> str:
        """The register."""
        ...

    @property
    def unit(self) -> str:
        """Of its quantities."""
        ...

    @property
    def from_at(self) -> int:
        """Unix seconds."""
        ...

    @property
    def to_at(self) -> int:
        """Unix seconds."""
        ...

    @property
    def digest(self) -> bytes:
        """Of all its intervals."""
        ...

    def by_state(self) -> Mapping[Any, Any]:
        """Quantity by state; a state has a `word`, a share a `quantity`."""
        ...


@dataclass(frozen=True, eq=False)
class Metered:
    """A load as a line. `estimated`: how much of it is a ceiling; `data`: the load's digest."""

    line: Line
    estimated: Decimal
    data: bytes


def metered(load: Load, instrument: Instrument) -> Metered:
    """The line of one register with its meter. Raises FootprintError where something is missing."""
    if instrument.point != load.point:
        raise FootprintError(f"{load.point}: is not read by the meter at {instrument.point}")
    shares = {state.word: share.quantity for state, share in _shares(load)}
    if shares.get(MISSING) is not None:
        raise FootprintError(f"{load.point} {load.register}: a part is missing, and nothing bounds what passed")
    name = f"{load.point} {load.register}"
    proven = [_node(load, word, quantity) for word, quantity in sorted(shares.items()) if word != ESTIMATED]
    filled = [_node(load, ESTIMATED, shares[ESTIMATED])] if ESTIMATED in shares else []
    if not proven and not filled:
        raise FootprintError(f"{name}: there is no interval")
    certain = steps.total(f"{name}: by registers", proven) if proven else None
    causes = instrument.causes(load.to_at)
    wrong = () if certain is None else tuple(Contribution.of(cause, certain, name) for cause in causes)
    amount = steps.total(name, [*([] if certain is None else [certain]), *filled])
    return Metered(Line(name, amount, wrong, ()), shares.get(ESTIMATED, Decimal(0)), load.digest)


def _shares(load: Load) -> Iterator[tuple[_State, _Share]]:
    yield from load.by_state().items()


def _node(load: Load, word: str, quantity: Decimal) -> Node:
    source = {
        "load": load.digest.hex(),
        "point": load.point,
        "register": load.register,
        "from": str(load.from_at),
        "to": str(load.to_at),
        "state": word,
    }
    return steps.given(quantity, load.unit, f"{load.point} {load.register}: {word}", source)
