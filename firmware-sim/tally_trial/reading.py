"""The reader of a play: verifies the bundle under the policy, and lists everything that anybody said about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tally_chain.findings import Finding, Severity
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import observe
from tally_finance.plausibility.site import Site, weigh
from tally_trial.log_keeping import Taken
from tally_trial.play import Played, issuer_of

BY_DESIGN = frozenset({"SIMULATED", "ANCHORED", "NO_GRANT"})
"""Said of every play that is in order: its evidence is simulated and says so (the policy accepts that), its head is
anchored, and nobody grants a play to anybody."""


OF_KEYS: Final = 300
"""Findings below this number are about file and log."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was said: its sign (injection.py), the number of a finding or 0, what it touches, a sentence."""

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


def read(played: Played, site: Site | None = None) -> Read:
    """Verify, and gather what verifier and gateway say; with a `site`, also what its plausibility checks doubt.

    Only what holds is weighed: nothing of a log that does not, and nothing about a metering point that a failure
    touches.
    """
    verdict = verify(played.bundle, played.policy, now=played.now)
    found = [*_of_verdict(verdict), *_of_gateway(played.taken)]
    failures = [finding for finding in verdict.findings if finding.severity is Severity.FAILURE]
    if site is not None and not any(finding.code.number < OF_KEYS for finding in failures):
        without = frozenset(
            polled.point
            for name, polled in played.stage.scene.polled.items()
            if any(_about(finding, polled.point) or _about(finding, issuer_of(name)) for finding in failures)
        )
        found += doubts_of(weigh(observe(played.bundle, without), site))
    if played.stage.chain.refused:
        found.append(Found("refused:chain", 0, "failure", "chain", "the chain refused a head that does not continue"))
    return Read(verdict, tuple(found))


def _about(finding: Finding, uri: str) -> bool:
    return re.search(re.escape(uri) + r"(?![\w.:-])", f"{finding.touches} {finding.sentence}") is not None


def doubts_of(doubts: Iterable[Doubt]) -> list[Found]:
    """Doubts as signs."""
    return [Found(f"plausible:{one.name}", 0, "doubt", one.touches, one.sentence) for one in doubts]


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
