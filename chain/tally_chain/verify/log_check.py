"""Step 2: a section of a bundle is a log at a head that the reader can believe. Verdict-critical: no IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tally_chain import checkpoint, note, pruned, tree
from tally_chain.bundle import Section
from tally_chain.errors import ChainError, TreeError
from tally_chain.findings import Code, Ledger, Severity, Span
from tally_chain.policy import PinnedRoot, Policy, RootSource, TrustedLog
from tally_chain.verify.root_check import (
    STRENGTH,
    ShownHead,
    check_contradictions,
    check_roots,
    dated,
    kind_of_chain,
    of_one_history,
    through,
)
from tally_chain.verify.via_check import check_via
from tally_edge import proof, statement, wire
from tally_edge.errors import DecodeError, EdgeError
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.proof import leaf_hash
from tally_edge.statement import Kind, Statement


@dataclass(frozen=True, slots=True)
class Logged:
    """A statement at its place: section number, log index, the statement, and the time it was anchored by, if known.

    `anchored_at` goes by the heads that the bundle links; `signed_by` also by older ones of the same chain, which the
    contract has compared, so it is no later.
    """

    section: int
    index: int
    statement: Statement
    anchored_at: int | None
    signed_by: int | None = None

    @property
    def times(self) -> tuple[Span, ...]:
        """When it says that it was signed, for a finding about it."""
        issued_at = self.statement.claims.issued_at
        return ((issued_at, issued_at),)

    @property
    def place(self) -> str:
        """How a finding names the place."""
        claims = self.statement.claims
        seq = "" if claims.seq is None else f" seq {claims.seq}"
        return f"{claims.subject}{seq}, entry {self.index}"


@dataclass(frozen=True, slots=True)
class CheckedSection:
    """A section whose tree was rebuilt: its root, the statements in it, and the pinned heads that vouch for it."""

    log: TrustedLog
    size: int
    root: bytes
    signed_at: int
    statements: tuple[Logged, ...]
    vouching: tuple[PinnedRoot, ...]
    shown: frozenset[bytes]
    """Roots that this log is shown to have had: its own, and claimed anchors with a sound link."""

    def seen_at(self) -> int:
        """A time at which this head stood: when it was signed, or when a chain took a head no larger than it."""
        taken = [pinned.time or 0 for pinned in dated(self.vouching) if pinned.size <= self.size]
        return max(self.signed_at, *taken, 0)

    def stood_by(self) -> int:
        """A time by which this head stood: its signature's, or that of an independent block that fixed it before.

        The gateway may sign an old head anew; it can not make a block younger.
        """
        fixed = [pinned.time or 0 for pinned in dated(self.vouching) if pinned.size >= self.size]
        return min([self.signed_at, *fixed])


def check_section(number: int, section: Section, policy: Policy, ledger: Ledger) -> CheckedSection | None:
    """Check one section; None when nothing in it can be used.

    2.1 the policy knows the log
    2.2 the statements and the hashes make one root
    2.3 the log's proof key signed that root at that size, and the checkpoint says the same
    2.4 a head that the reader holds is this head, or is consistent with it; heads of other sources are linked too,
        and no two of them contradict one another (root_check). A log of heads that the reader knows may show that a
        head of this log stands in it: then that is such a head too (via_check)
    2.5 the first entry is carried and describes this log
    """
    touches = f"log {section.origin}"
    log = policy.log(section.origin)
    if log is None:
        ledger.add(Code.UNKNOWN_LOG, touches)
        return None
    leaves = [leaf_hash(entry.statement) for entry in section.entries]
    try:
        root = pruned.root_of_pruned(leaves, [entry.index for entry in section.entries], section.size, section.hashes)
    except TreeError as error:
        ledger.add(Code.TREE_MISMATCH, touches, str(error))
        return None
    signed_at = _check_head(section, log, root, touches, ledger)
    if signed_at is None:
        return None
    held = (*log.roots, *check_via(section, log, policy, ledger))
    check_contradictions(held, touches, ledger)
    vouching = check_roots(ShownHead(touches, section.size, root, _links(section)), held, ledger)
    _check_anchored(section, vouching, held, policy, ledger)
    statements = tuple(_decode_entries(number, section, vouching, of_one_history(vouching, held), ledger))
    _check_opening(section, log, statements, policy, ledger)
    return CheckedSection(log, section.size, root, signed_at, statements, vouching, _shown(section, root))


def _check_head(section: Section, log: TrustedLog, root: bytes, touches: str, ledger: Ledger) -> int | None:
    try:
        head = proof.decode_head(section.head_protected, section.head_signature)
        if head.origin != section.origin or head.size != section.size:
            ledger.add(Code.HEAD_SIGNATURE_WRONG, touches, "it is the head of another log or size")
            return None
        head.verify(root, log.proof_key)
    except EdgeError as error:
        # A wrong root and a wrong signature look the same here: what was signed is not what the statements make.
        ledger.add(Code.TREE_MISMATCH, touches, str(error))
        return None
    try:
        body = checkpoint.open_signed(section.checkpoint, note.decode_verifier_key(log.checkpoint_key))
        if (body.origin, body.size, body.root) != (section.origin, section.size, root):
            ledger.add(Code.CHECKPOINT_WRONG, touches, "it names another log, size or root")
    except ChainError as error:
        ledger.add(Code.CHECKPOINT_WRONG, touches, str(error))
    return head.signed_at


def _links(section: Section) -> dict[int, tuple[bytes, ...]]:
    return {link.size: link.path for link in section.links or ()}


def _check_anchored(
    section: Section,
    vouching: tuple[PinnedRoot, ...],
    pinned_roots: tuple[PinnedRoot, ...],
    policy: Policy,
    ledger: Ledger,
) -> None:
    touches = f"log {section.origin}"
    # Only a head at least as large as ours fixes all of it; a smaller one leaves the newest statements open.
    covering = [pinned for pinned in vouching if pinned.size >= section.size]
    if not covering:
        bound = max((pinned.size for pinned in vouching), default=0)
        ledger.add(Code.UNANCHORED_HEAD, touches, f"entries from {bound} on, of {section.size}")
    elif max(STRENGTH[pinned.source] for pinned in covering) == STRENGTH[RootSource.SELF_ANCHORED]:
        severity = Severity.WARNING if policy.accept.self_anchored else Severity.FAILURE
        ledger.add(Code.SELF_ANCHORED, touches, severity=severity)
    else:
        best = max(covering, key=lambda pinned: STRENGTH[pinned.source])
        ledger.add(Code.ANCHORED, touches, f"{kind_of_chain(best, policy)}, size {best.size}{through(best)}")
    newest = max((pinned.size for pinned in pinned_roots), default=0)
    if newest > section.size:
        ledger.add(Code.OLDER_HEAD, touches, f"size {newest}, the bundle's is {section.size}")


def beacons_of(policy: Policy, checked: Iterable[CheckedSection]) -> dict[bytes, int | None]:
    """The roots that a beacon may name, and since when the world could know them, where an independent chain says."""
    known: dict[bytes, int | None] = {root: None for section in checked for root in section.shown}
    for section in checked:
        known.update((pinned.root, pinned.time) for pinned in dated(section.vouching) if pinned.via)
    for log in policy.logs:
        known.update((pinned.root, None) for pinned in log.roots)
        known.update((pinned.root, pinned.time) for pinned in dated(log.roots))
    return known


def _shown(section: Section, root: bytes) -> frozenset[bytes]:
    """The roots of this section's log that the section itself proves."""
    links = _links(section)
    shown = {root}
    for claim in section.anchors or ():
        if 0 < claim.size < section.size and claim.size in links:
            try:
                tree.verify_consistency(claim.size, claim.root, section.size, root, links[claim.size])
                shown.add(claim.root)
            except TreeError:
                continue  # a claim that does not hold shows nothing
    return frozenset(shown)


