"""A picture of a run as SVG, written by hand: load, water, stock, gaps, and what was done to it. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from tally_sim.plant.interface import Happening
from tally_trial.drafts import SITE_TIME

WIDTH: Final = 1200
LEFT: Final = 190
RIGHT: Final = 24
LANE: Final = 84
GAP: Final = 26
TOP: Final = 74
_MAX_TEXT: Final = 190
"""Characters of a line that go into the picture's width."""

_DATES: Final = 80
"""The last date is written to the left of its line, so the one before it stands at least so many pixels away."""

_ROWS: Final = 6
_NUMBER: Final = 16
"""Numbers of happenings stand in so many rows under the top of a lane, each so many pixels wide."""

_MAX_STEPS: Final = 800
"""Points of one line: more than the picture has columns would only make the file larger."""

_FILL: Final = {"attack": "#c0392b", "fault": "#d68910"}


@dataclass(frozen=True, slots=True)
class Lane:
    """One strip about an instrument or a stock: a title, a unit, and (Unix seconds, value) points.

    `stepped` is for rates over an interval, `true` for what really was and nobody signed.
    """

    about: str
    title: str
    unit: str
    points: Sequence[tuple[int, Decimal]]
    stepped: bool = False
    gaps: Sequence[tuple[int, int]] = ()
    true: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A happening, whether it is an attack or a fault, what is said of it, and the lanes that it is about: all if none.

    `about` holds names of instruments and stocks.
    """

    happening: Happening
    kind: str
    verdict: str
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture."""

    title: str
    subtitle: str
    begins: int
    ends: int
    lanes: Sequence[Lane]
    marked: Sequence[Marked]

    def render(self) -> str:
        """The SVG. The same chart gives the same bytes."""
        notes = TOP + len(self.lanes) * (LANE + GAP) + 22
        height = notes + 22 + 20 * max(1, len(self.marked)) + 30
        body = [self._axis(notes - 22)]
        for number, lane in enumerate(self.lanes):
            top = TOP + number * (LANE + GAP)
            body += [self._bands(top, lane.about), self._lane(top, lane)]
        body += self._legend(notes)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
                f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
                f'<text x="24" y="30" font-size="19" fill="#1b2631">{escape(self.title)}</text>',
                f'<text x="24" y="50" fill="#566573">{escape(self.subtitle)}</text>',
                *body,
                "</svg>",
                "",
            ]
        )

    def _x(self, at: int) -> str:
        inside = min(max(at, self.begins), self.ends)
        share = Decimal(inside - self.begins) / (self.ends - self.begins)
        return f"{LEFT + share * (WIDTH - LEFT - RIGHT):.1f}"

    def _bands(self, top: int, about: str) -> str:
        """The happenings behind one lane, each with its number, which stands lower where another begins close by."""
        bands, free = [], [Decimal(0)] * _ROWS
        here = [(n, one) for n, one in enumerate(self.marked, 1) if not one.about or about in one.about]
        for number, one in sorted(here, key=lambda pair: pair[1].happening.begins):
            left = Decimal(self._x(one.happening.begins))
            wide = max(Decimal(2), Decimal(self._x(one.happening.ends)) - left)
            fill, shade = _FILL.get(one.kind, "#5d6d7e"), "0.13" if one.about else "0.04"
            row = next((row for row in range(_ROWS) if free[row] <= left), 0)
            free[row] = left + _NUMBER
            bands.append(
                f'<rect x="{left}" y="{top - 8}" width="{wide:.1f}" height="{LANE + 8}" fill="{fill}" '
                f'fill-opacity="{shade}"/><text x="{left + 3}" y="{top + 3 + 12 * row}" font-size="11" fill="{fill}">'
                f"{number}</text>"
            )
        return "".join(bands)

    def _axis(self, bottom: int) -> str:
        days = [self.begins, *(at for at, _ in SITE_TIME.boundaries(self.begins, self.ends))]
        every = max(1, len(days) // 15)
        end = Decimal(self._x(self.ends))
        shown = [at for at in days[::every] if end - Decimal(self._x(at)) >= _DATES]
        marks = []
        for at in dict.fromkeys((*shown, self.ends)):
            local = datetime.fromtimestamp(at, UTC) + timedelta(seconds=SITE_TIME.offset_s(at))
            anchor = "end" if at == self.ends else "start"
            marks.append(
                f'<line x1="{self._x(at)}" x2="{self._x(at)}" y1="{TOP - 10}" y2="{bottom - 6}" stroke="#eaeded"/>'
                f'<text x="{self._x(at)}" y="{bottom + 8}" text-anchor="{anchor}" font-size="11" '
                f'fill="#7b8a8b">{local:%m-%d}</text>'
            )
        return "".join(marks)

    def _lane(self, top: int, lane: Lane) -> str:
        base = top + LANE
        values = [value for _, value in lane.points]
        low, high = min(values, default=Decimal(0)), max(values, default=Decimal(1))
        low = min(low, Decimal(0)) if lane.stepped else low
        if high == low:
            high = low + 1

        def y(value: Decimal) -> str:
            return f"{base - (value - low) / (high - low) * LANE:.1f}"

        parts = [
            f'<text x="{LEFT - 10}" y="{top + 16}" text-anchor="end" fill="#1b2631">{escape(lane.title)}</text>',
            f'<text x="{LEFT - 10}" y="{top + 34}" text-anchor="end" font-size="11" fill="#7b8a8b">'
            f"{_short(low, high - low)} … {_short(high, high - low)} {escape(lane.unit)}</text>",
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}" stroke="#ccd1d1"/>',
        ]
        if lane.points:
            drawn = [(self._x(at), y(value)) for at, value in _thin(lane.points)]
            parts.append(_path(drawn, "#7b8a8b" if lane.true else "#1f618d", stepped=lane.stepped, dashed=lane.true))
        for after, before in lane.gaps:
            wide = max(Decimal(2), Decimal(self._x(before)) - Decimal(self._x(after)))
            parts.append(f'<rect x="{self._x(after)}" y="{base - 6}" width="{wide:.1f}" height="6" fill="#17202a"/>')
        return "".join(parts)

    def _legend(self, top: int) -> list[str]:
        if not self.marked:
            return [f'<text x="24" y="{top + 10}" fill="#1e8449">nothing was done to this plant</text>']
        lines = []
        for number, one in enumerate(self.marked, 1):
            fill = _FILL.get(one.kind, "#5d6d7e")
            text = f"{number}  {one.kind} {one.happening.name}: {one.happening.what.rstrip('.')}; {one.verdict}"
            lines.append(f'<text x="24" y="{top + 20 * number - 6}" fill="{fill}">{escape(_cut(text))}</text>')
        return lines


def _thin(points: Sequence[tuple[int, Decimal]]) -> Sequence[tuple[int, Decimal]]:
    """At most about twice _MAX_STEPS points: of every stretch the lowest and the highest, so that no peak is lost."""
    size = -(-len(points) // _MAX_STEPS)
    if size <= 2:
        return points
    kept = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _path(points: Sequence[tuple[str, str]], colour: str, *, stepped: bool = False, dashed: bool = False) -> str:
    first, *rest = points
    steps = [f"M{first[0]} {first[1]}"]
    for x, y in rest:
        steps.append(f"V{y}H{x}" if stepped else f"L{x} {y}")
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="1.2"{dash}/>'


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _short(value: Decimal, span: Decimal) -> str:
    """With so many digits that the two ends of a span are told apart."""
    digits = 0 if abs(value) >= 1000 else max(2, 1 - span.adjusted())
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
