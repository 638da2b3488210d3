"""From what was noted to `GatewayState`. No IO; it looks at every stream and point, and at no entry of the log."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tally_edge.authority import Enrolment, FactsEvent, PlannedPoint
from tally_edge.office.authority_rules import Standing as Stands
from tally_edge.statement import Kind
from tally_gateway.anchor_feed import AnchorCounters
from tally_gateway.console.growth import Growth
from tally_gateway.console.next_steps import steps_of
from tally_gateway.console.site_book import SiteBook
from tally_gateway.console.state import (
    AnchorState,
    Counted,
    DeviceState,
    GatewayState,
    LogState,
    PointState,
    RefusalCount,
    SiteState,
)
from tally_gateway.console.watching import Spoken, StreamRecord
from tally_gateway.counters import PipelineCounters
from tally_gateway.health import Standing

SHOWN_HOLES: Final = 8
SILENT_AFTER: Final = 2
"""So many cadences without a word are silence."""
GRACE_S: Final = 60
"""Statements travel and wait for their pack; a cadence of a second is not silent after two."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Copies of what the service holds, taken together."""

    standing: Standing
    proof_key: str
    streams: Mapping[bytes, StreamRecord]
    points: Mapping[tuple[str, Kind], Spoken]
    growth: Growth
    books: Sequence[SiteBook]
    refusals: tuple[RefusalCount, ...]
    counters: PipelineCounters
    anchors: AnchorCounters | None


def tell(noted: Noted) -> GatewayState:
    """The state, and what to do next in it."""
    now = noted.standing.now
    devices = [_device(noted, book, kid, now) for book in noted.books for kid in book.standing.enrolled]
    speakers: dict[str, list[str]] = {}
    for device in devices:
        if device.standing not in ("replaced", "revoked"):
            for point in device.points:
                speakers.setdefault(point, []).append(device.kid)
    points = [
        _point(noted, book.standing, planned, tuple(speakers.get(planned.point, ())))
        for book in noted.books
        if book.standing.plan is not None
        for planned in book.standing.plan.points
    ]
    state = GatewayState(
        log=_log(noted),
        anchors=_anchors(noted),
        faults=tuple(noted.standing.faults()),
        sites=tuple(_site(book) for book in noted.books),
        devices=tuple(devices),
        points=tuple(points),
        refusals=noted.refusals,
        counted=_counted(noted.counters),
    )
    return dataclasses.replace(state, steps=steps_of(state))


def _log(noted: Noted) -> LogState:
    standing, growth = noted.standing, noted.growth
    per_hour, each = growth.per_hour(standing.now), growth.bytes_per_entry()
    lasts = None
    if per_hour and each:
        lasts = standing.free_bytes * 3_600 // (per_hour * each)
    return LogState(
        origin=standing.origin,
        log_id=standing.log_id,
        proof_key=noted.proof_key,
        now=standing.now,
        started_at=standing.started_at,
        size=standing.size,
        sealed_size=standing.sealed_size,
        sealed_at=standing.sealed_at,
        projected_size=standing.projected_size,
        per_hour=per_hour,
        appended=growth.appended,
        appended_bytes=growth.appended_bytes,
        free_bytes=standing.free_bytes,
        has_space=standing.has_space,
        space_lasts_s=lasts,
    )


def _anchors(noted: Noted) -> AnchorState:
    standing = noted.standing
    return AnchorState(
        every_s=None if standing.anchor_every_s is None else int(standing.anchor_every_s),
        count=0 if noted.anchors is None else len(noted.anchors.anchors),
        size=standing.anchored_size,
        at=standing.anchored_at,
        age_s=standing.anchor_age_s,
        waiting=max(0, standing.sealed_size - standing.anchored_size),
        alarms=standing.anchor_alarms,
    )


def _site(book: SiteBook) -> SiteState:
    plan = book.standing.plan
    return SiteState(
        issuer=book.issuer,
        kid=book.kid.hex(),
        site=None if plan is None else plan.site,
        owner=None if plan is None else plan.owner,
        timezone=None if plan is None else plan.timezone,
        renew_by=None if plan is None else plan.renew_by,
        points=0 if plan is None else len(plan.points),
        statements=len(book.stated),
        persons=() if plan is None else tuple((person.kid.hex(), person.organisation) for person in plan.persons),
    )


