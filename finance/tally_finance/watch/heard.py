"""What a followed log says, statement by statement: keys, meters, weighings, gaps, and what fails. No IO.

    1  the entry is a statement
    2  an authority's: it is checked with all that the authorities said, as for a bundle (growing_authorities)
    3  a device's: its key is enrolled before it, the signature holds, it may speak for the point (stream_check)
    4  its place in its stream                                                             streams
    5  its payload decodes; weighings (过磅) and gaps are kept for `KEPT_S`

What needs a whole period (registers, settlements, coverage, quantities) is for a bundle: a watch says sooner, and less.
Nothing here decides what is lent; it decides who looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tally_chain.findings import Code, Finding, Ledger, Severity
from tally_chain.policy import Policy
from tally_chain.verify.facts import Facts
from tally_chain.verify.growing_authorities import GrowingAuthorities
from tally_chain.verify.log_check import Logged
from tally_chain.verify.stream_check import DeviceCheck
from tally_edge import senml, statement, wire
from tally_edge.device import Gap
from tally_edge.errors import DecodeError
from tally_edge.statement import AUTHORITY_KINDS, DEVICE_KINDS, Kind
from tally_finance.quantity.evidence import Pack, Source
from tally_finance.quantity.tickets import Ticket, ticket_of, weighings_of
from tally_finance.watch.memory import Memory
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Weighing, WrongWeighing
from tally_finance.watch.seen_papers import Ends, Term
from tally_finance.watch.seen_sources import FailureSeen, GapSeen, MeterSeen, MissingSeen
from tally_finance.watch.streams import StreamSeen

KEPT_S: Final = 7 * 86_400
"""How long weighings and gaps are kept; alerts tell of a day."""

MAX_KEPT: Final = 100_000
"""Weighings and gaps each: a busy yard weighs some hundreds of trucks a day."""

MAX_FAILURES: Final = 1000
"""The newest; whoever writes nonsense into a log must not fill a reader's memory."""

MAX_IDS: Final = 8
"""Statements that an alert about a failure names."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A metering point as it was listed last: its site, its cadence, since when it has that, and the plan."""

    site: str
    cadence_s: int
    since: int
    statement_id: bytes


@dataclass(frozen=True, slots=True)
class _Last:
    """What a metering point said last: when by its clock, and the statement."""

    at: int
    statement_id: bytes


