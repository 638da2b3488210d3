"""What a gateway and an agent say to each other beside statements and proofs. Verdict-critical: no IO.

On the up topic an agent sends statements, an ask among them. On the down topic the gateway sends, told apart by their
first byte:

    0xd2  a confirmation (a proof over a run of the stream), or a statement of kind refusal or anchor-notice
    0xa_  an answer to an ask

    ask    = statement of kind ask, signed by the stream's key; sub names the transport's client that asks;
             its payload { ? 1: shown = { 1: protected header, 2: signature, 3: root } }
    answer = { 1: kid, ? 2: last logged statement, ? 3: proof of it }              gateway; without 2 nothing is logged

An ask is signed, so that only the key itself learns where its stream stands, under whatever name it connects; and it
names the client, so that another who has overheard it is told nothing. Refusals and notices are signed by the gateway's
proof key: a dead letter can be shown to whoever asks why it is missing, and nobody else names beacons.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from tally_edge import statement, wire
from tally_edge.keys import SIGNATURE_BYTES, Signer
from tally_edge.statement import MAX_STATEMENT_BYTES, Claims, Kind, Statement
from tally_edge.wire import COUNT, DIGEST, FLAG, TIME, enum, nested, octets, text
from tally_edge.wire import wire as field

CLIENT_PREFIX: Final = "urn:tallystick:client:"
"""Before the transport's name of a client: the subject of asks and refusals."""

MAX_HEAD_BYTES: Final = 2_048
"""The protected header of a proof: an origin of 255 characters, and 250 bytes beside it."""

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

    message: bytes = field(1, DIGEST)
    reason: RefusalReason = field(2, enum(RefusalReason))
    explanation: str = field(3, text(300))
    mendable: bool = field(4, FLAG)


@dataclass(frozen=True, slots=True)
class AnchorNotice:
    """A head that a chain has accepted: what an agent puts into its statements as their beacon.

    `anchored_at` is the time of its block, Unix seconds. The gateway's word is enough here: a reader finds the root on
    the chain, or the beacon counts for nothing.
    """

    size: int = field(1, COUNT)
    root: bytes = field(2, DIGEST)
    anchored_at: int = field(3, TIME)


@dataclass(frozen=True, slots=True)
class ShownHead:
    """The signed part of a confirmation, and the root that its paths lead to: what its signature is over."""

    protected: bytes = field(1, octets(1, MAX_HEAD_BYTES))
    signature: bytes = field(2, octets(SIGNATURE_BYTES, SIGNATURE_BYTES))
    root: bytes = field(3, DIGEST)


@dataclass(frozen=True, slots=True)
class Ask:
    """An agent asks where the stream of the signing key stands, and shows the newest head confirmed to it.

    A gateway whose log is behind that head must stop, and must not stop for a head that somebody made up: so the
    signature comes with the root that it is over.
    """

    shown: ShownHead | None = field(1, nested(ShownHead), optional=True)


def sign_ask(ask: Ask, device: str, client: str, issued_at: int, signer: Signer) -> Statement:
    """An ask of `signer`'s stream, by the transport's `client`. `issued_at` is Unix seconds. Raises StatementError."""
    claims = Claims(Kind.ASK, signer.public_key.kid, device, CLIENT_PREFIX + client, issued_at)
    return statement.sign(claims, wire.encode(ask), signer)


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the stream of `kid` stands in the log: its last statement, and the proof once a checkpoint covers it."""

    kid: bytes = field(1, DIGEST)
    statement: bytes | None = field(2, octets(1, MAX_STATEMENT_BYTES), optional=True)
    proof: bytes | None = field(3, octets(1, MAX_PROOF_BYTES), optional=True)
