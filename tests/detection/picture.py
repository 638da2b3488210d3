"""How often a theft was found, by its size: one small picture a theft, one line for each number of days. SVG."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from tally_trial import power

ACROSS = 4
WIDE, HIGH = 250, 150
LEFT, TOP = 40, 74
PLOT_WIDE, PLOT_HIGH = WIDE - 50, HIGH - 56
COLOURS = {14: "#aed6f1", 28: "#5499c7", 56: "#1a5276"}
"""Later is darker."""

GREY = "#7b8a8b"


def render(profile: str, measured: dict[str, Any]) -> str:
    """The picture of a profile. The same numbers give the same bytes."""
    thefts = measured["thefts"]
    rows = -(-len(thefts) // ACROSS)
    across = min(ACROSS, len(thefts))
    width, height = max(640, LEFT + across * WIDE), TOP + rows * HIGH + 12
    body = [_panel(number, theft, measured["runs"]) for number, theft in enumerate(thefts)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            f'<text x="16" y="26" font-size="17" fill="#1b2631">{escape(profile)}: thefts found, in % of '
            f"{measured['runs']} runs, by their size</text>",
            _legend(),
            *body,
            "</svg>",
            "",
        ]
    )


def _legend() -> str:
    parts, x = [], 16
    for days, colour in COLOURS.items():
        parts.append(
            f'<line x1="{x}" x2="{x + 22}" y1="43" y2="43" stroke="{colour}" stroke-width="2.5"/>'
            f'<text x="{x + 27}" y="47" fill="{GREY}">within {days} days</text>'
        )
        x += 130
    parts.append(
        f'<line x1="{x}" x2="{x + 22}" y1="43" y2="43" stroke="{GREY}" stroke-dasharray="3 3"/>'
        f'<text x="{x + 27}" y="47" fill="{GREY}">{power.WANTED * 100:.0f} %</text>'
    )
    return "".join(parts)


def _panel(number: int, theft: dict[str, Any], runs: int) -> str:
    left = LEFT + number % ACROSS * WIDE
    top = TOP + number // ACROSS * HIGH
    sizes = power.sizes(theft["kind"])
    unit = "t" if theft["kind"] == "night-drive" else "%"

    def x(size: int) -> int:
        return left + sizes.index(size) * PLOT_WIDE // (len(sizes) - 1)

    def y(found: int) -> int:
        return top + 16 + PLOT_HIGH - found * PLOT_HIGH // runs

    wanted = top + 16 + PLOT_HIGH - int(power.WANTED * PLOT_HIGH)
    parts = [
        f'<text x="{left}" y="{top + 6}" fill="#1b2631">{escape(theft["kind"])}, {escape(theft["meter"])} '
        f'<tspan fill="{GREY}">{escape(theft["register"])}</tspan></text>',
        f'<rect x="{left}" y="{top + 16}" width="{PLOT_WIDE}" height="{PLOT_HIGH}" fill="none" stroke="#e5e8e8"/>',
        f'<line x1="{left}" x2="{left + PLOT_WIDE}" y1="{wanted}" y2="{wanted}" stroke="{GREY}" '
        'stroke-dasharray="3 3" stroke-width="0.7"/>',
        _text(left - 5, top + 22, "100", "end"),
        _text(left - 5, top + 16 + PLOT_HIGH, "0", "end"),
    ]
    parts += [_text(x(size), top + 30 + PLOT_HIGH, str(size), "middle") for size in sizes]
    parts.append(_text(left + PLOT_WIDE + 16, top + 30 + PLOT_HIGH, unit, "middle"))
    for days, colour in COLOURS.items():
        found = theft["found"][str(days)]
        points = " ".join(f"{x(size)},{y(found[str(size)])}" for size in sizes)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return "".join(parts)


def _text(x: int, y: int, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="10" text-anchor="{anchor}" fill="{GREY}">{escape(text)}</text>'
