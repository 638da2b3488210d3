"""Asks: an agent shows the newest confirmation that it holds and asks where its stream stands.

A log that is behind a confirmation which its own key once signed has lost entries, or was put back from an old copy;
going on would fork it. So the confirmation is judged before anything is answered:

    1. It speaks of another log, or is signed by no key that this log ever had: nothing follows for this one (it may be
       the predecessor's, or that of the same log before its disk and keys were lost and it was begun again).
    2. The head it is under is within this log: its signature must hold over our own root of that size.
    3. Otherwise its signature must hold over the root that its path gives for the statement shown with it. It does:
       this log is behind, or another history; it stops and will not start again. It does not, or no statement is shown:
       refused, for then anybody with a login could stop a gateway by making a confirmation up.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tally_chain import tree
from tally_edge import proof, wire
from tally_edge.answers import Answer, Ask
from tally_edge.errors import CoseError, DecodeError, SignatureError
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
    """The verdict, a sentence, and the decoded confirmation where there is one."""

    verdict: Verdict
    text: str = ""
    shown: Proof | None = None


def decode(payload: bytes) -> Ask:
    """Parse an ask. Raises StatementError or CborError."""
    return wire.decode(Ask, payload)


def judge(ask: Ask, log: AskedLog, log_id: bytes, keys: Mapping[bytes, PublicKey]) -> Judged:
    """Steps 1 to 3 of the module's text. `keys` are the proof keys this log ever had, by id."""
    if ask.confirmation is None:
        return Judged(Verdict.WITHIN)
    try:
        shown = proof.decode(ask.confirmation)
    except DecodeError as error:
        return Judged(Verdict.REFUSED, f"the confirmation shown is none: {error}")
    head = shown.head
    if head.log_id != log_id:
        return Judged(Verdict.FOREIGN, f"the confirmation shown is of the log {head.origin}", shown)
    key = keys.get(head.kid)
    if key is None:
        return Judged(Verdict.FOREIGN, "the confirmation shown is signed by no key of this log", shown)
    if head.size <= log.size and _holds(shown, tree.CompactRange.load(head.size, log.nodes).root(), key):
        return Judged(Verdict.WITHIN, shown=shown)
    if ask.statement is None:
        return Judged(Verdict.REFUSED, "the confirmation shown does not fit this log; show its statement too", shown)
    try:
        root = shown.root_for(len(shown.paths) - 1, ask.statement)
    except CoseError as error:
        return Judged(Verdict.REFUSED, f"the confirmation shown does not prove its statement: {error}", shown)
    if not _holds(shown, root, key):
        return Judged(Verdict.REFUSED, "the confirmation shown does not verify", shown)
    text = (
        f"a confirmation under size {head.size} was shown, signed by this log's key; the log holds {log.size} entries"
    )
    return Judged(Verdict.AHEAD, text + " and does not contain that head", shown)


def _holds(shown: Proof, root: bytes, key: PublicKey) -> bool:
    try:
        shown.head.verify(root, key)
    except SignatureError:
        return False
    return True


def answers(kids: Iterable[bytes], log: AskedLog) -> list[bytes]:
    """Where each stream stands: the last statement, and its proof once a head covers it."""
    return [wire.encode(_answer(kid, log)) for kid in kids]


def _answer(kid: bytes, log: AskedLog) -> Answer:
    last = log.last_of(kid)
    if last is None:
        return Answer(kid)
    seq, index = last
    if index >= log.sealed_size:
        return Answer(kid, log.entry(index))
    return Answer(kid, log.entry(index), log.prove(index, (kid, seq)).encode())
