"""The tables that are drawn from report.json as it stands. No IO.

A number that no decimal holds (a third) stays text. Parts that an older report does not have give no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_edge.agent.settle import SiteTime
from tally_finance.export.activity_columns import ACTIVITY
from tally_finance.export.emission_columns import EMISSIONS
from tally_finance.export.plain_table import Item, plain_table
from tally_finance.export.table import Table


def tables(said: Mapping[str, Any]) -> list[Table]:
    """Every table of a report. Raises ExportError for a value that is not of its column's type."""
    clock = SiteTime(ZoneInfo(said["timezone"]))
    return [
        plain_table(spec.name, spec.chinese, spec.columns, partial(_ITEMS[spec.name], said), clock)
        for spec in (*EMISSIONS, *ACTIVITY)
        if spec.needs in said
    ]


def _pairs(name: str, first: str, second: str) -> Callable[[Item], Iterator[Item]]:
    def found(said: Item) -> Iterator[Item]:
        for figure, one in said["figures"].items():
            for pair in one[name]:
                yield {"figure": figure, first: pair[0], second: pair[1]}

    return found


def _below(outer: str, inner: str, word: str, key: str = "id") -> Callable[[Item], Iterator[Item]]:
    """The items of an inner list, each with what names the outer one."""

    def found(said: Item) -> Iterator[Item]:
        for one in said[outer]:
            for number, each in enumerate(one.get(inner, ()), 1):
                yield {**each, word: one[key], "number": str(number)}

    return found


def _figures(said: Item) -> Iterator[Item]:
    for name, one in said["figures"].items():
        yield {**one, "figure": name}


def _ends(item: Item) -> Item:
    """An interval with the ids of the statements at its ends."""
    ends = {f"{end}_statement": (item.get(end) or {}).get("statement") for end in ("first", "last")}
    return {**item, **ends}


def _instruments(said: Item) -> Iterator[Item]:
    found = said["instruments"]
    for kind in ("certificates", "contracts"):
        for number in found.get(kind, ()):
            yield {"kind": kind, "number": number, "counts": True}
    for one in found.get("refused", ()):
        yield {"kind": "refused", "number": one["number"], "counts": False, "why": one["why"]}


def _claims(said: Item) -> Sequence[Item]:
    registry = said["instruments"].get("registry", {})
    return list(registry.get("claims", ()))


def _hourly(said: Item) -> Iterator[Item]:
    """The year and its months."""
    hourly = said["instruments"].get("hourly")
    if hourly is not None:
        yield {**hourly, "stretch": "all 合计", "from": said["from"], "to": said["to"]}
        for one in hourly["months"]:
            yield {**one, "stretch": "month 月"}


def _hourly_certificates(said: Item) -> Sequence[Item]:
    return list(said["instruments"].get("hourly", {}).get("certificates", ()))


def _resources(said: Item) -> Iterator[Item]:
    """What a loan may count beside emissions: each use, then all of them together."""
    for one in said["resources"].values():
        yield from one["rows"]
        yield {**one, "use": "all 合计", "amount": "", "total": one["amount"]}


def _market(said: Item) -> Iterator[Item]:
    for name, value in said["instruments"].items():
        if name.endswith("_kwh"):
            yield {"what": name.removesuffix("_kwh"), "kwh": value}


def _evidence(said: Item) -> Iterator[Item]:
    for digest in said["evidence"]:
        yield {"what": "bundle", "name": "", "sha256": digest}
    for name, digest in said["sheets"].items():
        yield {"what": "sheet", "name": name, "sha256": digest}
    for name in ("trace", "registry", "activity"):
        yield {"what": name, "name": "", "sha256": said[name]}


def _shares(items: Iterable[Item]) -> Iterator[Item]:
    for one in items:
        yield {**one, **{f"{word}_percent": share for word, share in one["percent"].items()}}


def _plain(name: str) -> Callable[[Item], Sequence[Item]]:
    return lambda said: said[name]


_ITEMS: Final[Mapping[str, Callable[[Item], Iterable[Item]]]] = {
    "figures": _figures,
    "figure_gases": _pairs("by_gas", "gas", "gas_kg"),
    "figure_drivers": _pairs("drivers", "driver", "share"),
    "lines": _plain("lines"),
    "products": _plain("products"),
    "outputs": _plain("outputs"),
    "passed_on": _plain("passed_on"),
    "factors": _plain("factors"),
    "factor_alternatives": _below("factors", "alternatives", "factor"),
    "factor_sources": _below("factors", "sources", "factor"),
    "instruments": _instruments,
    "claims": _claims,
    "hourly": _hourly,
    "hourly_certificates": _hourly_certificates,
    "resources": _resources,
    "market": _market,
    "media": lambda said: _shares(said["media"]),
    "months": _below("media", "months", "medium", "name"),
    "meters": _plain("meters"),
    "not_measured": lambda said: map(_ends, _below("meters", "not_measured", "meter")(said)),
    "corrections": _below("meters", "corrections", "meter"),
    "versions": _plain("versions"),
    "rounding": _plain("rounded"),
    "checks": _plain("checks"),
    "findings": lambda said: said["integrity"]["findings"],
    "logs": lambda said: said["integrity"]["logs"],
    "remarks": _plain("remarks"),
    "marks": lambda said: ({"mark": one} for one in said["marks"]),
    "evidence": _evidence,
}
