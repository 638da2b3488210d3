"""How a figure opens (穿透): to lines, to factors and loads, to intervals with their statements and proofs. No IO.

Everything with an `id` in a report opens to the ids that it names, and a load opens to its intervals; so a figure of a
site's year is three steps away from what a device signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from tally_finance.errors import FootprintError
from tally_finance.report import telling_meters, telling_products
from tally_finance.report.making import Report

MOST_STEPS: Final = 3
MOST_INTERVALS: Final = 1_000
"""That are shown at once; `from_at` and `to_at` choose others."""


def openable(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Everything in a report that can be opened, by id."""
    return {str(item["id"]): item for item in _items(said)}


def _items(item: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(item, Mapping):
        if "id" in item and "opens" in item:
            yield item
        for value in item.values():
            yield from _items(value)
    elif isinstance(item, list):
        for value in item:
            yield from _items(value)


def opened(said: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """What has an id, and what it opens to. Raises FootprintError that names what there is, or what is missing."""
    every = openable(said)
    if name not in every:
        raise FootprintError(f"the report has nothing with id {name!r}; there are {', '.join(sorted(every)[:40])}")
    item, below = every[name], every[name]["opens"]
    if not isinstance(below, list) or not all(isinstance(one, str) and one in every for one in below):
        raise FootprintError(f"{name} opens to what the report does not have")
    return item, [every[one] for one in below]


def is_load(item: Mapping[str, Any]) -> bool:
    """Whether an item opens to intervals."""
    return "load" in item


def is_output(item: Mapping[str, Any]) -> bool:
    """Whether an item opens to the statements that it names."""
    return "statements" in item


def steps_down(said: Mapping[str, Any], name: str) -> int:
    """How many steps lie between an item and what devices signed, at most; a load is one."""
    item, below = opened(said, name)
    if is_load(item) or is_output(item):
        return 1
    return 1 + max((steps_down(said, str(one["id"])) for one in below), default=0)


def weighings(report: Report, output: str) -> list[dict[str, Any]]:
    """What an attested output was made of, as the evidence has it. Raises FootprintError for no output."""
    for item in telling_products.outputs(report):
        if item["id"] == output:
            return list(item["statements"])
    raise FootprintError(f"no {output} follows from this evidence")


def intervals(
    report: Report, digest: str, from_at: int | None, to_at: int | None, most: int = MOST_INTERVALS
) -> list[dict[str, Any]]:
    """The intervals of a load that touch [`from_at`, `to_at`), the first `most` of them.

    Raises FootprintError where the report has no such load.
    """
    for _, meter in telling_meters.metered(report.activity.site):
        if meter.load.digest.hex() == digest:
            chosen = (
                one
                for one in meter.load.intervals()
                if (to_at is None or one.from_at < to_at) and (from_at is None or one.to_at > from_at)
            )
            return [telling_meters.interval(one) for one in islice(chosen, most)]
    raise FootprintError(f"no load {digest} follows from this evidence")
