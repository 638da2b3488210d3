"""What the ways in count. Plain integers, written by one event loop; the metrics page reads them.

Unauthenticated peers can only ever raise counters: nothing they do is logged, so they cannot fill a disk with log
lines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class IntakeCounters:
    """Counted by every way in."""

    delivered: int = 0
    """Deliveries offered to the sink, repeats included."""
    committed: int = 0
    refused: int = 0
    over_quota: int = 0
    try_later: int = 0
    batches: int = 0
    acked: int = 0
    """Acknowledgements written to a connection."""
    sink_unavailable: int = 0
    """Batches for which the sink raised SinkUnavailable."""
    down_sent: int = 0
    down_dropped: int = 0
    """Messages to clients that were not there, not subscribed or too slow."""


@dataclass(slots=True)
class ListenerCounters(IntakeCounters):
    """Counted by the listener."""

    connections: int = 0
    """Sockets accepted, refused ones included."""
    sessions: int = 0
    """Clients that authenticated."""
    refused_admission: int = 0
    """Sockets closed at once: too many unauthenticated ones, in all or from one address."""
    refused_handshake: int = 0
    """Peers that failed TLS, sent no CONNECT in time, or left before it."""
    refused_version: int = 0
    refused_auth: int = 0
    refused_connect: int = 0
    """CONNECT packets that were refused for any other reason."""
    malformed: int = 0
    oversized: int = 0
    protocol_errors: int = 0
    """Well-formed packets that break the rules of docs/formats/mqtt.md."""
    foreign_topic: int = 0
    """PUBLISH or SUBSCRIBE for a topic that is not the client's own."""
    quota: int = 0
    """Messages refused by the listener's own quota, before the sink."""
    keep_alive: int = 0
    slow_readers: int = 0
    taken_over: int = 0
    revoked: int = 0
    """Sessions ended because their token was removed."""
    faults: int = 0
    """Connections that ended in an error of ours; each is logged with its traceback."""


@dataclass(slots=True)
class BrokerCounters(IntakeCounters):
    """Counted by the broker intakes."""

    connects: int = 0
    connect_failures: int = 0
    forced_redeliveries: int = 0
    """Connections dropped so that the broker sends unacknowledged messages again."""
    redelivered: int = 0
    """Messages that came with the DUP flag."""
    foreign_topic: int = 0
    """Messages on a topic without a valid client name; acknowledged and dropped."""
    stand_stills: int = 0
    """Connections dropped because the broker sent nothing more to the session, not even the gateway's own canary."""
    new_sessions: int = 0
    """Stand-stills after which the session was not resumed but begun anew."""
