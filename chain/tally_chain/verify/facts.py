"""What the believed authorities say, as the later steps ask for it. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_chain.findings import Code, Ledger
from tally_chain.verify.log_check import Logged
from tally_edge import keys
from tally_edge.authority import (
    AuthorityPayload,
    Correction,
    Enrolment,
    FactsEvent,
    MeterFacts,
    PlannedPoint,
    Revocation,
    Rotation,
    SigningPlace,
    SitePlan,
    StreamPlace,
)
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey


@dataclass(slots=True)
class KeyFacts:
    """A device's key and its enrolments, in the order in which the authority stated them."""

    public_key: PublicKey
    enrolments: list[tuple[Logged, Enrolment]]
    predecessor: StreamPlace | None
    """Where the stream that this one continues was last seen."""

    @property
    def device(self) -> str:
        """The device that the key was first enrolled for."""
        return self.enrolments[0][1].device

    @property
    def enrolled_at(self) -> int:
        """The authority's clock at the first enrolment."""
        return self.enrolments[0][0].statement.claims.issued_at

    def places(self) -> set[SigningPlace]:
        """Where signing happened, by every enrolment: a better word later does not better what was signed before."""
        return {enrolment.place for _, enrolment in self.enrolments}

    def in_force(self, logged: Logged) -> Enrolment | None:
        """The newest enrolment that stands before a statement. Two logs have no order: there every one counts."""
        found = None
        for place, enrolment in self.enrolments:
            if place.section != logged.section or place.index < logged.index:
                found = enrolment
        return found


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """Meter facts and the statement that states them."""

    statement_id: bytes
    facts: MeterFacts


@dataclass(frozen=True, slots=True)
class Void:
    """Statements of a key with a greater seq are void; -1 voids all."""

    after: int
    code: Code


@dataclass(frozen=True, slots=True)
class End:
    """Where the authority says that a stream ends, and when it said so; -1 where nothing of it counts."""

    last_seq: int
    stated_at: int


@dataclass(frozen=True, slots=True)
class KeyLife:
    """A key that could speak for a metering point in a period, and until when it was enrolled for it in the period.

    `last_seq` is the end of its stream, if it has one.
    """

    kid: bytes
    until: int
    last_seq: int | None


def _enrolled_until(known: KeyFacts, point: str, from_at: int, to_at: int) -> int | None:
    """Until when in a period a key was enrolled for a point, None where it never was. A later enrolment replaces."""
    simulated = SigningPlace.SIMULATED in known.places()
    starts = [logged.statement.claims.issued_at for logged, _ in known.enrolments]
    until = None
    for (_, enrolment), start, end in zip(known.enrolments, starts, [*starts[1:], None], strict=True):
        alive = end is None or end > max(start, from_at)
        if point in enrolment.points and alive and (start < to_at or simulated):
            until = to_at if end is None else min(to_at, end)
    return until


