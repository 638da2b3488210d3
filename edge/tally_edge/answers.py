"""What a gateway and an agent say to each other beside statements and proofs. Verdict-critical: no IO.

On the up topic an agent sends statements. On the down topic the gateway sends, told apart by their first byte:

    0xd2  a confirmation (a proof over a run of the stream) or a refusal (a statement of kind refusal)
    0xa_  an answer to an ask

    ask    = { ? 1: newest confirmation that the agent holds, as received,          agent
               ? 2: the statement that its last path proves }
    answer = { 1: kid, ? 2: last logged statement, ? 3: proof of it }              gateway; without 2 nothing is logged

A refusal is signed by the gateway's proof key, so a dead letter can be shown to whoever asks why it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from tally_edge.statement import MAX_STATEMENT_BYTES
from tally_edge.wire import DIGEST, FLAG, enum, octets, text, wire

MAX_PROOF_BYTES: Final = 4 * 2**20
"""A confirmation of the longest run at the deepest tree stays below."""


@unique
class RefusalReason(IntEnum):
    """Why a gateway did not append something."""

    MALFORMED = 1
    TOO_LARGE = 2
    UNKNOWN_KEY = 3
    BAD_SIGNATURE = 4
    WRONG_SENDER = 5
    WRONG_KIND = 6
    UNKNOWN_AUTHORITY = 7
    FORKED = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """`message` (SHA-256 of what was sent) was not appended, and why. `mendable`: worth sending again once mended."""

    message: bytes = wire(1, DIGEST)
    reason: RefusalReason = wire(2, enum(RefusalReason))
    explanation: str = wire(3, text(300))
    mendable: bool = wire(4, FLAG)


@dataclass(frozen=True, slots=True)
class Ask:
    """An agent asks where its stream `kid` stands, and shows the newest confirmation it holds.

    With `statement` the confirmation's signature can be checked by a gateway whose log does not hold the statement any
    more. Such a gateway must stop, and must not stop for a confirmation that somebody made up.
    """

    confirmation: bytes | None = wire(1, octets(1, MAX_PROOF_BYTES), optional=True)
    statement: bytes | None = wire(2, octets(1, MAX_STATEMENT_BYTES), optional=True)
    kid: bytes | None = wire(3, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the stream of `kid` stands in the log: its last statement, and the proof once a checkpoint covers it."""

    kid: bytes = wire(1, DIGEST)
    statement: bytes | None = wire(2, octets(1, MAX_STATEMENT_BYTES), optional=True)
    proof: bytes | None = wire(3, octets(1, MAX_PROOF_BYTES), optional=True)
