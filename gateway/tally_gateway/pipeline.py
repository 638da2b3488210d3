"""From messages to entries: check, append, answer; and at every seal the confirmations that are due.

    messages -> check (checking.py) -> one call on the log's thread: append, apply to the keys, owe confirmations,
    refuse
             -> outcomes to the intake; refusals and answers sent down
    every seal -> one call on the log's thread: seal, prove what is due -> confirmations sent down

`Pipeline.port` is the Sink of one intake. Nothing that a client sends raises anything but SinkUnavailable, with one
exception: a proof that this log is behind (ask.py) raises ConfirmationAhead, which stops the service.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tally_edge.answers import RefusalReason
from tally_edge.keys import PublicKey
from tally_gateway.admission import MENDABLE, Checked, Message, check_batch
from tally_gateway.anchored_log import wall_clock
from tally_gateway.ask_desk import AskDesk
from tally_gateway.beacons import Beacons
from tally_gateway.checking import Checker
from tally_gateway.confirm import Debts, Route, Run, confirmation
from tally_gateway.console.watching import Appended, Watch
from tally_gateway.counters import PipelineCounters
from tally_gateway.errors import CheckerLost, LogFull, SinkUnavailable
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.key_state import KeyState
from tally_gateway.lane import LogLane
from tally_gateway.log.records import COUNTED_ONLY, Entry, Head
from tally_gateway.log.writer import Log
from tally_gateway.refuse import RefusalDesk, ToRefuse
from tally_gateway.turns import Turns

Down = Callable[[str, bytes], Awaitable[bool]]

_KID_NAME: Final = re.compile(r"[0-9a-f]{64}")
_NO_WAY_BACK: Final = "an ask is answered on the down topic of MQTT, and has none here"


class Incoming(NamedTuple):  # made for every statement: half the cost of a frozen dataclass
    """A message, who sent it, the way back where there is one, and the newest number told beside it."""

    message: Message
    client: str
    route: Route | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message: appended at `index` (perhaps before: `duplicate`), or refused."""

    checked: Checked
    index: int | None = None
    duplicate: bool = False
    refusal: bytes | None = None

    @property
    def outcome(self) -> Outcome:
        """What the intake is told."""
        return Outcome.REFUSED if self.index is None else Outcome.COMMITTED

    @property
    def mendable(self) -> bool:
        """Whether the same bytes are worth sending again."""
        return self.checked.reason in MENDABLE


@dataclass(frozen=True, slots=True)
class PipelineParts:
    """What a pipeline works with. `proof_keys` are the keys that ever signed this log's proofs, by id."""

    lane: LogLane
    state: sqlite3.Connection
    checker: Checker
    keys: KeyState
    desk: RefusalDesk
    beacons: Beacons
    log_id: bytes
    proof_keys: dict[bytes, PublicKey]
    has_space: Callable[[], bool]
    watch: Watch = field(default_factory=Watch)
    clock: Callable[[], int] = wall_clock


