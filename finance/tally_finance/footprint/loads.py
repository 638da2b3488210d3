"""From a load to a line: what registers prove, and what the physical ceiling fills, kept apart. Exact, no IO.

What is measured or bridged by registers carries the meter's uncertainty. What is estimated is a ceiling already, and no
more can have passed: it stands in the amount, adds no uncertainty, and is told. A load with something missing has no
line, for nothing bounds it. Of a load that is taken off another only what registers prove counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Protocol

from tally_finance.errors import FootprintError
from tally_finance.footprint import steps
from tally_finance.footprint.line import Line
from tally_finance.footprint.spans import Span
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Contribution

ESTIMATED: Final = "estimated"
MISSING: Final = "missing"


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


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a load lies in [`from_at`, `to_at`): quantities by the word of their state."""

    from_at: int
    to_at: int
    shares: Mapping[str, Decimal]


@dataclass(frozen=True, eq=False)
class Metered:
    """A load as a line. `estimated`: how much of it is a ceiling; `data`: the load's digest."""

    line: Line
    estimated: Decimal
    data: bytes


def metered(load: Load, meters: Sequence[Span], pieces: Sequence[Piece] = (), *, taken_off: bool = False) -> Metered:
    """The line of one register with the meters that counted it.

    `pieces`: the load cut where the meters' spans are; needed where there is more than one. `taken_off`: neither
    ceilings nor what is missing are part of the line. Raises FootprintError where something is missing, where the
    pieces are not the spans, or do not add up to the load.
    """
    name = f"{load.point} {load.register}"
    whole = Piece(load.from_at, load.to_at, {state.word: share.quantity for state, share in load.by_state().items()})
    cut = tuple(pieces) or (whole,)
    _check(load, name, whole, meters, cut, bounded=not taken_off)
    certain: list[Node] = []
    filled: list[Node] = []
    wrong: list[Contribution] = []
    for span, piece in zip(meters, cut, strict=True):
        nodes = {word: _node(load, piece, word) for word in sorted(piece.shares) if word != MISSING}
        filled += [node for word, node in nodes.items() if word == ESTIMATED and not taken_off]
        proven = [node for word, node in nodes.items() if word != ESTIMATED]
        if proven:
            read = steps.total(f"{name}: by registers, {piece.from_at} to {piece.to_at}", proven)
            wrong += [Contribution.of(cause, read, name) for cause in span.instrument.causes(piece.to_at)]
            certain.append(read)
    if not certain and taken_off:
        raise FootprintError(f"{name}: no register proves anything of it, and nothing of it is taken off")
    estimated = sum((piece.shares.get(ESTIMATED, Decimal(0)) for piece in cut), Decimal(0))
    return Metered(Line(name, steps.total(name, [*certain, *filled]), tuple(wrong), ()), estimated, load.digest)


def _check(load: Load, name: str, whole: Piece, meters: Sequence[Span], cut: Sequence[Piece], *, bounded: bool) -> None:
    if bounded and any(MISSING in piece.shares for piece in (whole, *cut)):
        raise FootprintError(f"{name}: a part is missing, and nothing bounds what passed")
    if not whole.shares:
        raise FootprintError(f"{name}: there is no interval")
    if any(span.instrument.point != load.point for span in meters):
        raise FootprintError(f"{name}: is not read by a meter at another point")
    if [(one.from_at, one.to_at) for one in meters] != [(one.from_at, one.to_at) for one in cut]:
        raise FootprintError(f"{name}: is cut elsewhere than its meters' spans")
    if cut[0].from_at != load.from_at or cut[-1].to_at != load.to_at:
        raise FootprintError(f"{name}: its pieces are of another period")
    if _sum(cut) != _sum((whole,)):
        raise FootprintError(f"{name}: its pieces do not add up to it")


def _sum(pieces: Sequence[Piece]) -> Fraction:
    return sum((Fraction(share) for piece in pieces for share in piece.shares.values()), Fraction(0))


def _node(load: Load, piece: Piece, word: str) -> Node:
    source = {
        "load": load.digest.hex(),
        "point": load.point,
        "register": load.register,
        "from": str(piece.from_at),
        "to": str(piece.to_at),
        "state": word,
    }
    return steps.given(piece.shares[word], load.unit, f"{load.point} {load.register}: {word}", source)
