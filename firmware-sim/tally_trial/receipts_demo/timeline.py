"""The timeline as SVG, written by hand: quantity, price, cover and loan to value, with what was done. No IO."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final
from xml.sax.saxutils import escape

from tally_trial.receipts_demo.days import date_of, midnight
from tally_trial.receipts_demo.record import Moment, Record, Step
from tally_trial.receipts_demo.terms import ADVANCE, LIQUIDATION, WARNING
from tally_trial.scene import DAY_S

WIDTH: Final = 1200
LEFT: Final = 150
RIGHT: Final = 150
TOP: Final = 92
LANE: Final = 130
GAP: Final = 34
ROW: Final = 19
COLUMNS: Final = 2
_DATES: Final = 6
"""Days from one date on the axis to the next."""
_NUMBER: Final = 20
"""Pixels that a step's number takes; numbers that would touch stand in the next of the rows over the lanes."""
_ROWS: Final = 3
_TICKS: Final = 6
_TITLE: Final = 40
"""Pixels at the top left of a lane that its title takes."""

_HEADROOM: Final = Fraction(6, 100)

_BLUE, _GREY, _RED, _AMBER, _GREEN = "#1f618d", "#85929e", "#c0392b", "#d68910", "#1e8449"
_ATTESTED: Final = "attested 见证量"

Value = Decimal | Fraction
Points = list[tuple[int, Value]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a lane: its name, (Unix seconds, value) points, colour; stepped from point to point, or straight."""

    name: str
    points: Points
    colour: str
    dashed: bool = False
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A strip: title, its Chinese name, unit, lines. `show` writes a value of the axis."""

    title: str
    chinese: str
    lines: Sequence[Line]
    show: Callable[[Value], str]


def render(title: str, record: Record) -> str:
    """The SVG. The same record gives the same bytes."""
    lanes = lanes_of(record.moments)
    marked = [step for step in record.steps if step.name != _ATTESTED]
    begins = midnight(marked[0].at)
    ends = record.moments[-1].at + DAY_S
    picture = _Picture(begins, ends)
    notes = TOP + len(lanes) * (LANE + GAP) + 16
    height = notes + ROW * (-(-len(marked) // COLUMNS)) + 24
    body = [picture.axis(len(lanes)), picture.marks(marked, len(lanes))]
    body += [picture.lane(TOP + number * (LANE + GAP), lane) for number, lane in enumerate(lanes)]
    body += _legend(marked, notes)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="24" y="30" font-size="19" fill="#1b2631">{escape(title)}</text>',
            '<text x="24" y="50" fill="#566573">goods by verified evidence, prices by signed quotes, every operation '
            "on the chain by its parties' signatures; numbers are those of the steps below</text>",
            *body,
            "</svg>",
            "",
        ]
    )


def lanes_of(moments: Sequence[Moment]) -> list[Lane]:
    """Quantity in t, price in yuan a tonne, money in thousand yuan, loan to value in per cent."""

    def taken(value: Callable[[Moment], Value | None], scale: int = 1) -> Points:
        found = ((one.at, value(one)) for one in moments)
        return [(at, Fraction(each) / scale) for at, each in found if each is not None]

    def line_price(line: Decimal) -> Callable[[Moment], Fraction | None]:
        def price(one: Moment) -> Fraction | None:
            if one.per_t is None or one.loan_to_value is None or not one.loan_to_value:
                return None
            return Fraction(one.per_t) * one.loan_to_value / Fraction(line)

        return price

    def level(share: Decimal) -> Points:
        return [(one.at, Fraction(share) * 100) for one in moments if one.loan_to_value]

    return [
        Lane("quantity, t", "数量", (
            Line("attested 见证量", taken(lambda one: one.estimate_kg, 1000), _BLUE, stepped=True),
            Line("lower bound 下限", taken(lambda one: one.lower_kg, 1000), _GREY, dashed=True, stepped=True),
            Line("pledged 已质押", taken(lambda one: one.pledged_kg, 1000), _GREEN, stepped=True),
        ), _whole),
        Lane("price, CNY/t", "盯市价", (
            Line("price 价格", taken(lambda one: one.per_t), _BLUE),
            Line("warning 警戒价", taken(line_price(WARNING)), _AMBER, dashed=True),
            Line("liquidation 平仓价", taken(line_price(LIQUIDATION)), _RED, dashed=True),
        ), _whole),
        Lane("CNY thousand", "千元", (
            Line("value 押品价值", taken(lambda one: one.value, 1000), _GREY),
            Line("lendable 可融资额度", taken(lambda one: one.lendable, 1000), _BLUE),
            Line("owed 敞口", taken(lambda one: one.exposure, 1000), _RED, stepped=True),
        ), _whole),
        Lane("loan to value, %", "动态质押率", (
            Line("loan to value", [(t, v * 100) for t, v in taken(lambda one: one.loan_to_value or None)], _BLUE),
            Line("liquidation 平仓线", level(LIQUIDATION), _RED, dashed=True),
            Line("warning 警戒线", level(WARNING), _AMBER, dashed=True),
            Line("advance 质押率", level(ADVANCE), _GREY, dashed=True),
        ), _whole),
    ]  # fmt: skip


def _whole(value: Value) -> str:
    return f"{round(Fraction(value)):,}"


@dataclass(frozen=True, slots=True)
class _Picture:
    begins: int
    ends: int

    def x(self, moment: int) -> float:
        """The pixel of a time."""
        share = Fraction(moment - self.begins, self.ends - self.begins)
        return round(float(LEFT + share * (WIDTH - LEFT - RIGHT)), 1)

    def axis(self, lanes: int) -> str:
        """Dates under the lanes, and a thin line for each."""
        bottom = TOP + lanes * (LANE + GAP) - GAP
        return "".join(
            f'<line x1="{self.x(moment)}" x2="{self.x(moment)}" y1="{TOP}" y2="{bottom}" stroke="#eaeded"/>'
            f'<text x="{self.x(moment)}" y="{bottom + 16}" text-anchor="middle" font-size="11" fill="#7b8a8b">'
            f"{date_of(moment):%m-%d}</text>"
            for moment in range(self.begins, self.ends, _DATES * DAY_S)
        )

    def marks(self, steps: Iterable[Step], lanes: int) -> str:
        """A line through all lanes for each moment at which something was done, its steps' numbers over it."""
        bottom = TOP + lanes * (LANE + GAP) - GAP
        parts, free = [], [0.0] * _ROWS
        for moment, numbers in _together(steps):
            x = max(self.x(moment), LEFT)
            text = numbers if len(numbers) < 3 else [numbers[0], "…", numbers[-1]]
            shown = " ".join(map(str, text))
            row = next((row for row in range(_ROWS) if free[row] <= x), _ROWS - 1)
            free[row] = x + _NUMBER + 6 * len(shown)
            parts.append(
                f'<line x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{bottom}" stroke="#5d6d7e" stroke-opacity="0.35"/>'
                f'<text x="{x}" y="{TOP - 12 - 11 * row}" text-anchor="middle" font-size="10" fill="#34495e">'
                f"{shown}</text>"
            )
        return "".join(parts)

    def lane(self, top: int, lane: Lane) -> str:
        """Title and axis on the left, lines, and their names at the right, none upon another."""
        values = [value for line in lane.lines for _, value in line.points]
        low, high = min(values, default=Fraction(0)), max(values, default=Fraction(1))
        room = (Fraction(high) - Fraction(low) or Fraction(1)) * _HEADROOM
        low, high = max(Fraction(0), Fraction(low) - room), Fraction(high) + room

        def y(value: Value) -> float:
            return round(float(top + LANE - (Fraction(value) - low) / (high - low) * LANE), 1)

        parts = [
            f'<text x="{LEFT - 12}" y="{top + 14}" text-anchor="end" fill="#1b2631">{escape(lane.title)}</text>',
            f'<text x="{LEFT - 12}" y="{top + 31}" text-anchor="end" fill="#7b8a8b">{escape(lane.chinese)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{LANE}" fill="none" stroke="#d5d8dc"/>',
        ]
        for value in _ticks(low, high):
            if y(value) < top + _TITLE:
                continue
            parts.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value)}" y2="{y(value)}" stroke="#f2f3f4"/>'
                f'<text x="{LEFT - 12}" y="{y(value) + 4}" text-anchor="end" font-size="10" fill="#7b8a8b">'
                f"{lane.show(value)}</text>"
            )
        parts += [self._line(line, y) for line in lane.lines if line.points]
        ended = ((y(line.points[-1][1]), line) for line in lane.lines if line.points)
        ends = sorted(ended, key=lambda one: one[0])
        return "".join([*parts, *_labels(ends, top)])

    def _line(self, line: Line, y: Callable[[Value], float]) -> str:
        (first, value), *rest = line.points
        path = [f"M{self.x(first)} {y(value)}"]
        for moment, value in rest:
            path.append(f"H{self.x(moment)}V{y(value)}" if line.stepped else f"L{self.x(moment)} {y(value)}")
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        return f'<path d="{"".join(path)}" fill="none" stroke="{line.colour}" stroke-width="1.6"{dash}/>'