def _device(noted: Noted, book: SiteBook, kid: bytes, now: int) -> DeviceState:
    standing = book.standing
    enrolment = standing.enrolled[kid][1]
    record = noted.streams.get(kid) or StreamRecord()
    events = [event for event in book.keys if event.kid == kid]
    began = [event.index for event in events if event.what in ("enrolled", "rotated-in")]
    ended = [event for event in events if event.what in ("revoked", "replaced")]
    cadence_s = _cadence(standing, enrolment)
    arrived = record.last_arrived_at is not None
    seen = record.last_arrived_at if arrived else record.last_issued_at
    silent_s = None if seen is None else max(0, now - seen)
    offsets = tuple(record.offsets_s)
    holes = record.sequence.holes
    return DeviceState(
        kid=kid.hex(),
        device=enrolment.device,
        standing=ended[-1].what if ended else _speaks(silent_s, cadence_s),
        points=enrolment.points,
        place=enrolment.place.name.lower(),
        model=enrolment.model,
        enrolled_index=began[-1] if began else 0,
        ended_index=ended[-1].index if ended else None,
        next_seq=record.sequence.next_seq,
        counted=record.surveyed,
        missing=record.sequence.missing,
        holes=tuple(holes[:SHOWN_HOLES]),
        holes_count=len(holes),
        forks=record.sequence.forks,
        last_index=record.last_index,
        last_issued_at=record.last_issued_at,
        last_arrived_at=record.last_arrived_at,
        last_seen_at=seen,
        last_seen_by=None if seen is None else "gateway" if arrived else "device",
        cadence_s=cadence_s,
        silent_s=silent_s,
        clock=None if record.clock is None else record.clock.name.lower(),
        offset_s=min(offsets) if offsets else None,
        behind_s=offsets[-1] if offsets else None,
        outbox=_outbox(record),
        outbox_told_at=None if record.told is None else record.told[1],
        taken=record.taken,
        boot_count=record.boot_count,
    )


def _outbox(record: StreamRecord) -> int | None:
    if record.told is None or not record.surveyed:
        return None
    return max(0, record.told[0] + 1 - record.sequence.next_seq) + record.sequence.missing


def _cadence(standing: Stands, enrolment: Enrolment) -> int | None:
    if standing.plan is None:
        return None
    every = {planned.point: planned.cadence_s for planned in standing.plan.points}
    return min((every[point] for point in enrolment.points if point in every), default=None)


def _speaks(silent_s: int | None, cadence_s: int | None) -> str:
    if silent_s is None:
        return "never"
    limit = SILENT_AFTER * (cadence_s or 900) + GRACE_S
    return "silent" if silent_s > limit else "speaking"


def _point(noted: Noted, standing: Stands, planned: PlannedPoint, speakers: tuple[str, ...]) -> PointState:
    facts = standing.facts.get(planned.point)
    if facts is not None and facts.event is FactsEvent.REMOVAL:
        facts = None
    read = noted.points.get((planned.point, Kind.READINGS))
    settled = noted.points.get((planned.point, Kind.SETTLEMENT))
    return PointState(
        point=planned.point,
        cadence_s=planned.cadence_s,
        parent=planned.parent,
        speakers=speakers,
        serial=None if facts is None else facts.serial,
        accuracy_class=None if facts is None else facts.accuracy_class,
        multiplier=None if facts is None else str(facts.multiplier),
        certificate_expires_at=None if facts is None else facts.certificate_expires_at,
        registers=() if facts is None else tuple((one.register, one.unit) for one in facts.registers),
        last_read_at=None if read is None else read.issued_at,
        last_settled_at=None if settled is None else settled.issued_at,
    )


def _counted(counters: PipelineCounters) -> Counted:
    return Counted(*(getattr(counters, name) for name in Counted.__slots__))
