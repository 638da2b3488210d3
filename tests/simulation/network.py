"""The network between the agents and the gateway, with a broker between them or none.

A connection is a stream: in order, and what is lost is lost with the connection; either side hears of that later. What
a broker took it has acknowledged, and may lose, repeat and reorder.
"""

from __future__ import annotations

import contextvars
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tally_edge.agent.transport import DELIVERED, TransportListener
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.session import PUBACK_REASON
from tests.simulation.loop import VirtualLoop
from tests.simulation.swarm import Swarm
from tests.simulation.trace import Trace

WINDOW = 64
"""Publishes of one agent that wait for their acknowledgement."""
_LATENCY_S = (0.001, 0.08)
_NOTICED_S = (0.0, 40.0)
"""How long a side does not know that its connection is gone: up to a keep-alive."""
_RECONNECT_S = (0.5, 8.0)
_REDELIVER_S = 5.0


class Witness(Protocol):
    """Who hears everything that crosses the network."""

    def on_wire(self, client: str, payload: bytes) -> None:
        """An agent sent this."""
        ...

    def acknowledged(self, client: str, payload: bytes, outcome: Outcome) -> None:
        """The gateway answered for this."""
        ...

    def sent_down(self, client: str, payload: bytes) -> None:
        """The gateway sent this."""
        ...


@dataclass(frozen=True)
class Upload:
    """A message that has reached the gateway, and the way back for its acknowledgement."""

    delivery: Delivery
    answer: Callable[[Outcome], None]


class Receiver(Protocol):
    """The gateway's side: an intake that is being served."""

    def arrive(self, upload: Upload) -> None:
        """A message came."""
        ...


@dataclass
class Faults:
    """What happens to messages just now; the rates of Swarm."""

    drop_rate: float = 0.0
    duplicate_rate: float = 0.0
    longest_delay_s: float = 0.0
    reorders: bool = False
    lost_ack_rate: float = 0.0


class Network:
    """See the module's text. `witness` hears what leaves an agent and what leaves the gateway."""

    def __init__(self, loop: VirtualLoop, swarm: Swarm, chance: random.Random, trace: Trace, witness: Witness) -> None:
        self.loop, self.chance, self.trace, self.witness = loop, chance, trace, witness
        self.faults = Faults()
        self.links: dict[str, Link] = {}
        self.broker = Broker(self) if swarm.by_broker else None
        self.receiver: Receiver | None = None
        self._nobody = contextvars.Context()
        self.messages = self.lost = 0

    def later(self, delay_s: float, call: Callable[..., object], *arguments: object) -> None:
        """Call in no process's name."""
        self.loop.call_at(self.loop.time() + delay_s, call, *arguments, context=self._nobody.copy())

    def between(self, span: tuple[float, float]) -> float:
        """A number of seconds."""
        return self.chance.uniform(*span)

    def link(self, client: str) -> Link:
        """The way of one agent."""
        return self.links.setdefault(client, Link(self, client))

    def is_reachable(self) -> bool:
        """Whether agents find somebody to connect to."""
        return self.broker.alive if self.broker is not None else self.receiver is not None

    def serve(self, receiver: Receiver) -> None:
        """The gateway takes messages."""
        self.receiver = receiver
        if self.broker is not None:
            self.broker.deliver_all()

    def leave(self, receiver: Receiver) -> None:
        """It does no more."""
        if self.receiver is receiver:
            self.receiver = None
            if self.broker is None:
                self.break_all()

    def break_all(self) -> None:
        """Every agent's connection breaks."""
        for link in self.links.values():
            link.break_off()

    def up(self, link: Link, token: int, payload: bytes) -> None:
        """A publish has arrived where agents connect to."""
        delivery = Delivery(link.client, f"tally/1/{link.client}/up", payload)
        if self.broker is not None:
            link.acknowledge(token, DELIVERED)
            self.broker.take(delivery)
        elif self.receiver is not None:
            self.receiver.arrive(Upload(delivery, lambda outcome: link.acknowledge(token, int(PUBACK_REASON[outcome]))))

    def down(self, client: str, payload: bytes) -> bool:
        """What the gateway sends to an agent. False: it is not there."""
        link = self.links.get(client)
        if self.broker is not None:
            return self.broker.alive and self.broker.take_down(client, payload)
        if link is None or not link.connected:
            return False
        link.send_down(payload)
        return True


