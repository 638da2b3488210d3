"""The agent: one thread that reads the meters, says what it read, and sees to its delivery.

Order of a start, and why:

    1  open the outbox                 one process; the stream's state
    2  count the start, durably        bootcount tells a reader of restarts
    3  connect, ask                    where the log has seen this stream last
    4  read and say meanwhile          held unsigned: nothing is lost while the gateway is away
    5  judge the answer                behind: stop (BehindError). Otherwise sign what is held, and go on

The loop waits for the next slot, the next deadline, or an event, whichever comes first. In an accelerated run the
clock is set from slot to slot instead, and the loop waits for the gateway only when too much is unconfirmed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable, proof
from tally_edge.agent import down
from tally_edge.agent.clock import TimeSource, VirtualClock
from tally_edge.agent.config import PointConfig
from tally_edge.agent.delivery import Delivery
from tally_edge.agent.events import Acknowledged, CameDown, Connected, Disconnected, EventQueue, Wake
from tally_edge.agent.order_files import Orders, taken
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.sampler import Sampler
from tally_edge.agent.standing import judge, last_logged
from tally_edge.agent.stream import Stream
from tally_edge.agent.transport import Transport
from tally_edge.answers import AnchorNotice, Answer, Ask, Refusal, ShownHead, sign_ask
from tally_edge.drivers.interface import Driver
from tally_edge.errors import BehindError, ConfigError, DecodeError, OutboxFullError, SignatureError, UnreachableError
from tally_edge.keys import PublicKey, Signer

_LOG = logging.getLogger(__name__)

LAST_LOGGED: Final = "last-logged.cose"
"""Where the statement that stopped a start is left, for `edge recover`."""

ASK_AGAIN_S: Final = 5.0
PATIENCE_S: Final = 120.0
"""An accelerated run ends with an error after this long without a word from the gateway."""
BACKLOG_ENTRIES: Final = 768
"""Unconfirmed statements at which an accelerated run waits: below what delivery keeps on its way at once."""
_BACKLOG_PRESSURE: Final = 0.4
"""And below the pressure at which sampling would thin: an accelerated run has time."""
_LONGEST_WAIT_S: Final = 1.0
_SHORTEST_WAIT_S: Final = 0.2
"""Where something is overdue and the window is full: an acknowledgement wakes the loop anyway."""
_NEVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the agent is: its device, its key, its transport's name, and whose confirmations it believes."""

    device: str
    signer: Signer
    client: str
    proof_key: PublicKey
    lost_since: int | None = None


