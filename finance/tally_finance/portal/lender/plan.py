"""The plan of a warehouse as a drawing: outlines from the registry, metres to scale, north up. No IO.

Outlines come in 1e-7 degree (WGS84). A site is small, so degrees are drawn as metres at its own latitude; coordinates
of the drawing are whole tenths of a unit, which is finer than any screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_finance.portal.lender import figures, wording
from tally_gateway.pages.words import Words

WIDTH: Final = 800
_MARGIN: Final = 24
_MOST_HEIGHT: Final = 900
_M_PER_UNIT: Final = 40_075_017 / 360 / 1e7
"""Of 1e-7 degree of latitude."""
_SCALES_M: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(frozen=True, slots=True)
class Shape:
    """A slot: its corners as SVG has them, where its label stands, how it is and what it says."""

    slot: str
    points: str
    x: int
    y: int
    label: str
    tone: str
    says: Words
    is_named: bool
    """Whether it is the one that the page is about."""


@dataclass(frozen=True, slots=True)
class Level:
    """A slot seen from the side: between two heights, in units of the drawing, metres in words."""

    slot: str
    x: int
    width: int
    y: int
    height: int
    label: str
    tone: str
    says: Words


@dataclass(frozen=True, slots=True)
class Plan:
    """A drawing of WIDTH x `height`; `scale` is how long `scale_m` metres are. `levels`: the same from the side."""

    height: int
    outline: str
    shapes: tuple[Shape, ...]
    scale: int
    scale_m: int
    levels: tuple[Level, ...]
    levels_height: int


@dataclass(frozen=True, slots=True)
class _Frame:
    west: float
    north: float
    narrowing: float
    scale: float

    def place(self, corner: Sequence[int]) -> tuple[float, float]:
        lon, lat = corner
        x = (lon * self.narrowing - self.west) * self.scale + _MARGIN
        return x, (self.north - lat) * self.scale + _MARGIN


def drawn(site: Mapping[str, Any], named: str | None = None) -> Plan:
    """The plan of a site as the desk tells of it. `named`: a slot that stands out."""
    corners = [tuple(one) for one in site["outline"]]
    corners += [tuple(one) for slot in site["slots"] for one in slot["outline"]]
    frame, height = _framed(corners)
    shapes = [_shape(slot, number, frame, named) for number, slot in enumerate(site["slots"], 1)]
    levels, side = _levels(site["slots"])
    metres = _scale_of(frame)
    units = round(metres / _M_PER_UNIT * frame.scale)
    return Plan(height, _points(site["outline"], frame), tuple(shapes), units, metres, levels, side)


def state_of(slot: Mapping[str, Any]) -> tuple[str, Words]:
    """How a slot is, by the worst of its lots and receipts."""
    lots = slot["lots"]
    receipts = [one for lot in lots for one in lot["receipts"]]
    if not lots:
        return "plain", Words("empty", "空置")
    if any(lot["is_short"] for lot in lots):
        return "bad", Words("goods are missing", "短少")
    if any(one["is_held"] or one["encumbrance"] in wording.GRAVE for one in receipts):
        return "bad", Words("held, or in default", "冻结或违约")
    if any(lot["attested_at"] is None for lot in lots):
        return "doubt", Words("not attested yet", "尚无见证量")
    if any(one["encumbrance"] == "margin_call" for one in receipts):
        return "doubt", Words("margin call runs", "追保中")
    if any(one["encumbrance"] == "registered" for one in receipts):
        return "good", Words("pledged and registered", "已质押并登记")
    return "first", Words("goods without a pledge", "有货未质押")


def _framed(corners: Sequence[Sequence[int]]) -> tuple[_Frame, int]:
    lats = [lat for _, lat in corners]
    narrowing = max(0.01, math.cos(math.radians(sum(lats) / len(lats) / 1e7)))
    xs = [lon * narrowing for lon, _ in corners]
    wide, high = max(max(xs) - min(xs), 1.0), max(max(lats) - min(lats), 1.0)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_MOST_HEIGHT - 2 * _MARGIN) / high)
    frame = _Frame(min(xs) - ((WIDTH - 2 * _MARGIN) / scale - wide) / 2, max(lats), narrowing, scale)
    return frame, round(high * scale) + 2 * _MARGIN


def _shape(slot: Mapping[str, Any], number: int, frame: _Frame, named: str | None) -> Shape:
    placed = [frame.place(one) for one in slot["outline"]]
    tone, words = state_of(slot)
    low, high = figures.metres(slot["bottom_mm"]), figures.metres(slot["top_mm"])
    lots = len(slot["lots"])
    says = Words(
        f"slot {number}: {words.english}; {lots} lots; {low} to {high} m high",
        f"货位 {number}：{words.chinese}；{lots} 个批次；标高 {low}–{high} 米",
    )
    x = sum(one for one, _ in placed) / len(placed)
    y = sum(one for _, one in placed) / len(placed)
    return Shape(
        slot["slot"], _points(slot["outline"], frame), round(x), round(y), str(number), tone, says,
        slot["slot"] == named,
    )  # fmt: skip


def _points(outline: Iterable[Sequence[int]], frame: _Frame) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(frame.place, outline))


def _scale_of(frame: _Frame) -> int:
    """The longest round length that fits a quarter of the drawing."""
    room = WIDTH / 4 / frame.scale * _M_PER_UNIT
    return max((one for one in _SCALES_M if one <= room), default=_SCALES_M[0])


_SIDE_HEIGHT: Final = 160
_SIDE_MOST: Final = 24
"""So many slots are drawn from the side; the table has them all."""


def _levels(slots: Sequence[Mapping[str, Any]]) -> tuple[tuple[Level, ...], int]:
    shown = slots[:_SIDE_MOST]
    if not shown:
        return (), 0
    low = min(*(int(one["bottom_mm"]) for one in shown), 0)
    high = max(*(int(one["top_mm"]) for one in shown), low + 1)
    step = (WIDTH - 2 * _MARGIN) // len(shown)

    def place(mm: int) -> int:
        return _MARGIN + (high - mm) * (_SIDE_HEIGHT - 2 * _MARGIN) // (high - low)

    found = []
    for number, one in enumerate(shown):
        tone, _ = state_of(one)
        top, bottom = figures.metres(one["top_mm"]), figures.metres(one["bottom_mm"])
        y = place(one["top_mm"])
        says = Words(f"slot {number + 1}: {bottom} to {top} m", f"货位 {number + 1}：{bottom}–{top} 米")
        width = min(max(step - 6, 4), 90)
        found.append(
            Level(
                one["slot"],
                _MARGIN + number * step,
                width,
                y,
                max(place(one["bottom_mm"]) - y, 1),
                str(number + 1),
                tone,
                says,
            )
        )
    return tuple(found), _SIDE_HEIGHT
