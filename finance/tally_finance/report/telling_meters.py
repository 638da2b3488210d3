"""The meters of a report: what each counted, how well it is known, and who vouches for it. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tally_finance.activity.ceiling import usual
from tally_finance.activity.load import Interval, Load
from tally_finance.activity.site import Metered, Site, Term
from tally_finance.activity.source import NOWHERE
from tally_finance.activity.state import MEASURED, State
from tally_finance.quantity.evidence import Source
from tally_finance.quantity.telling import source_of
from tally_finance.report.inventory import MeterExtra

if TYPE_CHECKING:
    from tally_finance.report.making import Report


def metered(site: Site) -> list[tuple[Term, Metered]]:
    """Every meter of every version of the boundary, in one order."""
    return [(term, term.meters[name]) for term in site.terms for name in sorted(term.meters)]


def meters(report: Report, loads: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """A row for each meter in each version; what was not measured with the statements at its ends."""
    extras, by_hand = report.inventory.meters, report.by_hand
    return [
        _meter(one, loads[one.load.digest], extras.get(one.line.name), by_hand=one.line.point in by_hand)
        for _, one in metered(report.activity.site)
    ]


def _meter(one: Metered, name: str, extra: MeterExtra | None, *, by_hand: bool) -> dict[str, Any]:
    line, load, facts, estimate = one.line, one.load, one.facts, usual(one.load)
    shares = load.by_state()
    calibrated = None if facts is None else facts.certificate_expires_at
    return {
        "id": name,
        "name": line.name,
        "medium": line.medium,
        "role": line.role.value,
        "parent": line.parent or "",
        "point": line.point,
        "register": line.register,
        "unit": line.unit,
        "from": str(load.from_at),
        "to": str(load.to_at),
        "total": f"{load.total:f}",
        **{state.word: f"{shares[state].quantity:f}" if state in shares else "0" for state in State},
        "seconds": {state.word: str(share.seconds) for state, share in shares.items()},
        "longest_gap_s": str(longest_gap_s(load)),
        "believed": one.believed,
        "by_hand": by_hand,
        "serial": "" if facts is None else facts.serial,
        "accuracy_class": "" if facts is None else facts.accuracy_class,
        "limit_percent": "" if extra is None or extra.limit_percent is None else f"{extra.limit_percent:f}",
        "calibrated_until": "" if calibrated is None else str(calibrated),
        "exchanges": str(sum(turn.other_meter for turn in one.meter.turns)),
        "ceiling_per_h": "" if line.ceiling is None else f"{line.ceiling.per_h:f}",
        "ceiling_stated": "" if line.ceiling is None else line.ceiling.stated,
        "mean_and_two_sigma_bounds_nothing": "" if estimate is None else f"{estimate.over_gaps:f}",
        "load": load.digest.hex(),
        "ends": [_source(load.sources.of(number)) for number in _ends(load)],
        "not_measured": [interval(each) for each in load.intervals(State.BRIDGED, State.ESTIMATED, State.MISSING)],
        "corrections": [
            {
                "from": str(each.from_at),
                "to": str(each.to_at),
                "before": f"{each.before:f}",
                "after": f"{each.quantity:f}",
                "reason": each.reason.name.lower(),
                "text": each.explanation,
                "placed": each.placed,
                **source_of(each.source),
            }
            for each in one.corrections
        ],
        "opens": [],
    }


def longest_gap_s(load: Load) -> int:
    """Seconds of the longest stretch in which the register was not read as often as planned."""
    gaps = np.concatenate(([False], load.state > MEASURED, [False]))
    edges = np.flatnonzero(gaps[1:] != gaps[:-1])
    return int(np.max(load.at[edges[1::2]] - load.at[edges[::2]], initial=0))


def interval(one: Interval) -> dict[str, Any]:
    """An interval and where the registers at its ends stand."""
    return {
        "from": str(one.from_at),
        "to": str(one.to_at),
        "quantity": f"{one.quantity:f}",
        "state": one.state.word,
        "first": _source(one.first),
        "last": _source(one.last),
    }


def _ends(load: Load) -> list[int]:
    known = load.opened[load.opened != NOWHERE].tolist()
    return [known[0], known[-1]] if known else []


def _source(source: Source | None) -> dict[str, str] | None:
    return None if source is None else source_of(source)


def versions(site: Site) -> list[dict[str, Any]]:
    """The versions of the boundary in the period, each with its reason and its meters."""
    return [
        {
            "from": str(term.from_at),
            "to": str(term.to_at),
            "reason": term.version.reason,
            "meters": sorted(term.meters),
        }
        for term in site.terms
    ]
