"""What a site bought, made, fed in and used of a medium, as a whole and by the month. Exact, no IO.

    bought      main meters                               (外购)
    made        generation meters                         (自发)
    fed in      export meters                             (上网)
    used        bought + made − fed in                    (消耗)

Conservative: what adds counts with its ceiling where nobody read it, what is taken off only with what registers prove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import Bin
from tally_finance.activity.boundary import Role
from tally_finance.activity.column import summed
from tally_finance.activity.load import Share
from tally_finance.activity.site import Metered, Site
from tally_finance.activity.state import State

_DOMAIN: Final = b"tallystick activity 1\0"
_COUNTED: Final = (Role.MAIN, Role.GENERATION, Role.EXPORT)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one medium over [`from_at`, `to_at`), in `unit`. `state`: the worst of any part of it."""

    from_at: int
    to_at: int
    unit: str
    bought: Decimal
    made: Decimal
    fed_in: Decimal
    state: State

    @property
    def used(self) -> Decimal:
        """What the site used itself."""
        return EXACT.subtract(EXACT.add(self.bought, self.made), self.fed_in)

    @property
    def is_bounded(self) -> bool:
        """Whether no more can have been bought, made and used than it says."""
        return self.state is not State.MISSING


def totals(site: Site, medium: str) -> Totals:
    """Over the whole period."""
    loads = [(one.line.role, one.load) for one in _counted(site, medium)]
    sums = {role: summed(load.total for of, load in loads if of is role) for role in _COUNTED}
    worst = max((max(load.by_state()) for _, load in loads), default=State.MEASURED)
    return Totals(
        site.from_at,
        site.to_at,
        _unit(site, medium),
        sums[Role.MAIN],
        sums[Role.GENERATION],
        sums[Role.EXPORT],
        worst,
    )


def monthly(site: Site, medium: str) -> list[Totals]:
    """By the month of the site's clock; a month in which the boundary changed comes in two parts."""
    unit = _unit(site, medium)
    rows: list[Totals] = []
    for term in site.terms:
        of_role = {
            role: [list(one.load.monthly(site.boundary.zone)) for one in term.of(medium, role)] for role in _COUNTED
        }
        count = max((len(bins) for of in of_role.values() for bins in of), default=0)
        rows += (_month({role: [one[at] for one in of] for role, of in of_role.items()}, unit) for at in range(count))
    return rows


def _month(bins: Mapping[Role, Sequence[Bin]], unit: str) -> Totals:
    every = [one for of in bins.values() for one in of]
    sums = [summed(one.quantity for one in bins[role]) for role in _COUNTED]
    return Totals(every[0].from_at, every[0].to_at, unit, sums[0], sums[1], sums[2], max(one.state for one in every))


def shares(site: Site, medium: str) -> dict[State, Share]:
    """What of everything bought and made stands in each state; seconds and intervals are those of all meters."""
    found: dict[State, Share] = {}
    for one in _counted(site, medium):
        if one.line.adds:
            for state, share in one.load.by_state().items():
                known = found.get(state, Share(Decimal(0), 0, 0))
                found[state] = Share(
                    EXACT.add(known.quantity, share.quantity),
                    known.seconds + share.seconds,
                    known.intervals + share.intervals,
                )
    return dict(sorted(found.items()))


def digest(site: Site) -> bytes:
    """SHA-256 over the sheet's digest and every load's, by term and name of the meter: the data behind every figure."""
    hashed = hashlib.sha256(_DOMAIN + site.boundary.digest)
    for term in site.terms:
        for name in sorted(term.meters):
            hashed.update(term.meters[name].load.digest)
    return hashed.digest()


def _counted(site: Site, medium: str) -> list[Metered]:
    return [one for term in site.terms for role in _COUNTED for one in term.of(medium, role)]


def _unit(site: Site, medium: str) -> str:
    return next(
        line.unit
        for term in site.terms
        for line in term.version.lines
        if line.medium == medium and line.role is not Role.COUNTER
    )
