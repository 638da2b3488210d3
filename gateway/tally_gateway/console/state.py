"""Where a gateway stands, as its operator sees it: `GET /v1/state`. No IO.

Times are Unix seconds, spans seconds. What arrived when is by the gateway's own clock, kept since its start and no
evidence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogState:
    """The log, its checkpoints, its disk."""

    origin: str
    log_id: str
    proof_key: str
    """The public key that signs its proofs now, hex."""
    now: int
    started_at: int
    size: int
    sealed_size: int
    sealed_at: int
    projected_size: int
    per_hour: int | None
    """Entries in an hour at the rate of the last minutes; None in the first minute."""
    appended: int
    """Entries since the start."""
    appended_bytes: int
    free_bytes: int
    has_space: bool
    space_lasts_s: int | None
    """Until the disk is full at the present rate; None where nobody can tell yet."""


@dataclass(frozen=True, slots=True)
class AnchorState:
    """What has been brought to the chain. `every_s` None: heads are not anchored, by configuration."""

    every_s: int | None
    count: int
    size: int
    at: int
    age_s: int | None
    waiting: int
    """Sealed entries that no anchor covers yet."""
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteState:
    """One authority and the site plan in force of it."""

    issuer: str
    kid: str
    site: str | None
    owner: str | None
    timezone: str | None
    renew_by: int | None
    points: int
    statements: int
    persons: tuple[tuple[str, str], ...]
    """Key id and organisation of each second person."""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A key and its stream. `standing`: speaking, silent, never, replaced or revoked."""

    kid: str
    device: str
    standing: str
    points: tuple[str, ...]
    place: str
    model: str
    enrolled_index: int
    ended_index: int | None
    next_seq: int
    counted: bool
    """Whether the numbers since the stream's beginning have been looked up: right after a start not yet."""
    missing: int
    holes: tuple[tuple[int, int], ...]
    """The first few, both ends included."""
    holes_count: int
    forks: int
    last_index: int | None
    last_issued_at: int | None
    last_arrived_at: int | None
    last_seen_at: int | None
    last_seen_by: str | None
    """gateway: it arrived then, by the gateway's clock. device: its newest statement in the log says so, by the clock
    of the device: all that is known from a start of the gateway until its next word."""
    cadence_s: int | None
    silent_s: int | None
    """Since the newest statement, by the best clock there is."""
    clock: str | None
    offset_s: int | None
    """The smallest of the last arrivals minus signings: at least so far the device's clock is behind ours (or, below
    0, ahead), or so long everything waited."""
    behind_s: int | None
    """Arrival minus signing of the newest: how old what comes is. Large and falling: an outbox drains."""
    outbox: int | None
    """Statements that it had signed at its last word and that are not in the log now; None until it says so."""
    outbox_told_at: int | None
    """When that word arrived."""
    taken: int
    boot_count: int | None


@dataclass(frozen=True, slots=True)
class PointState:
    """A metering point of the plan, the meter in force there, and what was last read."""

    point: str
    cadence_s: int
    parent: str | None
    speakers: tuple[str, ...]
    """Key ids that speak for it now."""
    serial: str | None
    accuracy_class: str | None
    multiplier: str | None
    certificate_expires_at: int | None
    registers: tuple[tuple[str, str], ...]
    """Name and unit."""
    last_read_at: int | None
    last_settled_at: int | None


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """So many messages of a client were ever refused for a reason."""

    client: str
    reason: str
    mendable: bool
    count: int
    last_at: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Since the start of the service."""

    appended: int
    duplicates: int
    fork_offers: int
    asks: int
    asks_refused: int
    confirmations: int
    confirmed_statements: int
    down_lost: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, or that there is nothing. `tone`: good, doubt or bad; `page`: of the console."""

    code: str
    tone: str
    english: str
    chinese: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class GatewayState:
    """All of it."""

    log: LogState
    anchors: AnchorState
    faults: tuple[str, ...]
    sites: tuple[SiteState, ...]
    devices: tuple[DeviceState, ...]
    points: tuple[PointState, ...]
    refusals: tuple[RefusalCount, ...]
    counted: Counted
    steps: tuple[Step, ...] = ()
