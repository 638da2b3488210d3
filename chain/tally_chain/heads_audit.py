"""What whoever reads a whole log of heads can tell: whether each log's heads are of one history. Core: no IO.

1  every entry after the log's opening is a head entry
2  a key that is known signed it; a log whose key is not known is said to be unchecked
3  of one log sizes ascend, and no size has two roots
4  each head continues the one before: consistency paths, asked of the log itself, where it can be reached
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from itertools import pairwise

from tally_chain import head_entry, tree
from tally_chain.errors import TreeError
from tally_chain.head_rules import HeldHead
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.keys import PublicKey

Path = Sequence[bytes]


@unique
class AuditCode(Enum):
    """What an audit says of an entry or a log; the last two are notes."""

    MALFORMED = "malformed"
    SIGNATURE = "signature"
    TWO_ROOTS = "two-roots"
    BACKWARDS = "backwards"
    NOT_CONSISTENT = "not-consistent"
    KEY_UNKNOWN = "key-unknown"
    NOT_ASKED = "not-asked"


NOTES = (AuditCode.KEY_UNKNOWN, AuditCode.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing an audit says; `touches` is a log's origin, or an entry."""

    code: AuditCode
    touches: str
    text: str

    @property
    def is_failure(self) -> bool:
        """Whether the log of heads, or a log in it, is not as it must be."""
        return self.code not in NOTES


@dataclass(slots=True)
class Audit:
    """Heads by the origin of their log, in the order of the log of heads, and what was found."""

    heads: dict[str, list[HeldHead]] = field(default_factory=dict)
    findings: list[AuditFinding] = field(default_factory=list)

    def say(self, code: AuditCode, touches: str, text: str) -> None:
        """Add a finding."""
        self.findings.append(AuditFinding(code, touches, text))


def audit(entries: Iterable[tuple[int, bytes]], known: Mapping[str, PublicKey]) -> Audit:
    """Steps 1 to 3 over (index, entry) after the opening, ascending; `known` are proof keys by origin."""
    found = Audit()
    unknown: set[str] = set()
    for index, encoded in entries:
        try:
            held = HeldHead(index, head_entry.decode(encoded))
        except DecodeError as error:
            found.say(AuditCode.MALFORMED, f"entry {index}", str(error))
            continue
        origin = held.entry.head.origin
        key = known.get(origin)
        try:
            if key is None:
                unknown.add(origin)
            else:
                held.entry.verify(key)
        except SignatureError as error:
            found.say(AuditCode.SIGNATURE, f"{origin}, entry {index}", str(error))
            continue
        _place(found, origin, held)
    for origin in sorted(unknown):
        found.say(AuditCode.KEY_UNKNOWN, origin, "its proof key is not given: who signed these heads was not checked")
    return found


def _place(found: Audit, origin: str, held: HeldHead) -> None:
    """Step 3. A head that does not ascend is told and left out, so that step 4 follows one history."""
    heads = found.heads.setdefault(origin, [])
    at = bisect_left(heads, held.size, key=lambda one: one.size)
    same = heads[at] if at < len(heads) and heads[at].size == held.size else None
    if same is not None and same.entry.root != held.entry.root:
        text = f"entries {same.index} and {held.index} have two roots of size {held.size}: the log forked"
        found.say(AuditCode.TWO_ROOTS, origin, text)
    elif heads and held.size <= heads[-1].size:
        text = f"entry {held.index} has size {held.size} after size {heads[-1].size}"
        found.say(AuditCode.BACKWARDS, origin, text)
    else:
        heads.append(held)


def follow(found: Audit, ask: Callable[[str, int, int], Path | None]) -> None:
    """Step 4. `ask(origin, old, new)` is a log's consistency path, None where the log can not be asked."""
    for origin, heads in sorted(found.heads.items()):
        for older, newer in pairwise(heads):
            path = ask(origin, older.size, newer.size)
            if path is None:
                text = f"whether size {newer.size} continues size {older.size}, and what follows, was not checked"
                found.say(AuditCode.NOT_ASKED, origin, text)
                break
            try:
                tree.verify_consistency(older.size, older.entry.root, newer.size, newer.entry.root, path)
            except TreeError as error:
                text = f"size {newer.size} (entry {newer.index}) does not continue size {older.size}: {error}"
                found.say(AuditCode.NOT_CONSISTENT, origin, text)
