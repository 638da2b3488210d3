"""One statement of a bundle, checked step by step for somebody who watches. Verdict-critical: no IO.

    1  statement   its bytes are a statement of the profile
    2  key         an authority that the policy names enrolled the key, which had not ended by then
    3  signature   the key signed these bytes
    4  link        it names the statement before it in its stream, where the bundle carries that one
    5  leaf        SHA-256(0x00 || bytes) is its leaf
    6  path        leaf and path lead to the root that all the bundle's statements make
    7  head        the log's proof key signed that root at that size
    8  anchor      a head that the reader holds is this head, or is linked to it
    9  bundle      the verification of the whole bundle finds no failure

The steps are what `verifier.verify` does, told of one statement. A step holds, fails, or was not made; one that was not
made is never told as held. Only step 9 speaks of what the others can not see: what is missing, and what contradicts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cached_property
from typing import Final

from tally_chain.bundle import Bundle, Section
from tally_chain.errors import TreeError
from tally_chain.findings import Finding, Ledger, Severity
from tally_chain.policy import PinnedRoot, Policy, RootSource
from tally_chain.verify.carried import Carried
from tally_chain.verify.facts import Facts, KeyFacts
from tally_chain.verify.log_check import CheckedSection, Logged, beacons_of, check_section
from tally_chain.verify.root_check import dated
from tally_chain.verify.verifier import Examined, examine
from tally_edge import proof, statement
from tally_edge.errors import EdgeError
from tally_edge.keys import PublicKey
from tally_edge.proof import HeadSignature, leaf_hash
from tally_edge.statement import AUTHORITY_KINDS, Kind, Statement

MOST_FINDINGS: Final = 20


@unique
class Step(StrEnum):
    """What was checked."""

    STATEMENT = "statement"
    KEY = "key"
    SIGNATURE = "signature"
    LINK = "link"
    LEAF = "leaf"
    PATH = "path"
    HEAD = "head"
    ANCHOR = "anchor"
    BUNDLE = "bundle"


@unique
class Outcome(StrEnum):
    """What a check gave."""

    HELD = "held"
    FAILED = "failed"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Checked:
    """A step and what it gave; `why` says what was wrong, or why it was not made."""

    step: Step
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """The key of a statement and who answers for it. `entry`: where it was enrolled, None for who needs no enrolment.

    `place` is where signing happens, as the enrolment says; `ended`: the seq after which the key's word is void.
    """

    key: PublicKey
    name: str
    entry: int | None = None
    place: str = ""
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedStatement:
    """A statement with all that its steps used. `root` is None where no root could be made, `head` where none parses.

    `anchors` are the heads that vouch, of the reader's own; `not_after` is the time of the earliest independent block
    that fixes the entry, `not_before` that of its beacon (Unix seconds; None: no such bound is known).
    """

    section: Section
    index: int
    encoded: bytes
    statement: Statement | None
    signer: Signer | None
    leaf: bytes
    path: tuple[bytes, ...]
    root: bytes | None
    head: HeadSignature | None
    proof_key: PublicKey | None
    anchors: tuple[PinnedRoot, ...]
    not_before: int | None
    not_after: int | None
    steps: tuple[Checked, ...]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether no step failed and none but the link was left out."""
        return all(
            one.outcome is Outcome.HELD or (one.outcome is Outcome.UNCHECKED and one.step is Step.LINK)
            for one in self.steps
        )


