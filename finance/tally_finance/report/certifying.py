"""Which instruments of an inventory count for a site, and how far they met its load hour by hour. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np

from tally_finance.activity.bins import hours, months
from tally_finance.activity.boundary import Role
from tally_finance.activity.column import Ints, decimal_of
from tally_finance.activity.load import Load
from tally_finance.activity.site import Site
from tally_finance.activity.state import MEASURED
from tally_finance.errors import FootprintError
from tally_finance.footprint.certificates import Admitted, Claim, Contract, admitted
from tally_finance.footprint.claiming import Claimed, Use, spelling
from tally_finance.footprint.granular import HOUR_S, Counted, counted
from tally_finance.footprint.matching import Hours, Matching, matched, unmatched_why
from tally_finance.report.inventory import Inventory

_KWH: Final = "kWh"


@dataclass(frozen=True, eq=False)
class Hourly:
    """A load beside granular certificates: each with why it met no hour, empty where it could."""

    matching: Matching
    bundles: tuple[tuple[Counted, str], ...]
    grid: str
    loads: tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class Certified:
    """What counts, and everything that does not, in `admitted`. `claimed`: what the registry of claims showed."""

    admitted: Admitted
    granular: tuple[Counted, ...]
    claimed: Claimed | None


def certified(inventory: Inventory, site: Site, contracts: Iterable[Contract]) -> Certified:
    """The instruments of an inventory. Raises FootprintError."""
    claim = _claim(inventory, site)
    found = admitted(inventory.market.certificates, contracts, claim)
    granular, refused = counted(inventory.market.granular, inventory.market.cancellations, found.certificates, claim)
    every = tuple(sorted((*found.refused, *refused), key=lambda one: (one.number, one.why)))
    return Certified(replace(found, refused=every), granular, claim.claimed)


def _claim(inventory: Inventory, site: Site) -> Claim:
    market, registry, begin = inventory.market, inventory.market.registry, site.from_at
    oldest = begin if market.oldest_at is None else market.oldest_at
    claimed = None
    if registry is not None:
        use = Use(inventory.entity, site.boundary.name, begin, site.to_at)
        entries = {spelling(number): entry for number, entry in registry.entries.items()}
        claimed = Claimed(registry.organisation, registry.policy, use, entries)
    return Claim(inventory.entity, begin, site.to_at, market.regions, oldest, market.closed_at, market.taken, claimed)


def hourly(inventory: Inventory, site: Site, medium: str, granular: Sequence[Counted]) -> Hourly | None:
    """The load of a medium's main meters by the hour beside granular certificates; None where the sheet has none.

    Raises FootprintError where the site's clock has no whole hours, and where the load is not in kWh.
    """
    grid = inventory.market.grid
    if grid is None:
        return None
    meters = [one.load for term in site.terms for one in term.of(medium, Role.MAIN)]
    loads = _by_hour(site, meters)
    judged = tuple((one, unmatched_why(one.bundle, loads[0], grid)) for one in granular)
    cuts = [int(at - loads[0].from_at) // HOUR_S for at in months(site.boundary.zone, site.from_at, site.to_at)[1:-1]]
    found = matched(loads, [one.bundle for one, why in judged if not why], cuts)
    return Hourly(found, judged, grid, tuple(one.digest for one in meters))


def _by_hour(site: Site, loads: Sequence[Load]) -> list[Hours]:
    """Each load over all hours of the period, which begin as the site's clock has them."""
    clock = hours(site.boundary.zone, site.from_at, site.to_at)
    start = site.from_at - (site.from_at - int(clock[1])) % HOUR_S if clock.size > 2 else site.from_at
    grid = np.arange(start, site.to_at + HOUR_S, HOUR_S, dtype=np.int64)
    grid = grid[: int(np.searchsorted(grid, site.to_at)) + 1]
    if not set(clock[1:-1].tolist()) <= set(grid.tolist()):
        raise FootprintError(f"{site.boundary.name}: its clock is moved by a part of an hour: it has no whole hours")
    return [_hours(load, grid) for load in loads]


def _hours(load: Load, grid: Ints) -> Hours:
    """A load on a grid of hours. One that it covers in part, or that registers do not end at, is unknown."""
    if load.unit != _KWH:
        raise FootprintError(f"{load.point}: a load that is matched by the hour is in kWh, not in {load.unit}")
    inner = grid[(grid > load.from_at) & (grid < load.to_at)]
    edges = np.concatenate(([load.from_at], inner, [load.to_at])).astype(np.int64)
    bins = load.between(edges)
    kwh = [Decimal(0)] * (grid.size - 1)
    first = int(np.searchsorted(grid, load.from_at, "right")) - 1
    kwh[first : first + edges.size - 1] = [decimal_of(int(one), bins.places) for one in bins.quantity]
    vague = (bins.worst != MEASURED) | (np.diff(edges) != HOUR_S)
    unknown = frozenset((np.flatnonzero(vague) + first).tolist())
    source = {"load": load.digest.hex(), "point": load.point, "register": load.register}
    return Hours(int(grid[0]), tuple(kwh), source, unknown)
