"""The reader of a play: verifies the bundle under the policy, and lists everything that anybody said about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tally_chain.findings import Severity
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_trial.log_keeping import Taken
from tally_trial.play import Played

BY_DESIGN = frozenset({"SIMULATED", "ANCHORED", "NO_GRANT"})
"""Said of every play that is in order: its evidence is simulated and says so (the policy accepts that), its head is
anchored, and nobody grants a play to anybody."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was said: its sign (injection.py), its number where it is a finding, what it touches, a sentence."""

    sign: str
    number: int
    weighs: str
    touches: str
    sentence: str

    @property
    def label(self) -> str:
        """For people: `405 FORK`, or the sign alone."""
        return f"{self.number} {self.sign}" if self.number else self.sign


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader of a play holds in the end."""

    verdict: Verdict
    found: tuple[Found, ...]


def read(played: Played) -> Read:
    """Verify, and gather what verifier, gateway and plausibility checks say."""
    verdict = verify(played.bundle, played.policy, now=played.now)
    found = [*_of_verdict(verdict), *_of_gateway(played.taken)]
    if played.stage.chain.refused:
        found.append(Found("refused:chain", 0, "failure", "chain", "the chain refused a head that does not continue"))
    return Read(verdict, tuple(found))


def _of_verdict(verdict: Verdict) -> Iterable[Found]:
    for finding in verdict.findings:
        weighs = finding.severity.name.lower()
        yield Found(finding.code.name, finding.code.number, weighs, finding.touches, finding.sentence)


def _of_gateway(taken: Sequence[Taken]) -> Iterable[Found]:
    """What the gateway refused, and what it did not log a second time; each said once per subject."""
    seen = set()
    for one in taken:
        if one.index is not None and not one.duplicate:
            continue
        touches = _subject(one.encoded)
        if one.reason is None:
            sign, text = "counted-once", "came again, and stands in the log once"
        else:
            sign, text = f"refused:{one.reason.name.lower().replace('_', '-')}", one.explanation
        if (sign, touches) not in seen:
            seen.add((sign, touches))
            weighs = Severity.NOTE if one.reason is None else Severity.FAILURE
            yield Found(sign, 0, weighs.name.lower(), touches, text)


def _subject(encoded: bytes) -> str:
    try:
        return statement.decode(encoded).claims.subject
    except DecodeError:
        return "a message"
