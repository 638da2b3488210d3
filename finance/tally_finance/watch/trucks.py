"""Alerts about trucks and weighings (2xx): one truck at two sites, no vehicle, one tare for many. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from tally_chain.verify.verdict import time_text
from tally_finance.errors import ReleaseError
from tally_finance.release.picker import SeenPlate, plate_of
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Weighing


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about what was weighed in the time that is told of.

    Plates are commitments with salts of their own, so two of one vehicle are not alike: only openings tell.
    """
    recent = [one for one in seen.weighings if one.ticket.at > seen.at - limits.told_s]
    vehicles = {opening.commitment: plate for opening in seen.openings if (plate := _plate(opening)) is not None}
    yield from _two_sites(recent, vehicles, limits)
    for one in recent:
        if one.ticket.plate is None:
            said = {"ticket": one.ticket.number, "net_kg": f"{one.ticket.net_kg:f}"}
            yield Alert(Code.WEIGHED_WITHOUT_VEHICLE, f"{one.point}, {one.name}", said, (one.statement_id,))
    yield from _same_tare(recent, vehicles, limits)
    for wrong in seen.wrong_weighings:
        if wrong.at > seen.at - limits.told_s:
            touches = f"{wrong.point}, weighing at {wrong.at}"
            yield Alert(Code.WEIGHING_WRONG, touches, {"at": time_text(wrong.at), "why": wrong.why}, (wrong.evidence,))


def _plate(opening: SeenPlate) -> str | None:
    """In its one spelling; None for what a scale misread."""
    try:
        return plate_of(opening.plate)
    except ReleaseError:
        return None


def _vehicle(one: Weighing, vehicles: Mapping[bytes, str]) -> str | None:
    return None if one.ticket.plate is None else vehicles.get(one.ticket.plate)


def _two_sites(weighings: Sequence[Weighing], vehicles: Mapping[bytes, str], limits: Limits) -> Iterator[Alert]:
    """A vehicle that was weighed at two sites sooner than it can have driven from one to the other."""
    known = [(plate, one) for one in weighings if (plate := _vehicle(one, vehicles)) is not None]
    known.sort(key=lambda each: (each[0], each[1].ticket.at, each[1].name))
    for (vehicle, first), (other, second) in pairwise(known):
        if vehicle != other or first.site == second.site:
            continue
        apart_s, journey_s = second.ticket.at - first.ticket.at, limits.journey_s(first.site, second.site)
        if apart_s < journey_s:
            said = {
                "site": first.site,
                "other": second.site,
                "apart_s": str(apart_s),
                "journey_s": str(journey_s),
            }
            touches = f"{first.point}, {first.name}; {second.point}, {second.name}"
            yield Alert(Code.TRUCK_AT_TWO_SITES, touches, said, (first.statement_id, second.statement_id))


def _same_tare(weighings: Sequence[Weighing], vehicles: Mapping[bytes, str], limits: Limits) -> Iterator[Alert]:
    """Runs of weighings at one scale that show one tare, unless all are known to be of one vehicle."""
    ordered = sorted(weighings, key=lambda one: (one.point, one.ticket.at, one.ticket.alibi))
    for (point, tare_kg), run in groupby(ordered, key=lambda one: (one.point, one.ticket.empty_kg)):
        found = list(run)
        seen = {_vehicle(one, vehicles) for one in found}
        if len(found) >= limits.same_tare and (None in seen or len(seen) > 1):
            said = {"count": str(len(found)), "tare_kg": f"{tare_kg:f}"}
            touches = f"{point}, from {found[0].name} on"
            yield Alert(Code.SAME_TARE, touches, said, tuple(one.statement_id for one in found))
