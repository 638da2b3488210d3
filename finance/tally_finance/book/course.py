"""A facility's position over time (头寸走势): at each moment what was known then, as of then. No IO.

What was known at a time that is over never changes, whatever is corrected later, so a point is reckoned once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tally_finance.book.before import Figures, figures_of
from tally_finance.book.position import FacilityPosition, Line

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Point:
    """`at`: Unix seconds. Ratios are exact; None where nothing is owed, or nothing is left of the value."""

    at: int
    figures: Figures
    coverage: Fraction | None
    loan_to_value: Fraction | None
    line: Line
    called: bool


def moments(first: int, last: int, most: int, utc_offset_s: int = 0) -> tuple[int, ...]:
    """At most `most` moments after `first` up to `last`, oldest first: `last`, and ends of banking days before it.

    Days are left out evenly where there are too many. They stay the same all day long, so that points are known again.
    """
    if last < first or most < 1:
        return ()
    today = (last + utc_offset_s) // DAY_S
    ends = range((first + utc_offset_s) // DAY_S + 1, today + 1)
    step = max(1, -(-len(ends) // max(1, most - 1)))
    chosen = [one * DAY_S - 1 - utc_offset_s for one in ends if (today - one) % step == 0]
    return (*(one for one in chosen[-(most - 1) :] if first <= one < last and most > 1), last)


def point_of(position: FacilityPosition) -> Point:
    """A position as a point."""
    return Point(
        position.as_of,
        figures_of(position),
        position.secured.coverage,
        position.secured.loan_to_value,
        position.line,
        position.margin_call is not None,
    )