class Openable:
    """A bundle under a policy, verified once as a whole, whose statements open one by one."""

    def __init__(self, bundle: Bundle, policy: Policy, *, now: int, reader_key: bytes | None = None) -> None:
        """Verify `bundle` at `now` (Unix seconds); see `verifier.verify`."""
        self.bundle = bundle
        self.examined: Examined = examine(bundle, policy, now=now, reader_key=reader_key)
        self.carried = Carried(bundle)
        self._policy = policy

    @cached_property
    def _logged(self) -> dict[tuple[int, int], Logged]:
        """Every statement that parses in a log that holds, by its place."""
        checked = (section for section in self._sections if section is not None)
        return {(one.section, one.index): one for section in checked for one in section.statements}

    @cached_property
    def _streamed(self) -> set[tuple[bytes, int | None]]:
        """Which places of which streams the bundle carries."""
        return {(one.statement.claims.kid, one.statement.claims.seq) for one in self._logged.values()}

    @cached_property
    def _sections(self) -> list[CheckedSection | None]:
        """Each log checked once more, when the first statement is opened: what the whole made of it is not kept."""
        return [check_section(number, one, self._policy, Ledger()) for number, one in enumerate(self.bundle.sections)]

    @cached_property
    def _beacons(self) -> dict[bytes, int | None]:
        return beacons_of(self._policy, [one for one in self._sections if one is not None])

    @cached_property
    def by_subject(self) -> dict[str, list[tuple[int, int, Statement]]]:
        """Every statement that parses, by what it speaks of: section number, log index, and itself."""
        found: dict[str, list[tuple[int, int, Statement]]] = {}
        for number, section in enumerate(self.bundle.sections):
            for entry in section.entries:
                try:
                    signed = statement.decode(entry.statement)
                except EdgeError:
                    continue
                found.setdefault(signed.claims.subject, []).append((number, entry.index, signed))
        return found

    def open(self, number: int, index: int) -> OpenedStatement:
        """The statement at `index` of a section, with every step. Raises BundleError where it is not carried."""
        encoded = self.carried.statement(number, index)
        section, checked = self.bundle.sections[number], self._sections[number]
        steps: list[Checked] = []
        signed = _parsed(encoded, steps)
        signer = self._signer(signed, number, index, steps)
        _signature(signed, signer, steps)
        self._link(signed, number, steps)
        steps.append(Checked(Step.LEAF, Outcome.HELD))
        path, root = self._path(number, index, steps)
        head, proof_key = self._head(section, root, steps)
        anchors = self._anchor(checked, index, steps)
        self._whole(steps)
        logged = self._logged.get((number, index))
        return OpenedStatement(
            section=section,
            index=index,
            encoded=encoded,
            statement=signed,
            signer=signer,
            leaf=leaf_hash(encoded),
            path=path,
            root=root,
            head=head,
            proof_key=proof_key,
            anchors=anchors,
            not_before=self._beacon_time(signed),
            not_after=None if logged is None else logged.signed_by,
            steps=tuple(steps),
            findings=self._touching(logged),
        )

    def _signer(self, signed: Statement | None, number: int, index: int, steps: list[Checked]) -> Signer | None:
        """Step 2."""
        found, why = (None, "the bytes are no statement") if signed is None else self._known(signed, number, index)
        if found is None:
            outcome = Outcome.UNCHECKED if signed is None else Outcome.FAILED
            steps.append(Checked(Step.KEY, outcome, why))
        else:
            steps.append(Checked(Step.KEY, Outcome.FAILED if why else Outcome.HELD, why))
        return found

    def _known(self, signed: Statement, number: int, index: int) -> tuple[Signer | None, str]:
        claims, section = signed.claims, self.bundle.sections[number]
        if claims.kind in AUTHORITY_KINDS:
            named = (
                one for one in self._policy.authorities if (one.issuer, one.key.kid) == (claims.issuer, claims.kid)
            )
            authority = next(named, None)
            if authority is None:
                return None, "the policy does not know this authority"
            return Signer(authority.key, authority.organisation), ""
        if claims.kind is Kind.LOG_OPENING:
            log = self._policy.log(section.origin)
            if log is None or log.proof_key.kid != claims.kid:
                return None, "the policy does not know this log's key"
            return Signer(log.proof_key, log.origin), ""
        known = self.examined.facts.keys.get(claims.kid)
        if known is None:
            return None, "no authority that the policy names enrolled this key"
        return enrolled(self.examined.facts, known, Logged(number, index, signed, None))

    def _link(self, signed: Statement | None, number: int, steps: list[Checked]) -> None:
        """Step 4."""
        if signed is None or signed.claims.seq is None:
            steps.append(Checked(Step.LINK, Outcome.UNCHECKED, "it stands alone, in no stream"))
        elif signed.claims.seq == 0:
            steps.append(Checked(Step.LINK, Outcome.HELD))  # the profile allows seq 0 the empty link alone
        elif self.carried.places.get(signed.claims.prev or b"", (-1, -1))[0] == number:
            steps.append(Checked(Step.LINK, Outcome.HELD))
        elif (signed.claims.kid, signed.claims.seq - 1) in self._streamed:
            steps.append(Checked(Step.LINK, Outcome.FAILED, "the bundle carries another statement before it"))
        else:
            steps.append(Checked(Step.LINK, Outcome.UNCHECKED, "the statement before it is not carried"))

    def _path(self, number: int, index: int, steps: list[Checked]) -> tuple[tuple[bytes, ...], bytes | None]:
        """Step 6: the path, and the root that it gives with the signed size."""
        section = self.bundle.sections[number]
        try:
            tree = self.carried.tree(number)
            path = tuple(tree.path(index))
            leaf = leaf_hash(self.carried.statement(number, index))
            root = proof.root_of_path(leaf, index, section.size, path)
        except (TreeError, EdgeError) as error:
            steps.append(Checked(Step.PATH, Outcome.FAILED, str(error)))
            return (), None
        same = root == tree.root
        why = "" if same else "path and statements give different roots"
        steps.append(Checked(Step.PATH, Outcome.HELD if same else Outcome.FAILED, why))
        return path, root

    def _head(
        self, section: Section, root: bytes | None, steps: list[Checked]
    ) -> tuple[HeadSignature | None, PublicKey | None]:
        """Step 7."""
        log = self._policy.log(section.origin)
        key = None if log is None else log.proof_key
        try:
            head = proof.decode_head(section.head_protected, section.head_signature)
        except EdgeError as error:
            steps.append(Checked(Step.HEAD, Outcome.FAILED, str(error)))
            return None, key
        if key is None:
            steps.append(Checked(Step.HEAD, Outcome.FAILED, "the policy does not know this log"))
        elif root is None:
            steps.append(Checked(Step.HEAD, Outcome.UNCHECKED, "there is no root to compare"))
        elif (head.origin, head.size) != (section.origin, section.size):
            steps.append(Checked(Step.HEAD, Outcome.FAILED, "it is the head of another log or size"))
        else:
            steps.append(_verified(Step.HEAD, lambda: head.verify(root, key)))
        return head, key

    def _anchor(self, checked: CheckedSection | None, index: int, steps: list[Checked]) -> tuple[PinnedRoot, ...]:
        """Step 8: heads at least as large as the entry's place, the earliest independent block first."""
        if checked is None:
            steps.append(Checked(Step.ANCHOR, Outcome.UNCHECKED, "the log did not hold, so no head can vouch for it"))
            return ()
        covering = [one for one in checked.vouching if one.size > index]
        if not covering:
            steps.append(Checked(Step.ANCHOR, Outcome.FAILED, "no head that the reader holds covers this entry"))
            return ()
        first = sorted(dated(covering), key=lambda one: (one.time or 0, one.size))
        own = all(one.source is RootSource.SELF_ANCHORED for one in covering)
        refused = own and not self._policy.accept.self_anchored
        why = "it stands on a chain that the operator controls" if own else ""
        steps.append(Checked(Step.ANCHOR, Outcome.FAILED if refused else Outcome.HELD, why))
        return (*first, *(one for one in covering if one not in first))

    def _whole(self, steps: list[Checked]) -> None:
        """Step 9."""
        failures = [one for one in self.examined.verdict.findings if one.severity is Severity.FAILURE]
        why = "; ".join(f"{one.code.number} {one.sentence} [{one.touches}]" for one in failures[:3])
        steps.append(Checked(Step.BUNDLE, Outcome.FAILED if failures else Outcome.HELD, why))

    def _beacon_time(self, signed: Statement | None) -> int | None:
        beacon = None if signed is None else signed.claims.beacon
        return None if beacon is None else self._beacons.get(beacon)

    def _touching(self, logged: Logged | None) -> tuple[Finding, ...]:
        if logged is None:
            return ()
        names = {logged.place, logged.statement.claims.subject}
        return tuple(one for one in self.examined.verdict.findings if one.touches in names)[:MOST_FINDINGS]