class Link:
    """An agent's connection, one after the other. A tally_edge.agent.transport.Transport stands in front of it."""

    def __init__(self, network: Network, client: str) -> None:
        self.client = client
        self._network = network
        self._listener: TransportListener | None = None
        self._on_news: Callable[[], None] = lambda: None
        self.connected = False
        self.partitioned = False
        self._number = 0
        """Of the connection: what is on its way on an older one never arrives."""
        self._waiting: set[int] = set()
        self._free_at = {"up": 0.0, "down": 0.0}
        self._known_up = False

    def attach(self, listener: TransportListener, on_news: Callable[[], None]) -> None:
        """An agent begins to connect; `on_news` is called after every word to `listener`."""
        self._listener, self._on_news, self._known_up = listener, on_news, False
        self._number += 1
        self._connect_later()

    def detach(self) -> None:
        """The agent is gone, and so is its connection."""
        self._listener, self.connected = None, False
        self._number += 1

    def break_off(self, noticed_s: float | None = None) -> None:
        """The connection breaks; the agent notices later."""
        if self.connected:
            self.connected = False
            self._number += 1
            self._network.trace.note(self.client[:8], "connection lost")
            after = self._network.between(_NOTICED_S) if noticed_s is None else noticed_s
            self._network.later(after, self._noticed, self._number)

    def _noticed(self, number: int) -> None:
        if number == self._number:
            self._say_state(up=False)
            self._connect_later()

    def _connect_later(self) -> None:
        self._network.later(self._network.between(_RECONNECT_S), self._connect, self._number)

    def _connect(self, number: int) -> None:
        if number != self._number or self._listener is None or self.connected:
            return
        if self.partitioned or not self._network.is_reachable():
            self._connect_later()
            return
        self.connected = True
        self._waiting.clear()
        self._network.trace.note(self.client[:8], "connected")
        self._say_state(up=True)

    def _say_state(self, *, up: bool) -> None:
        if self._listener is not None and self._known_up != up:
            self._known_up = up
            self._listener.on_state(up)
            self._on_news()

    def publish(self, token: int, payload: bytes) -> bool:
        """See Transport."""
        if not self._known_up or len(self._waiting) >= WINDOW:
            return False
        self._waiting.add(token)
        self._network.witness.on_wire(self.client, payload)
        if self.connected:
            self._stream("up", self._network.up, self, token, payload)
        return True

    def acknowledge(self, token: int, reason: int) -> None:
        """What a publish is answered with."""
        if self._network.chance.random() < self._network.faults.lost_ack_rate:
            self.break_off()
        elif self.connected:
            self._stream("down", self._acknowledged, token, reason)

    def _acknowledged(self, token: int, reason: int) -> None:
        self._waiting.discard(token)
        if self._listener is not None and token >= 0:
            self._listener.on_puback(token, reason)
            self._on_news()

    def send_down(self, payload: bytes) -> None:
        """A message for the agent."""
        if self.connected:
            self._stream("down", self._came_down, payload)

    def _came_down(self, payload: bytes) -> None:
        if self._listener is not None:
            self._listener.on_down(self.client, payload)
            self._on_news()

    def _stream(self, way: str, deliver: Callable[..., object], *arguments: object) -> None:
        network, faults = self._network, self._network.faults
        network.messages += 1
        if network.broker is None and network.chance.random() < faults.drop_rate:
            network.lost += 1
            self.break_off()
            return
        delay = network.between(_LATENCY_S)
        if network.broker is None and faults.longest_delay_s and network.chance.random() < 0.05:
            delay += network.chance.random() * faults.longest_delay_s
        at = max(self._free_at[way], network.loop.time() + delay)
        self._free_at[way] = at
        network.later(at - network.loop.time(), self._arrive, self._number, deliver, arguments)

    def _arrive(self, number: int, deliver: Callable[..., object], arguments: tuple[object, ...]) -> None:
        if number == self._number and self.connected:
            deliver(*arguments)
        else:
            self._network.lost += 1


@dataclass
class Broker:
    """Acknowledges at once, keeps in memory, hands over until the gateway acknowledges."""

    network: Network
    alive: bool = True
    _held: dict[int, Delivery] = field(default_factory=dict)
    _next: int = 0

    def take(self, delivery: Delivery) -> None:
        """An agent's message. Some are lost."""
        if self.network.chance.random() < self.network.faults.drop_rate:
            self.network.lost += 1
            return
        self._next += 1
        self._held[self._next] = delivery
        for _ in self._times():
            self.network.later(self._delay_s(), self._deliver, self._next)

    def take_down(self, client: str, payload: bytes) -> bool:
        """A message of the gateway for an agent. Some are lost."""
        link = self.network.links.get(client)
        if link is None or self.network.chance.random() < self.network.faults.drop_rate:
            self.network.lost += 1
            return True
        for _ in self._times():
            self.network.later(self._delay_s(), link.send_down, payload)
        return True

    def _times(self) -> range:
        return range(2 if self.network.chance.random() < self.network.faults.duplicate_rate else 1)

    def _delay_s(self) -> float:
        network, faults = self.network, self.network.faults
        delay = network.between(_LATENCY_S)
        if faults.reorders:
            delay += network.chance.random() * 3
        if faults.longest_delay_s and network.chance.random() < 0.05:
            delay += network.chance.random() * faults.longest_delay_s
        return delay

    def _deliver(self, number: int) -> None:
        delivery, receiver = self._held.get(number), self.network.receiver
        if delivery is not None and receiver is not None and self.alive:
            receiver.arrive(Upload(delivery, lambda outcome: self._answered(number, outcome)))

    def _answered(self, number: int, outcome: Outcome) -> None:
        if outcome in (Outcome.COMMITTED, Outcome.REFUSED):
            self._held.pop(number, None)
        else:
            self.network.later(_REDELIVER_S, self._deliver, number)

    def deliver_all(self) -> None:
        """The gateway is back: everything that it did not acknowledge comes again."""
        for number in list(self._held):
            self.network.later(self._delay_s(), self._deliver, number)

    def die(self, back_after_s: float) -> None:
        """It is killed: what it held is lost, or some of it. It comes back."""
        self.alive = False
        for number in list(self._held):
            if self.network.chance.random() < 0.7:
                del self._held[number]
                self.network.lost += 1
        self.network.break_all()
        self.network.later(back_after_s, self._begin)

    def _begin(self) -> None:
        self.alive = True
        self.deliver_all()