class Pipeline:
    """See the module's text. Everything public is called on the event loop."""

    def __init__(self, parts: PipelineParts) -> None:
        self._parts = parts
        self._debts = Debts()
        self._turns = Turns()
        self.counters = PipelineCounters()
        self.asks = AskDesk(parts.lane, parts.state, parts.log_id, parts.proof_keys, self.counters)
        self.beacons = parts.beacons

    def port(self, send: Down) -> Port:
        """A Sink for the intake whose `send` is given."""
        return Port(self, send)

    async def take(self, incoming: Sequence[Incoming]) -> list[Taken]:
        """Check and append; durable on return. Raises SinkUnavailable when nothing of it is stored.

        Calls may overlap: the checks of the next batch run while this one is written. They are appended in the order
        in which they were made.
        """
        if not incoming:
            return []
        if not self._parts.has_space():
            self.counters.unavailable += 1
            raise SinkUnavailable("the disk is nearly full")
        try:
            with self._turns.enter() as turn:
                checked = await self._parts.checker.check([one.message for one in incoming], self._parts.keys.known)
                await turn
                committing = self._parts.lane.begin(lambda log: self._commit(log, incoming, checked))
            return await committing
        except (CheckerLost, LogFull) as error:
            self.counters.unavailable += 1
            raise SinkUnavailable(str(error)) from error

    def _commit(self, log: Log, incoming: Sequence[Incoming], checked: list[Checked]) -> list[Taken]:
        """On the log's thread: everything that belongs to one batch."""
        taken = self._append(log, incoming, checked)
        if any(one.checked.reason is RefusalReason.UNKNOWN_KEY for one in taken):
            self._recheck(log, incoming, taken)
        refused = [
            (
                number,
                ToRefuse(incoming[number].client, incoming[number].message.payload, reason, one.checked.explanation),
            )
            for number, one in enumerate(taken)
            if (reason := one.checked.reason) is not None and not one.checked.is_ask
        ]
        for (number, what), body in zip(refused, self._parts.desk.refuse([what for _, what in refused]), strict=True):
            self.counters.refused[what.reason] = self.counters.refused.get(what.reason, 0) + 1
            taken[number] = Taken(taken[number].checked, refusal=body)
        return taken

    def _append(self, log: Log, incoming: Sequence[Incoming], checked: list[Checked]) -> list[Taken]:
        entries = [
            Entry(one.kid, one.seq, came.message.payload)
            for one, came in zip(checked, incoming, strict=True)
            if one.reason is None and not one.is_ask
        ]
        places = iter(log.append(entries) if entries else ())
        taken: list[Taken] = []
        noted: list[Appended] = []
        now = self._parts.clock()
        for one, came in zip(checked, incoming, strict=True):
            if one.is_ask and came.route is None:
                taken.append(Taken(one._replace(kind=None, reason=RefusalReason.WRONG_KIND, explanation=_NO_WAY_BACK)))
                continue
            if one.is_ask or one.reason is not None:
                taken.append(Taken(one))
                continue
            place = next(places)
            if place.index == COUNTED_ONLY:
                self.counters.fork_offers += 1
                text = f"seq {one.seq} of key {one.kid.hex()} holds two other statements already"
                taken.append(Taken(one._replace(reason=RefusalReason.FORKED, explanation=text)))
                continue
            taken.append(Taken(one, place.index, place.duplicate))
            if place.duplicate:
                self.counters.duplicates += 1
            else:
                self.counters.appended += 1
                noted.append(Appended(one.kid, one.seq, one.kind, place.index, now, came.message.payload, came.newest))
                if self._parts.keys.is_authority(one.kid):
                    self._parts.keys.apply(place.index, came.message.payload)
            if came.route is not None:
                self._debts.owe(came.route, one.kid, one.seq, place.index)
        if noted:
            self._parts.watch.note(noted, log.size)
        return taken

    def _recheck(self, log: Log, incoming: Sequence[Incoming], taken: list[Taken]) -> None:
        """A key may have been enrolled by this very batch, or while it was being checked: look once more."""
        known = self._parts.keys.known.by_kid
        again = [
            number
            for number, one in enumerate(taken)
            if one.checked.reason is RefusalReason.UNKNOWN_KEY and one.checked.kid in known
        ]
        if again:
            part = [incoming[number] for number in again]
            checked = check_batch([one.message for one in part], known)
            for number, one in zip(again, self._append(log, part, checked), strict=True):
                taken[number] = one

    async def seal(self) -> Head | None:
        """Seal what was appended, and send the confirmations that are due. The new head, or None when nothing was new.

        Raises LogFull when there is no space; what is due stays due.
        """
        started = time.monotonic()
        head = await self._parts.lane.seal()
        due = await self._parts.lane.run(self._prove)
        if head is not None:
            self.counters.seals += 1
            self.counters.last_seal_s = time.monotonic() - started
        for run, body in due:
            if await run.route.send(run.route.client, body):
                self.counters.confirmations += 1
                self.counters.confirmed_statements += len(run.indexes)
            else:
                await self._parts.lane.run(lambda _, run=run: self._debts.again(run))  # type: ignore[misc]  # mypy: lambda defaults
        return head

    def _prove(self, log: Log) -> list[tuple[Run, bytes]]:
        return [(run, confirmation(log, run)) for run in self._debts.due(log.head.size)]

    async def refuse(self, refused: Sequence[ToRefuse]) -> list[bytes]:
        """Refuse what is no statement. Raises SinkUnavailable where there is no space to note it."""
        if not self._parts.has_space():
            self.counters.unavailable += 1
            raise SinkUnavailable("the disk is nearly full")
        try:
            return await self._parts.lane.run(lambda _: self._parts.desk.refuse(refused))
        except LogFull as error:
            self.counters.unavailable += 1
            raise SinkUnavailable(str(error)) from error


class Port:
    """The Sink of one intake (intake.interface.Sink)."""

    def __init__(self, pipeline: Pipeline, send: Down) -> None:
        self._pipeline, self._send = pipeline, send

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """See Sink. Statements first, as one batch; then the asks, which see what was just appended."""
        routes: dict[str, Route] = {}
        incoming = [self._incoming(one, routes) for one in deliveries]
        outcomes: list[Outcome] = []
        for one, taken in zip(deliveries, await self._pipeline.take(incoming), strict=True):
            if taken.refusal is not None:
                await self._down(one.client, taken.refusal)
            outcomes.append(await self._ask(one) if taken.checked.is_ask else taken.outcome)
        return outcomes

    def _incoming(self, delivery: Delivery, routes: dict[str, Route]) -> Incoming:
        route = routes.get(delivery.client)
        if route is None:
            route = routes[delivery.client] = Route(delivery.client, self._send)
        return Incoming(Message(delivery.payload, _named_kid(delivery)), delivery.client, route, delivery.newest)

    async def _ask(self, delivery: Delivery) -> Outcome:
        answered = await self._pipeline.asks.answer(delivery.client, delivery.payload)
        if answered is None:
            return Outcome.OVER_QUOTA
        if isinstance(answered, ToRefuse):
            for body in await self._pipeline.refuse([answered]):
                await self._down(delivery.client, body)
            return Outcome.REFUSED
        beacons = self._pipeline.beacons
        beacons.follow(Route(delivery.client, self._send))
        if beacons.notice is not None:  # before the answer: with it the agent may sign at once
            await self._down(delivery.client, beacons.notice)
        await self._down(delivery.client, answered)
        return Outcome.COMMITTED

    async def _down(self, client: str, payload: bytes) -> None:
        if not await self._send(client, payload):
            self._pipeline.counters.down_lost += 1


def _named_kid(delivery: Delivery) -> bytes | None:
    """The key id that the topic names: a client whose transport name is one speaks for that key alone."""
    levels = delivery.topic.split("/")
    name = levels[-2] if len(levels) > 1 else ""
    return bytes.fromhex(name) if _KID_NAME.fullmatch(name) else None
