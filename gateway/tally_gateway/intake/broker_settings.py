"""Where the broker is and how the gateway sits on it; shared by both broker intakes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from tally_gateway.errors import IntakeConfigError
from tally_gateway.intake.commit import CommitSettings
from tally_gateway.intake.topics import DEFAULT_PREFIX, is_prefix

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """One gateway on one broker. Two gateways on one broker share by prefix, never by shared subscription: that
    would deal the messages of one device to both and lose their order."""

    host: str
    port: int
    client_id: str
    """Stable: the broker keeps the session, and so the unacknowledged messages, under it."""
    username: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    """None only towards the loopback address."""
    prefix: str = DEFAULT_PREFIX
    session_expiry_s: int = 7 * 24 * 3600
    """How long the broker queues for a gateway that is away. What it drops later is still in the edges' outboxes."""
    receive_max: int = 1000
    """Asked of the broker. Mosquitto 2.0 exceeds it after the first acknowledgement, so the inbox has a bound of its
    own."""
    max_packet_bytes: int = 256 << 10
    """As the listener's. A broker silently drops what is larger."""
    inbox_messages: int = 4096
    """When so many wait, the broker's socket is not read."""
    down_queue: int = 1000
    """Messages to clients waiting for the broker; more are dropped."""
    keep_alive_s: int = 30
    connect_timeout_s: float = 10.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    """Waits between connections double from the first to the longest, each drawn between half and all of that."""
    canary_every_s: float = 20.0
    """How often the gateway sends itself a message through the broker, to see whether its session still flows."""
    canary_patience_s: float = 20.0
    """How long nothing at all may come while one is out: far longer than a broker that works takes."""
    commit: CommitSettings = field(default_factory=CommitSettings)

    def __post_init__(self) -> None:
        if self.tls is None and self.host not in _LOOPBACK:
            raise IntakeConfigError(f"a broker on {self.host} needs TLS")
        if not self.client_id:
            raise IntakeConfigError("a broker intake needs a stable client id")
        if not is_prefix(self.prefix):
            raise IntakeConfigError(f"{self.prefix!r} is not a topic prefix")
        if not 1 <= self.receive_max <= 65535 or self.inbox_messages < 1:
            raise IntakeConfigError("receive_max is between 1 and 65535, and the inbox holds at least one message")


def backoff_s(attempt: int, settings: BrokerSettings, chance: Callable[[], float]) -> float:
    """The wait before connection attempt `attempt` (0 is the first repeat)."""
    bound = min(settings.longest_wait_s, settings.first_wait_s * 2.0 ** min(attempt, 30))
    return bound * (1 + chance()) / 2
