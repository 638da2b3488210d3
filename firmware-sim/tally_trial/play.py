"""A play: a scene, day by day, through devices, gateway and chain, to the bundle that a reader gets.

Each day the authority and the devices sign, the gateway takes what reaches it and seals a head, and the chain of the
parties accepts that under the contract's rule. Blocks have times, so an anchor bounds the time of signing. Injections
take hold at the places that injection.py names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tally_chain import bundle as bundles
from tally_chain import bundling, note
from tally_chain.bundle import Bundle, Content
from tally_chain.bundling import LogSource, Placed
from tally_chain.policy import Accept, PinnedRoot, Policy, TrustedKey, TrustedLog
from tally_edge import statement
from tally_edge.authority import (
    AuthorityPayload,
    Enrolment,
    FactsEvent,
    NamedLog,
    Person,
    PlannedPoint,
    SigningPlace,
    SitePlan,
)
from tally_edge.errors import DecodeError
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tally_edge.statement import Kind, Statement
from tally_gateway.export import LogKeys
from tally_trial.chain import Chain
from tally_trial.drafts import TIMEZONE, Draft
from tally_trial.errors import TrialError
from tally_trial.injection import Injection
from tally_trial.log_keeping import Intake, Keeper, MemoryLog, ShownLog, Taken
from tally_trial.parties import AUTHORITY, BASE, INSPECTION, ISSUER, ORIGIN, OWNER, SITE, Parties
from tally_trial.scene import DAY_S, Scene, facts_of
from tally_trial.signing import AuthorityStream, DeviceStream

PREPARED_S: Final = 7_200
"""Before the first reading: the log is opened and the authority states the site."""

SEAL_S: Final = 600
"""After midnight: the head of the day."""

BLOCK_S: Final = 60
"""From the head to the block that holds it."""

PLAN_TERM_S: Final = 400 * DAY_S
MAX_LATE_DAYS: Final = 30
READ_AFTER_S: Final = 2 * DAY_S
"""From the last block to the reader."""

Progress = Callable[[int, int], None]
"""Called with (days played, days in all)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement on its way, when it arrives (Unix seconds), and the draft and instrument behind it, if any."""

    encoded: bytes
    arrives_at: int
    signed: Statement | None = None
    draft: Draft | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the authority is about to state at a time; without a `person` nobody countersigns."""

    at: int
    kind: Kind
    subject: str
    payload: AuthorityPayload
    person: FileSigner | None


@dataclass(slots=True)
class Stage:
    """Everything that a play knows while it goes on."""

    scene: Scene
    parties: Parties
    authority: AuthorityStream
    streams: dict[str, DeviceStream]
    stated: list[Stated] = field(default_factory=list)
    chain: Chain = field(default_factory=Chain)
    taken: list[Taken] = field(default_factory=list)
    audited_by_itself: bool = False
    """Whether the authority that the policy names is the audited firm's own."""
    shown_until: int = 0
    """The midnight up to which it was played."""

    @property
    def anchors(self) -> list[PinnedRoot]:
        """The heads that the chain accepted."""
        return self.chain.accepted

    def beacon(self, at: int) -> bytes | None:
        """The newest head that the chain had accepted by a time."""
        known = [anchor.root for anchor in self.anchors if anchor.time is not None and anchor.time <= at]
        return known[-1] if known else None

    @property
    def keys(self) -> LogKeys:
        """The honest log's keys."""
        return LogKeys(self.parties.checkpoint, self.parties.proof)

    @property
    def now(self) -> int:
        """When the reader reads."""
        newest = self.anchors[-1].time if self.anchors else self.scene.ends
        return (newest or 0) + READ_AFTER_S


@dataclass(frozen=True, slots=True)
class Played:
    """What a reader gets, when, and how the gateway answered everything that reached it."""

    bundle: Bundle
    policy: Policy
    now: int
    taken: Sequence[Taken]
    anchors: Sequence[PinnedRoot]
    stage: Stage


