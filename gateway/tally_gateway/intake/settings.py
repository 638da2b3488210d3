"""The listener's settings, each limit with its reason. docs/formats/mqtt.md repeats the ones a client can see."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from tally_gateway.errors import IntakeConfigError
from tally_gateway.intake.commit import CommitSettings
from tally_gateway.intake.quota import Rate
from tally_gateway.intake.topics import DEFAULT_PREFIX, is_prefix

# CONNECT holds a client id, a user name and a token of 64 characters each, and a few properties: about 250 bytes.
MAX_CONNECT_BYTES = 2048
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    """What one listener bears."""

    max_packet_bytes: int = 256 << 10
    """A statement of a thousand readings is about 17 kB; four times the largest statement leaves room for other
    kinds."""
    max_unauthenticated: int = 64
    """Each may cost up to 0.4 MB while TLS buffers are open: 25 MB at the worst."""
    max_unauthenticated_per_address: int = 16
    """Several meters behind one router reconnect together after an outage; they retry with jitter."""
    max_sessions: int = 2048
    """One TLS session costs about 0.4 MB."""
    handshake_s: float = 10.0
    """From accept to a CONNECT that authenticates, TLS included; slow radio links need seconds."""
    max_keep_alive_s: int = 120
    """A client that asks for more, or for none, is told this one; a dead connection is noticed in 1.5 times as long."""
    drain_s: float = 20.0
    """A client that does not read its acknowledgements for so long is disconnected."""
    receive_max: int = 200
    """Messages of one client without an acknowledgement: bounds its share of the inbox."""
    inbox_messages: int = 4096
    inbox_bytes: int = 64 << 20
    """When either is reached no socket is read until the sink has caught up."""
    down_in_flight: int = 32
    """Unacknowledged messages to one client; more are dropped, the client asks again."""
    down_buffer_bytes: int = 512 << 10
    """Bytes waiting in one client's socket before messages to it are dropped."""
    messages: Rate = field(default_factory=lambda: Rate(per_second=200, burst=2_000))
    """Per client. An agent with 100 streams at a statement a minute needs 2 a second; the burst empties an outbox
    after an outage."""
    data_bytes: Rate = field(default_factory=lambda: Rate(per_second=2 << 20, burst=16 << 20))
    """Per client, packet bytes."""
    over_quota_pause_s: float = 1.0
    """The longest that a client over its quota is not read; one refusal a second is enough to tell it."""
    recheck_s: float = 30.0
    """How often running sessions are checked against the client store."""
    shutdown_s: float = 5.0
    """How long connections get to take their last bytes at the end."""

    def __post_init__(self) -> None:
        if self.data_bytes.burst < self.max_packet_bytes:
            raise IntakeConfigError("the byte burst must hold the longest packet, or that packet could never pass")
        if not 1 <= self.receive_max <= 65535 or not 1 <= self.max_keep_alive_s <= 65535:
            raise IntakeConfigError("receive_max and max_keep_alive_s are between 1 and 65535")
        if self.max_packet_bytes < MAX_CONNECT_BYTES:
            raise IntakeConfigError(f"max_packet_bytes is at least {MAX_CONNECT_BYTES}")
        counts = (
            self.max_unauthenticated,
            self.max_unauthenticated_per_address,
            self.max_sessions,
            self.down_in_flight,
        )
        if min(counts) < 1:
            raise IntakeConfigError("the limits on connections and messages are at least 1")


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Where and how to listen."""

    host: str = "127.0.0.1"
    port: int = 8883
    """0 takes a free port; `MqttListener.bind` returns it."""
    tls: ssl.SSLContext | None = None
    """None only on the loopback address: tokens would cross the network in the clear."""
    prefix: str = DEFAULT_PREFIX
    limits: ListenerLimits = field(default_factory=ListenerLimits)
    commit: CommitSettings = field(default_factory=CommitSettings)

    def __post_init__(self) -> None:
        if self.tls is None and self.host not in _LOOPBACK:
            raise IntakeConfigError(f"listening on {self.host} needs TLS")
        if not is_prefix(self.prefix):
            raise IntakeConfigError(f"{self.prefix!r} is not a topic prefix")
