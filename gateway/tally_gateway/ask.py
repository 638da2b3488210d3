"""Asks: an agent asks where its stream stands and shows the newest head that was confirmed to it.

A log that is behind a head which its own key once signed has lost entries, or was put back from an old copy; going on
would fork it. So the head is judged before anything is answered, and whoever shows it:

    1. It is of another log, or signed by no key that this log ever had: nothing follows for this one (it may be the
       predecessor's, or that of the same log before its disk and keys were lost and it was begun again).
    2. Its signature does not hold over the root shown with it: refused, for otherwise anybody with a login could stop
       a gateway by making a head up.
    3. It is a head of this log: its size is within, and our own root of that size is the same.
    4. Otherwise this log is behind, or another history: it stops and will not start again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tally_chain import tree
from tally_edge import proof, wire
from tally_edge.answers import Answer, Ask
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.keys import PublicKey
from tally_edge.proof import Proof


class AskedLog(Protocol):
    """The part of the log that an ask needs."""

    @property
    def size(self) -> int:
        """Entries committed."""
        ...

    @property
    def sealed_size(self) -> int:
        """Entries under the newest head."""
        ...

    @property
    def nodes(self) -> tree.Nodes:
        """The tree."""
        ...

    def entry(self, index: int) -> bytes:
        """An entry's bytes."""
        ...

    def last_of(self, kid: bytes) -> tuple[int, int] | None:
        """(seq, index) of a stream's newest statement."""
        ...

    def prove(self, index: int, run: tuple[bytes, int]) -> Proof:
        """The proof of one statement under the newest head."""
        ...


class Verdict(enum.Enum):
    """What a shown confirmation says about this log."""

    WITHIN = "within"
    FOREIGN = "foreign"
    REFUSED = "refused"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, a sentence, and the size of the head that was shown."""

    verdict: Verdict
    text: str = ""
    size: int = 0


def judge(ask: Ask, log: AskedLog, log_id: bytes, keys: Mapping[bytes, PublicKey]) -> Judged:
    """Steps 1 to 4 of the module's text. `keys` are the proof keys this log ever had, by id."""
    if ask.shown is None:
        return Judged(Verdict.WITHIN)
    try:
        head = proof.decode_head(ask.shown.protected, ask.shown.signature)
    except DecodeError as error:
        return Judged(Verdict.REFUSED, f"the head shown is none: {error}")
    if head.log_id != log_id:
        return Judged(Verdict.FOREIGN, f"the head shown is of the log {head.origin}")
    key = keys.get(head.kid)
    if key is None:
        return Judged(Verdict.FOREIGN, "the head shown is signed by no key of this log")
    try:
        head.verify(ask.shown.root, key)
    except SignatureError as error:
        return Judged(Verdict.REFUSED, f"the head shown: {error}")
    if head.size <= log.size and tree.CompactRange.load(head.size, log.nodes).root() == ask.shown.root:
        return Judged(Verdict.WITHIN, size=head.size)
    text = (
        f"a confirmation under size {head.size} was shown, signed by this log's key; the log holds {log.size} entries "
        "and does not contain that head"
    )
    return Judged(Verdict.AHEAD, text, head.size)


def answer(kid: bytes, log: AskedLog) -> bytes:
    """Where a stream stands: the last statement, and its proof once a head covers it."""
    return wire.encode(_answer(kid, log))


def _answer(kid: bytes, log: AskedLog) -> Answer:
    last = log.last_of(kid)
    if last is None:
        return Answer(kid)
    seq, index = last
    if index >= log.sealed_size:
        return Answer(kid, log.entry(index))
    return Answer(kid, log.entry(index), log.prove(index, (kid, seq)).encode())
