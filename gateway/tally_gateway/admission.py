"""Whether one message may be appended: a pure function of its bytes and of the keys that are known. No IO.

    1. size                  at most MAX_STATEMENT_BYTES
    2. form                  a statement, strictly decoded; its kind belongs to a stream, or it is an ask
    3. sender                the topic, where it names a key, names the key that signed
    4. key                   enrolled (or an authority of this gateway)
    5. signature             verifies, in its one accepted form
    6. payload               strict, as its kind demands; a countersignature has its form

What passes is appended, whatever it says: faults of sequence, link, clock or register are findings of whoever reads,
and so is a revoked key's statement, judged by its place in the log. Nothing here knows the log, so nothing here can
censor by it. An ask is checked alike, and answered instead of appended (ask_desk.py).

`check_batch` is what worker processes run: its arguments and results are plain values, and results keep the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tally_edge import countersign, senml, statement, wire
from tally_edge.answers import Ask, RefusalReason
from tally_edge.authority import PAYLOAD_OF_KIND
from tally_edge.device import Gap, Settlement
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.keys import PublicKey
from tally_edge.statement import AUTHORITY_KINDS, MAX_STATEMENT_BYTES, STREAM_KINDS, Kind, Statement

MENDABLE: Final = frozenset({RefusalReason.UNKNOWN_KEY, RefusalReason.UNKNOWN_AUTHORITY, RefusalReason.WRONG_SENDER})
"""Refusals that an enrolment or another topic mends: the same bytes are worth sending again."""

NO_SEQ: Final = -1
"""The place of what stands in no stream."""

MAX_EXPLANATION_CHARS: Final = 300
"""What a refusal's explanation holds (answers.Refusal)."""


class Message(NamedTuple):
    """What came: the bytes, and the key id that the topic names, where it names one."""

    payload: bytes
    named_kid: bytes | None = None


class Checked(NamedTuple):
    """What was found. Without `reason` the message is a statement to be appended at (kid, seq)."""

    kid: bytes
    seq: int
    kind: Kind | None
    reason: RefusalReason | None = None
    explanation: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the message is to be appended, or answered."""
        return self.reason is None

    @property
    def is_ask(self) -> bool:
        """Whether it is to be answered: a sound ask, or one of a key that is not known here yet."""
        return self.kind is Kind.ASK and self.reason in (None, RefusalReason.UNKNOWN_KEY)


def check_batch(messages: Iterable[Message], keys: Mapping[bytes, PublicKey]) -> list[Checked]:
    """Check each message on its own; one result per message, in the same order. Raises nothing for a message's sake."""
    return [check(message, keys) for message in messages]


def check(message: Message, keys: Mapping[bytes, PublicKey]) -> Checked:
    """Steps 1 to 6 of the module's text."""
    size = len(message.payload)
    if size > MAX_STATEMENT_BYTES:
        return _refused(RefusalReason.TOO_LARGE, f"has {size} bytes, at most {MAX_STATEMENT_BYTES} are accepted")
    try:
        signed = statement.decode(message.payload)
    except DecodeError as error:
        return _refused(RefusalReason.MALFORMED, str(error))
    claims = signed.claims
    if claims.kind not in STREAM_KINDS and claims.kind is not Kind.ASK:
        return _refused(
            RefusalReason.WRONG_KIND, f"a {claims.kind.value} statement is not an entry of a stream", signed
        )
    if message.named_kid not in (None, claims.kid):
        text = f"the topic names another key than {claims.kid.hex()}, which signed"
        return _refused(RefusalReason.WRONG_SENDER, text, signed)
    key = keys.get(claims.kid)
    if key is None:
        return _unknown(signed)
    try:
        signed.verify(key)
    except SignatureError as error:
        return _refused(RefusalReason.BAD_SIGNATURE, str(error), signed)
    try:
        check_payload(signed)
    except DecodeError as error:
        return _refused(RefusalReason.MALFORMED, str(error), signed)
    return Checked(claims.kid, NO_SEQ if claims.seq is None else claims.seq, claims.kind)


def check_payload(signed: Statement) -> None:
    """Step 6. Raises StatementError, CoseError or CborError."""
    kind = signed.claims.kind
    if kind is Kind.READINGS:
        senml.check(signed.payload)
    elif kind is Kind.SETTLEMENT:
        wire.decode(Settlement, signed.payload)
    elif kind is Kind.GAP:
        wire.decode(Gap, signed.payload)
    elif kind is Kind.ASK:
        wire.decode(Ask, signed.payload)
    else:
        countersign.read(signed, wire.decode(PAYLOAD_OF_KIND[kind], signed.payload))


def _unknown(signed: Statement) -> Checked:
    kid = signed.claims.kid.hex()
    if signed.claims.kind in AUTHORITY_KINDS:
        return _refused(RefusalReason.UNKNOWN_AUTHORITY, f"key {kid} is no authority of this gateway", signed)
    return _refused(RefusalReason.UNKNOWN_KEY, f"key {kid} is not enrolled here", signed)


def _refused(reason: RefusalReason, explanation: str, signed: Statement | None = None) -> Checked:
    text = "".join(char if char.isprintable() else "?" for char in explanation)[:MAX_EXPLANATION_CHARS]
    if signed is None:
        return Checked(b"", NO_SEQ, None, reason, text)
    seq = signed.claims.seq
    return Checked(signed.claims.kid, NO_SEQ if seq is None else seq, signed.claims.kind, reason, text)