def _decode_entries(
    number: int,
    section: Section,
    vouching: tuple[PinnedRoot, ...],
    of_history: tuple[PinnedRoot, ...],
    ledger: Ledger,
) -> list[Logged]:
    linked, known = _upper_bounds(vouching), _upper_bounds(of_history)
    statements = []
    for entry in section.entries:
        anchored_at, signed_by = _bound(linked, entry.index), _bound(known, entry.index)
        try:
            statements.append(Logged(number, entry.index, statement.decode(entry.statement), anchored_at, signed_by))
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, f"log {section.origin}, entry {entry.index}", str(error))
    return statements


def _bound(bounds: list[tuple[int, int]], index: int) -> int | None:
    at = bisect_right(bounds, index, key=lambda bound: bound[0])
    return bounds[at][1] if at < len(bounds) else None


def _upper_bounds(fixing: tuple[PinnedRoot, ...]) -> list[tuple[int, int]]:
    """(size, time) ascending: an entry below `size` was logged by `time`, the earliest that any root says."""
    bounds: list[tuple[int, int]] = []
    earliest: int | None = None
    for pinned in sorted(dated(fixing), key=lambda pinned: -pinned.size):
        time = pinned.time or 0
        earliest = time if earliest is None else min(earliest, time)
        bounds.append((pinned.size, earliest))
    return bounds[::-1]


def _check_opening(
    section: Section, log: TrustedLog, statements: tuple[Logged, ...], policy: Policy, ledger: Ledger
) -> None:
    touches = f"log {section.origin}"
    if not section.entries or section.entries[0].index != 0:
        ledger.add(Code.OPENING_MISSING, touches)
    elif not statements or statements[0].index != 0 or statements[0].statement.claims.kind is not Kind.LOG_OPENING:
        ledger.add(Code.OPENING_WRONG, touches, "entry 0 is no opening")
    for logged in statements:
        if logged.statement.claims.kind is not Kind.LOG_OPENING:
            continue
        try:
            opening = wire.decode(LogOpening, logged.statement.payload)
            logged.statement.verify(log.proof_key)
        except EdgeError as error:
            ledger.add(Code.OPENING_WRONG, touches, str(error))
            continue
        if logged.index != 0 or opening.origin != section.origin or opening.log_id != log.log_id:
            ledger.add(Code.OPENING_WRONG, touches, f"entry {logged.index} opens {opening.origin}")
        elif opening.predecessor is not None:
            previous = opening.predecessor
            ledger.add(Code.SUCCESSOR_LOG, touches, f"log {previous.log_id.hex()[:16]}… ended at size {previous.size}")
            _check_predecessor(previous, policy, touches, ledger)


def _check_predecessor(previous: Predecessor, policy: Policy, touches: str, ledger: Ledger) -> None:
    """A successor continues the last anchored head: an older one would lose on purpose what the reader knows of."""
    for log in policy.logs:
        for pinned in log.roots if log.log_id == previous.log_id else ():
            if pinned.size > previous.size:
                detail = f"the log before ended at size {previous.size}, the reader holds {pinned.size}"
                ledger.add(Code.OPENING_WRONG, touches, detail)
            elif pinned.size == previous.size and pinned.root != previous.root:
                ledger.add(Code.OPENING_WRONG, touches, "the log before ended at another root")
