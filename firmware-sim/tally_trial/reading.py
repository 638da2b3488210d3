"""The reader of a play: verifies the bundle under the policy, and lists everything that anybody said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tally_chain.findings import Severity, Span
from tally_chain.verify.log_check import Logged
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_edge.statement import AUTHORITY_KINDS
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import observe
from tally_finance.plausibility.site import Site, weigh
from tally_trial.injection import AUTHORITY, DOUBT, LOG
from tally_trial.log_keeping import Taken
from tally_trial.outlook import Outlook, outlook_of
from tally_trial.play import Played, issuer_of

BY_DESIGN = frozenset({"SIMULATED", "ANCHORED", "NO_GRANT"})
"""Said of every play that is in order: its evidence is simulated and says so (the policy accepts that), its head is
anchored, and nobody grants a play to anybody."""


OF_KEYS: Final = 300
"""Findings below this number are about file and log."""

_FAILURE: Final = Severity.FAILURE.name.lower()


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was said: its sign (injection.py), the number of a finding or 0, what it touches, a sentence.

    `places` are the metering points and stocks that it is about, LOG or AUTHORITY. [`from_at`, `to_at`] is the time
    that it is about, in Unix seconds by the clock of who spoke; None: no time, or all of it.
    """

    sign: str
    number: int
    weighs: str
    touches: str
    sentence: str
    places: frozenset[str]
    from_at: int | None = None
    to_at: int | None = None

    @property
    def failure(self) -> bool:
        """Whether it makes evidence fail."""
        return self.weighs == _FAILURE

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
    named = _named(played)
    found = [*_of_verdict(verdict, named), *_of_gateway(played.taken, named)]
    failures = [one for one in found if one.number and one.failure]
    if site is not None and not any(one.number < OF_KEYS for one in failures):
        points = {polled.point for polled in played.stage.scene.polled.values()}
        refused = frozenset[str]().union(*(one.places for one in failures))
        without = refused & points
        found += doubts_of(weigh(observe(played.bundle, without), site), outlook_of(played.stage.scene, site))
    if played.stage.chain.refused:
        text = "the chain refused a head that does not continue"
        found.append(Found("refused:chain", 0, _FAILURE, "chain", text, frozenset({LOG})))
    return Read(verdict, tuple(found))


def doubts_of(doubts: Iterable[Doubt], outlook: Outlook) -> list[Found]:
    """Doubts as signs, each about everything that its check compared."""
    return [
        Found(sign, 0, "doubt", one.touches, one.sentence, outlook.around(sign, one.touches), one.from_at, one.to_at)
        for one in doubts
        if (sign := DOUBT + one.name)
    ]


def _of_verdict(verdict: Verdict, named: Mapping[str, frozenset[str]]) -> Iterable[Found]:
    for finding in verdict.findings:
        weighs = finding.severity.name.lower()
        places = _places(finding.touches, named)
        plain = Found(finding.code.name, finding.code.number, weighs, finding.touches, finding.sentence, places)
        yield from _at_times(plain, finding.times)


def _of_gateway(taken: Sequence[Taken], named: Mapping[str, frozenset[str]]) -> Iterable[Found]:
    """What the gateway refused, and what it did not log a second time; each said once per subject and time."""
    said: dict[tuple[str, str], tuple[Found, list[Span]]] = {}
    for one in taken:
        if one.index is not None and not one.duplicate:
            continue
        if one.reason is None:
            sign, text, weighs = "counted-once", "came again, and stands in the log once", Severity.NOTE
        else:
            sign = f"refused:{one.reason.name.lower().replace('_', '-')}"
            text, weighs = one.explanation, Severity.FAILURE
        touches, times = _subject(one.encoded)
        plain = Found(sign, 0, weighs.name.lower(), touches, text, _places(touches, named))
        said.setdefault((sign, touches), (plain, []))[1].extend(times)
    for plain, times in said.values():
        yield from _at_times(plain, times)


def _at_times(plain: Found, times: Sequence[Span]) -> Iterable[Found]:
    """One for each time; the same without one where there is none."""
    if not times:
        yield plain
    for from_at, to_at in dict.fromkeys(times):
        yield replace(plain, from_at=from_at, to_at=to_at)


def _subject(encoded: bytes) -> tuple[str, list[Span]]:
    try:
        claims = statement.decode(encoded).claims
    except DecodeError:
        return "a message", []
    return claims.subject, [(claims.issued_at, claims.issued_at)]


def _named(played: Played) -> dict[str, frozenset[str]]:
    """What the verifier's findings may touch, and the places that this is about."""
    named: dict[str, frozenset[str]] = {"bundle": frozenset({LOG})}
    for name, polled in played.stage.scene.polled.items():
        point = frozenset({polled.point})
        named |= {polled.point: point, issuer_of(name): point, f"device {issuer_of(name)}": point}
    for number, section in enumerate(played.bundle.sections):
        named[f"log {section.origin}"] = frozenset({LOG})
        for entry in section.entries:
            try:
                signed = statement.decode(entry.statement)
            except DecodeError:
                continue
            places = named.get(signed.claims.subject, frozenset())
            if signed.claims.kind in AUTHORITY_KINDS:
                places |= {AUTHORITY}
                for touches in (f"authority {signed.claims.issuer}", signed.claims.subject):
                    named.setdefault(touches, frozenset({AUTHORITY}))
            named[Logged(number, entry.index, signed, None).place] = places
            named.setdefault(f"key {signed.claims.kid.hex()[:16]}…", places)
    return named


def _places(touches: str, named: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """A register is at its point. What is no place of this play is a place of its own, where nothing was done."""
    point, _, _ = touches.partition("/")
    return named.get(touches) or named.get(point) or frozenset({touches})
