"""Alerts about trucks and weighings (2xx): one truck at two sites, no vehicle, one tare for many. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from tally_chain.verify.verdict import time_text
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen, Weighing


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about what was weighed in the time that is told of."""
    recent = [one for one in seen.weighings if one.at > seen.at - limits.told_s]
    yield from _two_sites(recent, limits)
    for one in recent:
        if one.plate is None:
            said = {"ticket": one.ticket, "net_kg": f"{one.net_kg:f}"}
            yield Alert(Code.WEIGHED_WITHOUT_VEHICLE, f"{one.point}, {one.name}", said, (one.evidence,))
    yield from _same_tare(recent, limits)
    for wrong in seen.wrong_weighings:
        if wrong.at > seen.at - limits.told_s:
            touches = f"{wrong.point}, weighing at {wrong.at}"
            yield Alert(Code.WEIGHING_WRONG, touches, {"at": time_text(wrong.at), "why": wrong.why}, (wrong.evidence,))


def _two_sites(weighings: Sequence[Weighing], limits: Limits) -> Iterator[Alert]:
    """A vehicle that was weighed at two sites sooner than it can have driven from one to the other."""
    known = [(one.vehicle, one.at, one) for one in weighings if one.vehicle is not None]
    known.sort(key=lambda one: one[:2])
    for (vehicle, at, first), (other_vehicle, later, second) in pairwise(known):
        if vehicle != other_vehicle or first.site == second.site:
            continue
        journey_s = limits.journey_s(first.site, second.site)
        if later - at < journey_s:
            said = {
                "site": first.site,
                "other": second.site,
                "apart_s": str(later - at),
                "journey_s": str(journey_s),
            }
            touches = f"{first.point}, {first.name}; {second.point}, {second.name}"
            yield Alert(Code.TRUCK_AT_TWO_SITES, touches, said, (first.evidence, second.evidence))


def _same_tare(weighings: Sequence[Weighing], limits: Limits) -> Iterator[Alert]:
    """Runs of weighings at one scale that show one tare, unless all are known to be of one vehicle."""
    ordered = sorted(weighings, key=lambda one: (one.point, one.at, one.ticket))
    for (point, tare_kg), run in groupby(ordered, key=lambda one: (one.point, one.tare_kg)):
        found = list(run)
        vehicles = {one.vehicle for one in found}
        if len(found) >= limits.same_tare and (None in vehicles or len(vehicles) > 1):
            said = {"count": str(len(found)), "tare_kg": f"{tare_kg:f}"}
            touches = f"{point}, from {found[0].name} on"
            yield Alert(Code.SAME_TARE, touches, said, tuple(one.evidence for one in found))