@dataclass(slots=True)
class Facts:
    """Everything that the believed authorities say."""

    keys: dict[bytes, KeyFacts] = field(default_factory=dict)
    voids: dict[bytes, Void] = field(default_factory=dict)
    ends: dict[bytes, End] = field(default_factory=dict)
    plans: list[tuple[Logged, SitePlan]] = field(default_factory=list)
    meters: dict[str, list[StatedFacts]] = field(default_factory=dict)
    corrections: list[tuple[Logged, Correction]] = field(default_factory=list)
    signed_by: list[tuple[Logged, AuthorityPayload, frozenset[str]]] = field(default_factory=list)
    """Every statement that needs a second person, and the organisations that signed it."""

    def newest_plans(self) -> dict[str, SitePlan]:
        """The newest plan of every site."""
        return {plan.site: plan for _, plan in self.plans}

    def ever_planned(self) -> dict[str, PlannedPoint]:
        """Every metering point that any plan listed, as listed last: a point that vanished is still one."""
        return {point.point: point for _, plan in self.plans for point in plan.points}

    def cadences(self, point: str) -> list[tuple[int, int]]:
        """(from when on, cadence in seconds) as the plans listed a point; the first holds before its plan too."""
        listed = sorted(
            (logged.statement.claims.issued_at, number, planned.cadence_s)
            for number, (logged, plan) in enumerate(self.plans)
            for planned in plan.points
            if planned.point == point
        )
        changes: list[tuple[int, int]] = []
        for start, _, cadence_s in listed:
            if not changes or changes[-1][1] != cadence_s:
                changes.append((start, cadence_s))
        return changes

    def expected(self, from_at: int, to_at: int) -> set[str]:
        """The points that must speak over a period: those of every plan in force at some time of it.

        A plan is in force from the authority's clock in it until the next plan of the site. Where none was yet, the
        newest counts. A meter whose removal took effect before the period is not expected.
        """
        of_site: dict[str, list[tuple[int, SitePlan]]] = {}
        for logged, plan in self.plans:
            of_site.setdefault(plan.site, []).append((logged.statement.claims.issued_at, plan))
        points: set[str] = set()
        for plans in of_site.values():
            ends = [start for start, _ in plans[1:]] + [None]
            in_force = [
                plan
                for (start, plan), end in zip(plans, ends, strict=True)
                if start < to_at and (end is None or end > from_at)
            ]
            for plan in in_force or [plans[-1][1]]:
                points.update(point.point for point in plan.points)
        return {point for point in points if not self._removed(point, from_at)}

    def _removed(self, point: str, at: int) -> bool:
        stated = [known for known in self.meters.get(point, []) if known.facts.effective_at <= at]
        return bool(stated) and stated[-1].facts.event is FactsEvent.REMOVAL

    def facts_at(self, point: str, at: int) -> StatedFacts | None:
        """The meter facts in force at a time; for a time before the first, the first."""
        stated = self.meters.get(point, [])
        in_force = [facts for facts in stated if facts.facts.effective_at <= at]
        return in_force[-1] if in_force else (stated[0] if stated else None)

    def lives(self, point: str, from_at: int, to_at: int) -> list[KeyLife]:
        """The keys that were enrolled for a point at some time of a period, by the authority's clock.

        A key ends with a rotation, a revocation, or an enrolment that names its stream as the one before. Simulated
        evidence is of times that have nothing to do with its enrolment.
        """
        lives = []
        for kid, known in self.keys.items():
            end = self.ends.get(kid)
            if end is not None and (end.last_seq < 0 or end.stated_at <= from_at):
                continue
            until = _enrolled_until(known, point, from_at, to_at)
            if until is not None:
                lives.append(KeyLife(kid, until, None if end is None else end.last_seq))
        return lives

    def enrol(self, logged: Logged, enrolment: Enrolment, ledger: Ledger) -> None:
        """Take in an enrolment."""
        if enrolment.predecessor is not None:
            self._end(enrolment.predecessor.kid, enrolment.predecessor.seq, logged)
        self._add_key(logged, enrolment.public_key, enrolment, enrolment.predecessor, ledger)

    def rotate(self, logged: Logged, rotation: Rotation, ledger: Ledger) -> None:
        """Take in a rotation: the old key ends at its last statement, the new one begins."""
        old = self.keys.get(rotation.last.kid)
        if old is None:
            ledger.add(Code.UNKNOWN_KEY, logged.place, "a rotation of a key that was never enrolled")
            return
        self.void(rotation.last.kid, rotation.last.seq, Code.ROTATED_KEY)
        self._end(rotation.last.kid, rotation.last.seq, logged)
        # With every enrolment of the old key: a rotation must not wash off a mark that a new enrolment does not.
        for _, enrolment in tuple(old.enrolments):
            self._add_key(logged, rotation.public_key, enrolment, rotation.last, ledger)

    def revoke(self, logged: Logged, revocation: Revocation) -> None:
        """Take in a revocation."""
        last = -1 if revocation.last_good_seq is None else revocation.last_good_seq
        self.void(revocation.kid, last, Code.REVOKED_KEY)
        self._end(revocation.kid, last, logged)

    def _end(self, kid: bytes, last_seq: int, logged: Logged) -> None:
        """The earliest end stands."""
        stated_at = logged.statement.claims.issued_at
        known = self.ends.get(kid, End(last_seq, stated_at))
        self.ends[kid] = End(min(known.last_seq, last_seq), min(known.stated_at, stated_at))

    def void(self, kid: bytes, after: int, code: Code) -> None:
        """End a key, whether or not it is enrolled yet; the earliest end stands, and no later statement lifts it."""
        known = self.voids.get(kid)
        if known is None or after < known.after:
            self.voids[kid] = Void(after, code)

    def _add_key(
        self, logged: Logged, encoded: bytes, enrolment: Enrolment, predecessor: StreamPlace | None, ledger: Ledger
    ) -> None:
        try:
            public_key = keys.decode_public_key(encoded)
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
            return
        known = self.keys.get(public_key.kid)
        if known is None:
            self.keys[public_key.kid] = KeyFacts(public_key, [(logged, enrolment)], predecessor)
        else:
            known.enrolments.append((logged, enrolment))
