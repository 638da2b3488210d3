"""Where a stream stands in its log, before it may be signed on. No IO.

Case analysis, with `next` the number this device would sign next and `logged` the last statement that the gateway
shows:

    nothing logged, nothing signed here         a new stream: sign
    nothing logged, something signed here       the gateway has lost its log, or never had it: sign, and send all again
    logged < next, the same bytes as here       sign; what was confirmed after `logged` is sent again
    logged < next, other bytes than here        refuse: somebody else signs with this key, or state was lost and signed
                                                over
    logged >= next                              refuse: this device's state was lost, or set back to an older copy

A shown statement must carry this key's own signature, so nobody can stop a device with a forgery. Nobody can make it
sign behind its log either, except by hiding the log's end; the fork that this makes is then in the log for all to see.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally_edge import statement
from tally_edge.agent.outbox import Outbox
from tally_edge.answers import Answer
from tally_edge.errors import BehindError, SignatureError, StatementError
from tally_edge.keys import PublicKey
from tally_edge.statement import STREAM_KINDS, Statement

NEW_KEY = (
    "A stream can not be continued from lost state. Make a new key with `tallystick edge recover`; "
    "its enrolment names the place where this one ends."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The stream may be signed on. Everything from `missing_from` on is not in the log yet."""

    missing_from: int


def last_logged(answer: Answer, key: PublicKey) -> Statement | None:
    """The statement that an answer shows, checked to be `key`'s own. Raises DecodeError, SignatureError."""
    if answer.kid != key.kid:
        raise StatementError("the answer speaks of another key")
    if answer.statement is None:
        return None
    shown = statement.decode(answer.statement)
    if shown.claims.kid != key.kid or shown.claims.kind not in STREAM_KINDS:
        raise SignatureError("the answer shows a statement that is not of this stream")
    shown.verify(key)
    return shown


def judge(shown: Statement | None, outbox: Outbox) -> Standing:
    """Whether the stream may be signed on after `shown`. Raises BehindError."""
    if shown is None or shown.claims.seq is None:
        return Standing(missing_from=0)
    logged, stream = shown.claims.seq, outbox.stream()
    if logged >= stream.next_seq:
        raise BehindError(
            f"the log holds statement {logged} of this key, this device would sign {stream.next_seq} next. {NEW_KEY}"
        )
    here = outbox.entries(logged, 1).get(logged)
    same = here is None or here == shown.encoded
    if logged == stream.next_seq - 1:
        same = shown.id == stream.prev
    if not same:
        raise BehindError(f"the log holds another statement {logged} of this key than this device signed. {NEW_KEY}")
    return Standing(missing_from=logged + 1)