def enrolled(facts: Facts, known: KeyFacts, logged: Logged) -> tuple[Signer, str]:
    """Who answers for a device's key at one of its statements, and why they do not, where they do not."""
    claims = logged.statement.claims
    void = facts.voids.get(claims.kid)
    enrolment = known.in_force(logged)
    place, first = (
        known.enrolments[0] if enrolment is None else next(one for one in known.enrolments if one[1] is enrolment)
    )
    ended = None if void is None else void.after
    signer = Signer(known.public_key, first.device, place.index, first.place.name.lower(), ended)
    if enrolment is None:
        return signer, "the key was enrolled only after this statement"
    if void is not None and (claims.seq or 0) > void.after:
        return signer, f"the key had ended at seq {void.after}"
    if claims.subject not in enrolment.points:
        return signer, "the key is not enrolled for this metering point"
    return signer, ""


def _parsed(encoded: bytes, steps: list[Checked]) -> Statement | None:
    """Step 1."""
    try:
        signed = statement.decode(encoded)
    except EdgeError as error:
        steps.append(Checked(Step.STATEMENT, Outcome.FAILED, str(error)))
        return None
    steps.append(Checked(Step.STATEMENT, Outcome.HELD))
    return signed


def _signature(signed: Statement | None, signer: Signer | None, steps: list[Checked]) -> None:
    """Step 3."""
    if signed is None or signer is None:
        steps.append(Checked(Step.SIGNATURE, Outcome.UNCHECKED, "there is no key to check it with"))
        return
    steps.append(_verified(Step.SIGNATURE, lambda: signed.verify(signer.key)))


def _verified(step: Step, check: Callable[[], None]) -> Checked:
    try:
        check()
    except EdgeError as error:
        return Checked(step, Outcome.FAILED, str(error))
    return Checked(step, Outcome.HELD)