def _ticks(low: Fraction, high: Fraction) -> list[Fraction]:
    """Round values from `low` to `high`: steps of 1, 2 or 5 times a power of ten, four to nine of them."""
    step, factors = Fraction(10) ** (len(str(int(high - low) or 1)) - 2), (Fraction(2), Fraction(5, 2), Fraction(2))
    for factor in itertools.cycle(factors):
        if (high - low) / step <= _TICKS:
            break
        step *= factor
    return [step * number for number in range(ceil(low / step), floor(high / step) + 1)]


def _labels(ends: Sequence[tuple[float, Line]], top: int) -> list[str]:
    """The names of lines at the right, as near to their ends as the others let them."""
    found, free = [], float(top)
    for number, (wanted, line) in enumerate(ends):
        last = top + LANE - 13 * (len(ends) - number - 1)
        y = min(max(wanted + 4, free + 10), last)
        free = y + 3
        found.append(
            f'<text x="{WIDTH - RIGHT + 8}" y="{y:.1f}" font-size="11" fill="{line.colour}">{escape(line.name)}</text>'
        )
    return found


def _together(steps: Iterable[Step]) -> list[tuple[int, list[object]]]:
    """The numbers of the steps of each day, at the time of the first."""
    found: dict[int, list[object]] = {}
    first: dict[int, int] = {}
    for step in steps:
        day = midnight(step.at)
        first.setdefault(day, step.at)
        found.setdefault(day, []).append(step.number)
    return [(first[day], numbers) for day, numbers in found.items()]


def _legend(steps: Sequence[Step], top: int) -> list[str]:
    rows = -(-len(steps) // COLUMNS)
    lines = []
    for place, step in enumerate(steps):
        column, row = divmod(place, rows)
        x, y = 24 + column * (WIDTH - 24) // COLUMNS, top + ROW * (row + 1)
        colour = _RED if "预警" in step.name or "违约" in step.name else "#34495e"
        lines.append(
            f'<text x="{x}" y="{y}" fill="{colour}">{step.number:>2}  {date_of(step.at):%m-%d}  {escape(step.name)}'
            f'<tspan fill="#7b8a8b">  {escape(step.figure)}</tspan></text>'
        )
    return lines
