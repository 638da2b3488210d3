"""All plausibility checks over one observation, with what a reader knows of the site. Pure: no IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tally_finance.plausibility import balance, goods, mass, ratio, sameness, stillness
from tally_finance.plausibility.doubt import Doubt, Said, Weighed, weighed
from tally_finance.plausibility.gate import Keep
from tally_finance.plausibility.mass import Stores
from tally_finance.plausibility.observed import Observed
from tally_finance.plausibility.ratio import Drive

NAMES = (
    balance.NAME,
    ratio.NAME,
    mass.NAME,
    goods.COUNT_BALANCE,
    goods.SERIAL_TWICE,
    goods.MASS_PER_SERIAL,
    stillness.FROZEN,
    stillness.TOO_EVEN,
    sameness.NAME,
)
"""Every name that a doubt can have. Names are never given another meaning."""

STATISTICAL = frozenset({balance.NAME, ratio.NAME, mass.NAME})
"""Those that learn from the first days, and can be wrong by chance."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a reader knows of a site beside its evidence: what works for what, what lies behind which gate and gauge."""

    drives: tuple[Drive, ...] = ()
    stores: tuple[Stores, ...] = ()
    keeps: tuple[Keep, ...] = ()


def statistics(observed: Observed, site: Site) -> list[Doubt]:
    """The doubts of the checks that learn from the first days. They look at midnights alone."""
    return [said for said in _learning(observed, site) if isinstance(said, Doubt)]


def _learning(observed: Observed, site: Site) -> Iterator[Said]:
    yield from balance.check(observed)
    yield from ratio.check(observed, site.drives)
    yield from mass.check(observed, site.stores)


def weigh(observed: Observed, site: Site) -> Weighed:
    """Every doubt, and what could not be judged, each by name and place."""
    return weighed(
        [
            *_learning(observed, site),
            *goods.check(observed, site.keeps),
            *stillness.check(observed),
            *sameness.check(observed),
        ]
    )
