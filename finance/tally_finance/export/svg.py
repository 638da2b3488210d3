"""A drawing as SVG within a page: colours are the page's own classes, so that they follow a dark room. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tally_finance.bilingual import Text
from tally_finance.export.document import Plot
from tally_finance.export.drawing import Anchor, Box, Cells, Drawing, Label, Shape, Stroke

_ANCHORS: Final = {Anchor.START: "", Anchor.MIDDLE: ' text-anchor="middle"', Anchor.END: ' text-anchor="end"'}

Escape = Callable[[Text], str]


def svg(plot: Plot, name: str, escape: Escape, classes: str = "") -> str:
    """The element. `name`: of its title and description; `escape`: a text as markup, in the language of the page;
    `classes`: of its style sheet.
    """
    drawing = plot.drawing
    looks = f' class="{classes}"' if classes else ""
    return (
        f'<svg{looks} viewBox="0 0 {_place(drawing.width)} {_place(drawing.height)}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{escape(plot.words)}</title>'
        f'<desc id="{name}-desc">{escape(plot.says)}</desc>{"".join(_shapes(drawing, escape))}</svg>'
    )


def _shapes(drawing: Drawing, escape: Escape) -> Iterator[str]:
    for one in drawing.shapes:
        yield _shape(one, escape)


def _shape(one: Shape, escape: Escape) -> str:
    match one:
        case Box():
            size = f'width="{_place(one.width)}" height="{_place(one.height)}"'
            return f'<rect class="fill-{one.ink.value}" x="{_place(one.x)}" y="{_place(one.y)}" {size}/>'
        case Stroke():
            ends = " ".join(f'{name}="{_place(getattr(one, name))}"' for name in ("x1", "y1", "x2", "y2"))
            return f'<line class="line-{one.ink.value}" {ends} stroke-width="{_place(one.width)}"/>'
        case Cells():
            path = "".join(
                f"M{_place(x)} {_place(y)}h{_place(width)}v{_place(height)}h{_place(-width)}z"
                for x, y, width, height in one.boxes
            )
            strength = "" if one.strength >= 1 else f' fill-opacity="{_place(one.strength)}"'
            return f'<path class="fill-{one.ink.value}"{strength} d="{path}"/>'
        case Label():
            place = f'x="{_place(one.x)}" y="{_place(one.y)}"'
            return f"<text {place}{_ANCHORS[one.anchor]}>{escape(one.text)}</text>"


def _place(value: float) -> str:
    """A place to a hundredth of a point."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
