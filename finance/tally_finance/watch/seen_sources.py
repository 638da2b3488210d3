"""Devices, logs and the chain, and receipts on it, as a lender sees them at one moment (`seen`). Plain data, no IO."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeterSeen:
    """A metering point: how often it speaks by the site plan, and when it last did, None for never.

    `since` is when it began to be expected.
    """

    point: str
    cadence_s: int
    last_at: int | None
    since: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class GapSeen:
    """A gap that a device declared."""

    point: str
    after: int
    before: int
    reason: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class MissingSeen:
    """Statements of a stream that have not come, though later ones have."""

    device: str
    count: int
    first_seq: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class FailureSeen:
    """A failure that verification found in what was heard, when it was last found."""

    number: int
    name: str
    touches: str
    detail: str
    at: int
    evidence: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogSeen:
    """The log that is followed: when it last answered with a checkpoint that holds, and what is wrong since.

    `contradicts` says how it contradicts what it showed before; empty where it does not. `evidence` is the root that
    was proven last, none before the first.
    """

    origin: str
    last_at: int
    trouble: str = ""
    contradicts: str = ""
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """The chain that is followed: when it was last read and held, and what is wrong since, as with `LogSeen`.

    `evidence` is the transaction of the newest operation that was proven, none before the first.
    """

    name: str
    last_at: int
    trouble: str = ""
    contradicts: str = ""
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptSeen:
    """A receipt (仓单) as the chain has it: `holds` are the kinds of the holds on it, `head` its hash chain."""

    number: str
    title: str
    encumbrance: str
    holder: str
    keeper: str
    lot: str
    face_g: int
    pledged_g: int
    lender: str | None
    holds: tuple[str, ...]
    head: bytes
    living: bool = True