class Agent:
    """One device's agent. Everything from outside comes in through the constructor; used from one thread."""

    def __init__(
        self,
        identity: Identity,
        points: Sequence[PointConfig],
        drivers: Mapping[str, Driver],
        outbox: Outbox,
        *,
        transport: Transport,
        clock: TimeSource,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        waits_for_gateway: bool = False,
    ) -> None:
        """Counts one more start. `waits_for_gateway`: time stands still meanwhile, so that sampling never thins.
        Raises ConfigError (facts missing), OutboxError."""
        for point in points:
            if point.facts is None:
                raise ConfigError(f"{point.uri} has no facts: enter the id of its meter-facts statement")
        self._identity = identity
        self._key = identity.signer.public_key
        self._outbox = outbox
        self._transport = transport
        self._clock = clock
        self._monotonic = monotonic
        self._waits_for_gateway = waits_for_gateway
        self.events = EventQueue()
        self._stream = Stream(outbox, identity.signer, identity.device, clock)
        self._delivery = Delivery(
            outbox, transport, identity.client, self._key, identity.proof_key, monotonic=monotonic, chance=chance
        )
        self._samplers = [self._sampler(point, drivers[point.uri]) for point in points]
        self._stopping = False
        self._connected = False
        self._asked_at: float | None = None
        self._settled_in = False
        self._accelerated = False

    def _sampler(self, point: PointConfig, driver: Driver) -> Sampler:
        known = self._outbox.point(point.uri)
        state = None if known is None else known[0]
        lost_since = self._identity.lost_since if state is None or state.settled_at is None else None
        return Sampler(point, driver, self._stream, self._clock, state, lost_since=lost_since)

    def stop(self) -> None:
        """Ask the loop to end; may be called from a signal handler."""
        self._stopping = True
        self.events.wake()

    # Running

    def run(self) -> None:
        """Run until `stop`. Raises BehindError, OutboxError."""
        try:
            self.start()
            while not self._stopping:
                self.run_due()
                self.serve(self.wait_s())
        finally:
            self.finish()

    def start(self) -> None:
        """Connect, and take the slots from now on."""
        self._transport.start(self.events)
        self.begin(self._clock.now())

    def begin(self, at: int) -> None:
        """Take the slots from `at` on."""
        for sampler in self._samplers:
            sampler.begin(at)

    def next_event(self) -> int:
        """When the first metering point wants to run; far in the future when all are closed."""
        now = self._clock.now()
        return min((sampler.next_event(now) for sampler in self._samplers if not sampler.closed), default=_NEVER)

    def run_due(self, *, closing: bool = False) -> None:
        """Run the metering points that are due now. Raises OutboxError other than full."""
        now = self._clock.now()
        for sampler in self._samplers:
            if not sampler.closed and (closing or sampler.next_event(now) <= now):
                sampler.run(now, self._pressure(), closing=closing)

    def run_accelerated(self, clock: VirtualClock, first: int, last: int, *, close: bool) -> None:
        """Run from `first` to `last` on a virtual clock, then until everything is confirmed or refused.

        Raises UnreachableError when the gateway stays silent, BehindError, OutboxError.
        """
        self._accelerated = True
        self._transport.start(self.events)
        try:
            self._serve_until(lambda: self._stream.may_sign)
            clock.set(first)
            self.begin(first)
            while not self._stopping and (event := self.next_event()) <= last:
                clock.set(event)
                self.run_due(closing=close and event == last)
                self.serve(0)
                if self._delivery.unconfirmed >= BACKLOG_ENTRIES or self._outbox.pressure() >= _BACKLOG_PRESSURE:
                    self._serve_until(self._has_caught_up)
            if close and not self._stopping:
                clock.set(last)
                self.run_due(closing=True)
            for sampler in self._samplers:
                sampler.flush()
            self._serve_until(self._is_delivered)
        finally:
            self.finish()

    def _has_caught_up(self) -> bool:
        return self._delivery.unconfirmed < BACKLOG_ENTRIES // 2 and self._outbox.pressure() < _BACKLOG_PRESSURE / 2

    def _is_delivered(self) -> bool:
        return self._outbox.waiting(0, 1) == [] and self._outbox.next_held() is None

    def _serve_until(self, done: Callable[[], bool]) -> None:
        """Serve the gateway until `done`. Raises UnreachableError after PATIENCE_S without an event."""
        heard = self._monotonic()
        while not self._stopping and not done():
            if self.serve(_LONGEST_WAIT_S):
                heard = self._monotonic()
            elif self._monotonic() - heard > PATIENCE_S:
                raise UnreachableError(f"the gateway has been silent for {PATIENCE_S:.0f} s")

    def _pressure(self) -> float:
        return 0.0 if self._waits_for_gateway else self._outbox.pressure()

    def wait_s(self) -> float:
        """How long nothing is due but what an event brings, seconds."""
        waits = [_LONGEST_WAIT_S, self._clock.seconds_until(self.next_event())]
        due = self._delivery.seconds_until_due()
        if due is not None and self._connected:
            waits.append(max(due, _SHORTEST_WAIT_S))
        return max(0.0, min(waits))

    def finish(self) -> None:
        """Say what is packed, stop the transport, let go of the meters, give the outbox back."""
        try:
            for sampler in self._samplers:
                sampler.close()
            if self._connected and self._stream.may_sign:
                self._delivery.pump()
        finally:
            self._transport.stop()
            self._outbox.close()

    # Serving the gateway

    def serve(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` for events, take all there are, and send what is due. Returns whether any came."""
        event = self.events.next(timeout_s)
        came = event is not None
        while event is not None:
            match event:
                case Connected():
                    self._connected, self._asked_at = True, None
                    self._delivery.on_connected()
                case Acknowledged(token, reason):
                    self._delivery.on_puback(token, reason)
                case CameDown(payload):
                    self._on_down(payload)
                case Disconnected():
                    self._connected = False
                case Wake():
                    pass
            event = self.events.next(0)
        try:
            with taken(self._outbox.folder) as orders:
                self._obey(orders)
        except OutboxFullError as error:
            _LOG.warning("an order waits for room: %s", error)
        if self._connected:
            self._ask_if_due()
            self._release()
            self._delivery.pump()
        return came

    def _ask_if_due(self) -> None:
        """Ask at every connection, and again until an answer comes: a gateway may have been replaced meanwhile."""
        now = self._monotonic()
        if self._settled_in and self._asked_at is not None:
            return
        if self._asked_at is not None and now - self._asked_at < ASK_AGAIN_S:
            return
        ask = sign_ask(
            Ask(self._shown_head()), self._identity.device, self._identity.client, self._clock.now(),
            self._identity.signer,
        )  # fmt: skip
        if self._transport.ask(self._identity.client, ask.encoded):
            self._settled_in = False
            self._asked_at = now

    def _shown_head(self) -> ShownHead | None:
        """The newest head confirmed to this stream; None without one, or when all that it confirmed is evicted."""
        confirmation = self._outbox.newest_confirmation()
        if confirmation is None:
            return None
        shown = proof.decode(confirmation)
        first = 0 if shown.run is None else shown.run[1]
        held = self._outbox.entries(first, len(shown.paths))
        if not held:
            return None
        seq, encoded = next(iter(held.items()))
        return ShownHead(shown.head.protected, shown.head.signature, shown.root_for(seq - first, encoded))

    def _on_down(self, payload: bytes) -> None:
        try:
            match down.read(payload, self._identity.proof_key):
                case Answer() as answer:
                    self._on_answer(answer)
                case Refusal() as refusal:
                    self._delivery.on_refusal(refusal)
                case AnchorNotice() as notice:
                    self._on_notice(notice)
                case confirmation:
                    self._delivery.on_confirmation(confirmation)
        except (DecodeError, SignatureError) as error:
            _LOG.warning("ignored what came down: %s", error)
            self._outbox.count("ignored: " + type(error).__name__)
        except OutboxFullError as error:
            _LOG.warning("could not note what came down, it will come again: %s", error)

    def _on_notice(self, notice: AnchorNotice) -> None:
        """Statements name this head from here on. In an accelerated run, whose clock is not the world's, they do not:
        signed long ago by its own account, after a block of today."""
        if not self._accelerated:
            self._stream.set_beacon(notice.root)

    def _on_answer(self, answer: Answer) -> None:
        shown = last_logged(answer, self._key)
        try:
            standing = judge(shown, self._outbox)
        except BehindError:
            if answer.statement is not None:
                durable.write_file(self._outbox.folder / LAST_LOGGED, answer.statement, mode=0o600)
            raise
        again = self._outbox.refill(standing.missing_from)
        if again:
            _LOG.warning("the gateway has lost %d confirmed statements: they are sent again", again)
            self._delivery.start_over()
        self._settled_in = True
        self._stream.allow()

    def _release(self) -> None:
        """Sign what was held, as soon as that is allowed and there is room."""
        if self._stream.may_sign and self._outbox.next_held() is not None:
            try:
                self._stream.release_held()
            except OutboxFullError as error:
                _LOG.warning("%s", error)

    def _obey(self, orders: Orders) -> None:
        if orders.resend:
            _LOG.info("%d dead letters are sent again", self._outbox.resend())
            self._delivery.start_over()
        if orders.release_through is not None:
            self._outbox.release(orders.release_through)
        if orders.close:
            self.run_due(closing=True)


def outbox_of(folder: Path, signer: Signer, max_bytes: int) -> Outbox:
    """The outbox of a signer's key. Raises OutboxError."""
    return Outbox(folder, signer.public_key.kid, max_bytes)
