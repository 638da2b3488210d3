"""A meter against its sub-meters by the month (总分表平衡): what goes in and reaches no sub-meter is un-metered. No IO.

What goes in is the meter's own quantity, with what is made behind it and without what is fed in from behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import Bin
from tally_finance.activity.boundary import Role
from tally_finance.activity.column import summed
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.site import Site, Term
from tally_finance.activity.state import State
from tally_finance.plausibility.balance import MORE_THAN_ALL, MORE_WATER

WATER: Final = "water"


@dataclass(frozen=True, slots=True)
class Balance:
    """What went into a meter's network over [`from_at`, `to_at`), and what its sub-meters show of it, in `unit`.

    `judged`: whether every part of it was measured; estimates balance nothing.
    """

    meter: str
    from_at: int
    to_at: int
    unit: str
    went_in: Decimal
    sub_metered: Decimal
    judged: bool

    @property
    def unmetered(self) -> Decimal:
        """What reached no sub-meter; below zero where they show more."""
        return EXACT.subtract(self.went_in, self.sub_metered)

    @property
    def unmetered_share(self) -> Fraction | None:
        """Of what went in; None where nothing did."""
        return Fraction(self.unmetered) / Fraction(self.went_in) if self.went_in else None


def balances(site: Site) -> tuple[Balance, ...]:
    """A row for each month of each meter that has sub-meters, by term and name."""
    return tuple(
        row
        for term in site.terms
        for line in sorted(term.version.lines, key=lambda one: one.name)
        if term.version.below(line.name, Role.SUB)
        for row in _rows(site, term, line.name)
    )


def _rows(site: Site, term: Term, name: str) -> Iterator[Balance]:
    def bins(*roles: Role) -> list[list[Bin]]:
        lines = term.version.below(name, *roles)
        return [list(term.meters[line.name].load.monthly(site.boundary.zone)) for line in lines]

    line = term.meters[name].line
    own = list(term.meters[name].load.monthly(site.boundary.zone))
    made, fed_in, subs = bins(Role.GENERATION), bins(Role.EXPORT), bins(Role.SUB)
    for at, month in enumerate(own):
        plus, minus, parts = ([one[at] for one in of] for of in (made, fed_in, subs))
        came = summed(one.quantity for one in (month, *plus))
        went_in = EXACT.subtract(came, summed(one.quantity for one in minus))
        shown = summed(one.quantity for one in parts)
        judged = all(one.state <= State.BRIDGED for one in (month, *plus, *minus, *parts))
        yield Balance(name, month.from_at, month.to_at, line.unit, went_in, shown, judged)


def remarks(site: Site, rows: tuple[Balance, ...]) -> Iterator[Remark]:
    """Months in which sub-meters show more than all, and those in which too much reaches none."""
    for row in rows:
        line = next(term.meters[row.meter].line for term in site.terms if term.from_at <= row.from_at < term.to_at)
        most = MORE_WATER if line.medium == WATER else MORE_THAN_ALL
        if not row.judged:
            continue
        if row.sub_metered > EXACT.multiply(row.went_in, most):
            text = f"from {row.from_at} to {row.to_at} they show {row.sub_metered:f} of {row.went_in:f} {row.unit}"
            yield Remark(Name.SUBS_EXCEED, row.meter, text)
        share = row.unmetered_share
        if line.unmetered_most is not None and share is not None and share > Fraction(line.unmetered_most):
            text = f"from {row.from_at} to {row.to_at}: {row.unmetered:f} of {row.went_in:f} {row.unit}"
            yield Remark(Name.UNMETERED, row.meter, text)