def play(
    scene: Scene,
    injections: Sequence[Injection] = (),
    keeper: Keeper | None = None,
    progress: Progress = lambda done, whole: None,  # noqa: ARG005  nobody listens
) -> Played:
    """Play `scene` with `injections` through `keeper` (a log in memory where none is given)."""
    playing = Playing(scene, injections, keeper)
    while not playing.is_over:
        playing.day()
        progress(min(scene.days, (playing.stage.shown_until - scene.begins) // DAY_S), scene.days)
    return playing.shown()


class Playing:
    """A play that goes on day by day, and shows what a reader gets at any midnight."""

    def __init__(self, scene: Scene, injections: Sequence[Injection] = (), keeper: Keeper | None = None) -> None:
        """The log is open, nothing is signed yet."""
        self.stage = _stage(scene)
        self._injections = injections
        self._log = keeper or MemoryLog(ORIGIN, self.stage.keys, scene.begins - PREPARED_S)
        self._intake = Intake(self._log, self.stage.authority.signer.public_key)
        self._drafts = {name: list(polled.drafts) for name, polled in scene.polled.items()}
        for injection in injections:
            injection.drafts(self._drafts)
        self.stage.stated += _statements(self.stage)
        self._pending: list[Sent] = []
        self._begins, self._ends = scene.begins - PREPARED_S, scene.begins
        written = (draft.written_at for of_device in self._drafts.values() for draft in of_device)
        self._last = max(written, default=self._ends)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be signed, and everything has arrived."""
        return self._ends > self.stage.scene.ends and not self._pending and self._begins >= self._last

    def day(self) -> None:
        """Up to the next midnight. Raises TrialError where something never arrives."""
        stage, begins, ends = self.stage, self._begins, self._ends
        if ends > stage.scene.ends + MAX_LATE_DAYS * DAY_S:
            raise TrialError("a statement of the play never arrives")
        for injection in self._injections:
            injection.day(stage, begins)
        sent = _sign_day(stage, self._drafts, begins, ends)
        for injection in self._injections:
            sent = injection.sent(stage, sent)
        self._pending = _deliver(stage, self._intake, [*self._pending, *sent], ends + SEAL_S)
        self._log.seal(ends + SEAL_S)
        stage.chain.offer(self._log.source(stage.keys, ends + SEAL_S), ends + SEAL_S + BLOCK_S)
        stage.shown_until = min(ends, stage.scene.ends)
        self._begins, self._ends = ends, ends + DAY_S

    def shown(self) -> Played:
        """What a reader gets of all that was played."""
        return _shown(self.stage, self._log, self._injections)


def issuer_of(name: str) -> str:
    """The device of an instrument."""
    return f"{BASE}:agent-{name.replace('/', '.')}"


def _stage(scene: Scene) -> Stage:
    parties = Parties(scene.seed)
    streams = {name: DeviceStream(parties.device(name), issuer_of(name)) for name in sorted(scene.polled)}
    return Stage(scene, parties, AuthorityStream(parties.authority, ISSUER), streams)


def _statements(stage: Stage) -> list[Stated]:
    """The site plan, every meter's facts, every device's enrolment; and exchanges, when they happen."""
    scene, person = stage.scene, stage.parties.person
    at = scene.begins - PREPARED_S
    members = [scene.polled[name] for name in sorted(scene.polled)]
    plan = SitePlan(
        site=SITE,
        owner=OWNER,
        timezone=TIMEZONE,
        reading_day=1,
        logs=(NamedLog(log_id_of(ORIGIN), ORIGIN),),
        points=tuple(PlannedPoint(one.point, one.cadence_s, one.parent or None) for one in members),
        persons=(Person(person.public_key.kid, INSPECTION),),
        renew_by=scene.ends + PLAN_TERM_S,
    )
    stated = [Stated(at, Kind.SITE_PLAN, SITE, plan, person)]
    for one in members:
        for number, plate in enumerate(one.plates):
            event = FactsEvent.EXCHANGE if number else FactsEvent.INSTALL
            if number and plate.serial == one.plates[number - 1].serial:
                event = FactsEvent.RATIO
            facts = facts_of(one, plate, event)
            stated.append(Stated(plate.since if number else at, Kind.METER_FACTS, one.point, facts, person))
        key = stage.streams[one.name].signer.public_key.encode()
        enrolment = Enrolment(issuer_of(one.name), key, (one.point,), SigningPlace.SIMULATED, "simulated device")
        stated.append(Stated(at, Kind.ENROLMENT, issuer_of(one.name), enrolment, person))
    return stated


def _sign_day(stage: Stage, drafts: dict[str, list[Draft]], begins: int, ends: int) -> list[Sent]:
    """What is signed in (begins, ends], in the order of time; the first day also holds its own beginning."""
    due: list[tuple[int, int, str, int, Stated | Draft]] = []
    first = stage.scene.begins - PREPARED_S
    for number, stated in enumerate(stage.stated):
        if begins < stated.at <= ends or (begins == first and stated.at == first):
            due.append((stated.at, 0, "", number, stated))
    for name, of_device in drafts.items():
        for number, draft in enumerate(of_device):
            if begins < draft.written_at <= ends:
                due.append((draft.written_at, 1, name, number, draft))
    sent = []
    for at, _, name, _, what in sorted(due, key=lambda one: one[:4]):
        if isinstance(what, Stated):
            sent.append(_state(stage, what))
            continue
        signed = stage.streams[name].sign(what, stage.beacon(at) if what.names_beacon else None)
        if not what.lost:
            sent.append(Sent(signed.encoded, what.arrives_at, signed, what, name))
    return sent


def _state(stage: Stage, stated: Stated) -> Sent:
    signed = stage.authority.state(stated.kind, stated.subject, stated.payload, stated.at, stated.person)
    if stated.kind is Kind.METER_FACTS:
        for name, polled in stage.scene.polled.items():
            if polled.point == stated.subject:
                stage.streams[name].facts = signed.id
    return Sent(signed.encoded, stated.at, signed)


def _deliver(stage: Stage, intake: Intake, waiting: list[Sent], until: int) -> list[Sent]:
    """Bring to the gateway what arrives by `until`, in the order of arrival; what is still on its way."""
    arrived = sorted((one for one in waiting if one.arrives_at <= until), key=lambda one: one.arrives_at)
    stage.taken += intake.take([one.encoded for one in arrived])
    return [one for one in waiting if one.arrives_at > until]


def _shown(stage: Stage, log: Keeper, injections: Sequence[Injection]) -> Played:
    """The bundle over the whole span at the newest head, and the policy of a reader who holds every anchored head."""
    log_keys, entries = stage.keys, log.entries()
    honest = list(entries)
    for injection in injections:
        entries = injection.entries(stage, entries)
        log_keys = injection.log_keys(stage, log_keys)
    if entries == honest and log_keys == stage.keys:
        source = log.source(stage.keys, stage.now)
    else:
        source = ShownLog(ORIGIN, tuple(entries), log_keys, stage.now)
    shown = bundle_of(stage, source, entries)
    for injection in injections:
        shown = injection.bundle(stage, source, shown)
    return Played(shown, _policy(stage), stage.now, stage.taken, stage.anchors, stage)


def bundle_of(stage: Stage, source: LogSource, entries: Sequence[bytes], drop: frozenset[int] = frozenset()) -> Bundle:
    """The full bundle of a log over the scene, linked to the anchored heads; `drop` leaves out places, provably."""
    scene = stage.scene
    placed = []
    for index, entry in enumerate(entries):
        try:
            placed.append(Placed(index, statement.decode(entry)))
        except DecodeError:
            continue  # no statement, so no selection asks for it
    indexes = bundling.select_full(placed, frozenset(), scene.begins, stage.shown_until)
    linked = [anchor.size for anchor in stage.anchors if anchor.size <= len(entries)]
    section = bundling.section(source, [index for index in indexes if index not in drop], link_sizes=linked)
    return Bundle(bundles.MEDIA_TYPE, Content.FULL, stage.now, scene.begins, stage.shown_until, (section,))


def _policy(stage: Stage) -> Policy:
    parties = stage.parties
    authority = OWNER if stage.audited_by_itself else AUTHORITY
    vkey = note.verifier_key_of(ORIGIN, parties.checkpoint).encode()
    roots = {anchor.size: anchor for anchor in reversed(stage.anchors)}  # the first block that held a head dates it
    return Policy(
        authorities=(TrustedKey(parties.authority.public_key, authority, ISSUER),),
        persons=(TrustedKey(parties.person.public_key, INSPECTION), TrustedKey(parties.owner.public_key, OWNER)),
        owners=(),
        logs=(TrustedLog(ORIGIN, parties.proof.public_key, vkey, tuple(roots[size] for size in sorted(roots))),),
        accept=Accept(simulated=True),
        audited=OWNER,
    )