class Heard:
    """One log's statements under a reader's policy."""

    def __init__(self, policy: Policy) -> None:
        """`policy` names the authorities and second persons that are believed."""
        self._policy = policy
        self._facts = Facts()
        self._authorities = GrowingAuthorities(policy)
        self._planned: dict[str, _Planned] = {}
        self._of_authority: tuple[FailureSeen, ...] = ()
        self._failures: dict[tuple[int, str], FailureSeen] = {}
        self._streams: dict[bytes, StreamSeen] = {}
        self._last: dict[str, _Last] = {}
        self._weighings: list[tuple[Ticket, str]] = []
        self._wrong: list[WrongWeighing] = []
        self._gaps: list[GapSeen] = []
        self._telling: list[Logged] = []

    def take(self, entries: Iterable[tuple[int, bytes]], now: int) -> None:
        """Take in entries in the order of the log, each with its index. Whatever is wrong becomes a failure."""
        ledger = Ledger()
        logged: list[Logged] = []
        for index, entry in entries:
            try:
                logged.append(Logged(0, index, statement.decode(entry), None))
            except DecodeError as error:
                ledger.add(Code.STATEMENT_MALFORMED, f"entry {index}", str(error))
        stated = [one for one in logged if one.statement.claims.kind in AUTHORITY_KINDS]
        if stated:
            self._state(stated, now)
        spoken = [one for one in logged if one.statement.claims.kind in DEVICE_KINDS]
        for one in DeviceCheck(self._facts, self._policy, ledger, {}, whole=False).counted(spoken):
            self._place(one, ledger)
            self._payload(one, ledger)
        self._keep(ledger.all(), logged, now)
        self._forget(now)

    def seen(self, base: Seen) -> Seen:
        """`base` and what was heard."""
        return replace(
            base,
            weighings=base.weighings + tuple(self._weighing(*one) for one in self._weighings),
            wrong_weighings=base.wrong_weighings + tuple(self._wrong),
            meters=base.meters + tuple(self._meters(base.at)),
            terms=base.terms + tuple(self._certificates(base.at)),
            gaps=base.gaps + tuple(self._gaps),
            missing=base.missing + tuple(self._missing()),
            failures=base.failures
            + tuple(replace(one, at=base.at) for one in self._of_authority)
            + tuple(self._failures.values()),
        )

    def remembered(self) -> Memory:
        """What it takes to go on from here without reading the log again."""
        return Memory(
            authorities=tuple((one.index, one.statement.encoded) for one in self._authorities.statements),
            telling=tuple((one.index, one.statement.encoded) for one in self._telling),
            streams=tuple(one.remembered(kid) for kid, one in self._streams.items()),
            last=tuple((point, one.at, one.statement_id) for point, one in self._last.items()),
            failures=tuple(self._failures.values()),
        )

    def recall(self, memory: Memory, now: int) -> None:
        """Go on from what was remembered, instead of reading. Statements are verified again, as when they were read.

        Where streams stood and what failed is believed: `memory` must be the reader's own. Raises DecodeError.
        """
        scratch = Ledger()
        self._state([_logged(*one) for one in memory.authorities], now)
        telling = [_logged(*one) for one in memory.telling]
        for one in DeviceCheck(self._facts, self._policy, scratch, {}, whole=False).counted(telling):
            self._payload(one, scratch)
        self._streams = {one.kid: StreamSeen.recalled(one) for one in memory.streams if one.kid in self._facts.keys}
        self._last = {point: _Last(at, statement_id) for point, at, statement_id in memory.last}
        self._failures = {(one.number, one.touches): one for one in memory.failures}
        self._forget(now)

    def _state(self, stated: list[Logged], now: int) -> None:
        """Step 2. What fails among authorities stands until they say better."""
        self._facts, ledger = self._authorities.take(stated, now)
        every = self._authorities.statements
        self._of_authority = tuple(
            _failure(one, every, now) for one in ledger.all() if one.severity is Severity.FAILURE
        )
        self._planned = _planned(self._facts)

    def _place(self, logged: Logged, ledger: Ledger) -> None:
        """Step 4. A stream begins here where this log first shows it."""
        claims = logged.statement.claims
        stream = self._streams.setdefault(claims.kid, StreamSeen(claims.seq or 0))
        fault = stream.take(logged.statement)
        if fault is not None:
            ledger.add(fault, f"device {self._facts.keys[claims.kid].device}", f"seq {claims.seq}", times=logged.times)

    def _payload(self, logged: Logged, ledger: Ledger) -> None:
        """Step 5."""
        signed = logged.statement
        claims, point = signed.claims, signed.claims.subject
        try:
            if claims.kind is Kind.GAP:
                gap = wire.decode(Gap, signed.payload)
                self._gaps.append(GapSeen(point, gap.after, gap.before, gap.reason.name.lower(), signed.id))
                self._telling.append(logged)
                return
            if claims.kind is Kind.READINGS:
                readings = tuple(senml.decode(signed.payload))
                if self._weigh(point, Pack(Source(logged.place, signed.id), readings)):
                    self._telling.append(logged)
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error), times=logged.times)
            return
        if point not in self._last or self._last[point].at < claims.issued_at:
            self._last[point] = _Last(claims.issued_at, signed.id)

    def _weigh(self, point: str, pack: Pack) -> bool:
        """Whether the pack holds weighings."""
        found = False
        for at, records in weighings_of(pack):
            found, ticket = True, ticket_of(at, records, pack.source)
            if isinstance(ticket, str):
                self._wrong.append(WrongWeighing(point, at, ticket, pack.source.statement_id))
            else:
                self._weighings.append((ticket, point))
        return found

    def _keep(self, findings: Sequence[Finding], logged: Sequence[Logged], now: int) -> None:
        for one in findings:
            if one.severity is Severity.FAILURE:
                self._failures[one.code.number, one.touches] = _failure(one, logged, now)

    def _forget(self, now: int) -> None:
        since = now - KEPT_S
        self._weighings = [one for one in self._weighings if one[0].at > since][-MAX_KEPT:]
        self._wrong = [one for one in self._wrong if one.at > since][-MAX_KEPT:]
        self._gaps = [one for one in self._gaps if one.before > since][-MAX_KEPT:]
        self._telling = [one for one in self._telling if one.statement.claims.issued_at > since][-MAX_KEPT:]
        kept = [(key, one) for key, one in self._failures.items() if one.at > since][-MAX_FAILURES:]
        self._failures = dict(kept)

    def _weighing(self, ticket: Ticket, point: str) -> Weighing:
        planned = self._planned.get(point)
        return Weighing("" if planned is None else planned.site, point, ticket)

    def _meters(self, now: int) -> Iterable[MeterSeen]:
        """The metering points that the plans in force list."""
        for point in sorted(self._facts.expected(now, now + 1)):
            planned, last = self._planned[point], self._last.get(point)
            evidence = planned.statement_id if last is None else last.statement_id
            yield MeterSeen(point, planned.cadence_s, None if last is None else last.at, planned.since, evidence)

    def _certificates(self, now: int) -> Iterable[Term]:
        for point in sorted(self._facts.expected(now, now + 1)):
            stated = self._facts.facts_at(point, now)
            until = None if stated is None else stated.facts.certificate_expires_at
            if stated is not None and until is not None:
                yield Term(Ends.CALIBRATION, point, until, stated.statement_id)

    def _missing(self) -> Iterable[MissingSeen]:
        for kid, stream in self._streams.items():
            if stream.missing:
                first = stream.missing[0][0]
                yield MissingSeen(self._facts.keys[kid].device, stream.missing_count(), first, kid)


def _logged(index: int, entry: bytes) -> Logged:
    return Logged(0, index, statement.decode(entry), None)


def _planned(facts: Facts) -> dict[str, _Planned]:
    """Every metering point that a plan ever listed, as it was listed last."""
    found: dict[str, _Planned] = {}
    for logged, plan in sorted(facts.plans, key=lambda one: one[0].statement.claims.issued_at):
        at, statement_id = logged.statement.claims.issued_at, logged.statement.id
        for point in plan.points:
            known = found.get(point.point)
            since = known.since if known is not None and known.cadence_s == point.cadence_s else at
            found[point.point] = _Planned(plan.site, point.cadence_s, since, statement_id)
    return found


def _failure(finding: Finding, logged: Sequence[Logged], now: int) -> FailureSeen:
    """A failure, with the statements of the times that it is about."""
    ids = [one.statement.id for one in logged if one.times[0] in finding.times][:MAX_IDS]
    return FailureSeen(finding.code.number, finding.code.name, finding.touches, finding.sentence, now, tuple(ids))
