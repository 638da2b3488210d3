"""The verification of a bundle under a reader's policy. Verdict-critical: no IO, one `now`.

    1  the bundle parses (bundle.decode; errors there are no findings, the file is not a bundle)
    2  every section is a log that the policy knows, at a head that the reader can believe        log_check
       and no log is shown twice: two heads of one log would give two orders
       and where the policy wants its owner registered, the registry calls that key good now      registry_check
    3  authorities: known, whole, countersigned; what they say about keys, meters and plans       authority_check, facts
       and where the policy wants their keys registered, these were good by then                  registry_check
       and their newest plan had not run out when the head was made; the head is as young as the policy asks
    4  device streams: enrolled keys, signatures, links, forks, revocations, marks                stream_check
       and the site plan names the log that they stand in
    5  payloads: strict, about their subject, not after their anchor                              payloads
    6  settlements: linked, on the facts in force; totals by registers                            settlement_check
    7  registers and coverage; figures from readings; corrections                                 register_check
    8  every metering point that was planned for any time of the period speaks, and
       every key that was enrolled for it and lived in the period shows its stream                keys_check
    9  grant and attachments                                                                      grant_check

A check that can not be made is a finding, never a silent pass. A figure is called complete, or a total by registers,
only where no failure touches the file, a log, an authority, a stream, or its own metering point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tally_chain.bundle import Bundle, Content
from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import Policy
from tally_chain.verify.authority_check import check_authorities
from tally_chain.verify.facts import Facts
from tally_chain.verify.figures import Basis, Figure
from tally_chain.verify.grant_check import check_grant
from tally_chain.verify.keys_check import KeysCheck, runs_of
from tally_chain.verify.log_check import CheckedSection, Logged, beacons_of, check_section
from tally_chain.verify.payloads import PointEvidence, collect
from tally_chain.verify.register_check import PointCheck
from tally_chain.verify.registry_check import CLOCK_SKEW_S, RegistryCheck
from tally_chain.verify.root_check import through
from tally_chain.verify.settlement_check import check_settlements, totals
from tally_chain.verify.stream_check import DeviceCheck
from tally_chain.verify.verdict import LogSummary, Verdict

GAPS: Final = frozenset({Code.RESET, Code.UNCOVERED_INTERVAL, Code.EXCHANGE_BETWEEN})
"""Failures that only say that something was not read: whatever was read at the metering point stands."""

_PROVEN: Final = (Basis.COMPLETE, Basis.BRIDGED, Basis.TOTAL_BY_REGISTERS)


@dataclass(frozen=True, slots=True)
class Examined:
    """A verdict, and what a reader may calculate with.

    `statements` are those of the metering points that no failure touches, each once; none at all where there is a
    failure about anything but metering points (500 to 599). `facts` is what the authorities say. `gapped` are those of
    the metering points that fail by GAPS alone: for who bounds what was not read, and for nobody else.
    """

    verdict: Verdict
    statements: tuple[Logged, ...]
    facts: Facts
    gapped: tuple[Logged, ...] = ()


def verify(bundle: Bundle, policy: Policy, *, now: int, reader_key: bytes | None = None) -> Verdict:
    """Verify `bundle` under `policy` at `now` (Unix seconds). Everything wrong becomes a finding; nothing is raised.

    `reader_key` is the id of the key that the reader holds: the one that opened the bundle, where it came sealed.
    """
    return examine(bundle, policy, now=now, reader_key=reader_key).verdict


def examine(bundle: Bundle, policy: Policy, *, now: int, reader_key: bytes | None = None) -> Examined:
    """Verify, and hand out what holds. See `verify`."""
    ledger = Ledger()
    checked = _check_sections(bundle, policy, ledger)
    registry = RegistryCheck(policy, ledger, now)
    for section in checked:
        registry.log(section.log)
    statements = [logged for section in checked for logged in section.statements]
    if not statements:
        ledger.add(Code.BUNDLE_EMPTY, "bundle")
    facts = check_authorities(statements, policy, registry, ledger)
    _check_freshness(bundle, checked, facts, ledger)
    _check_age(checked, policy, now, ledger)
    whole = bundle.content is Content.FULL
    counted = DeviceCheck(facts, policy, ledger, beacons_of(policy, checked), whole).counted(statements)
    _check_planned_logs(bundle, counted, facts, policy, ledger)
    points = collect(counted, ledger)
    keys = KeysCheck(facts, runs_of(counted, points), (bundle.from_at, bundle.to_at), ledger, whole)
    figures, sound, gapped = _figures(bundle, points, facts, keys, ledger)
    check_grant(bundle, checked, counted, policy, ledger, registry=registry, now=now, reader_key=reader_key)
    verdict = Verdict(
        content=bundle.content.name.lower(),
        from_at=bundle.from_at,
        to_at=bundle.to_at,
        figures=_downgraded(figures, ledger),
        findings=ledger.all(),
        logs=tuple(_summary(section) for section in checked),
        statements=len(statements),
    )
    if any(one.severity is Severity.FAILURE and not 500 <= one.code.number < 600 for one in verdict.findings):
        return Examined(verdict, (), facts)
    return Examined(verdict, _of(counted, sound), facts, _of(counted, gapped))


def _of(counted: list[Logged], points: set[str]) -> tuple[Logged, ...]:
    return tuple(one for one in counted if one.statement.claims.subject in points)


def _check_sections(bundle: Bundle, policy: Policy, ledger: Ledger) -> list[CheckedSection]:
    """Step 2. A second section of a log is not read: what its head adds could contradict the first one's order."""
    checked = []
    seen: set[str] = set()
    for number, section in enumerate(bundle.sections):
        if section.origin in seen:
            ledger.add(Code.LOG_TWICE, f"log {section.origin}")
            continue
        seen.add(section.origin)
        result = check_section(number, section, policy, ledger)
        if result is not None:
            checked.append(result)
    return checked


def _check_freshness(bundle: Bundle, checked: list[CheckedSection], facts: Facts, ledger: Ledger) -> None:
    """Step 3, last part: a plan that had run out before the period's end, or before the head, fixes nothing."""
    head_at = max((section.seen_at() for section in checked), default=bundle.to_at)
    for site, plan in facts.newest_plans().items():
        if plan.renew_by < max(bundle.to_at, head_at):
            ledger.add(Code.AUTHORITY_STALE, f"site {site}", f"to be renewed by {plan.renew_by}")


def _check_age(checked: list[CheckedSection], policy: Policy, now: int, ledger: Ledger) -> None:
    """Step 3, last part: by the reader's clock, where the policy asks for it."""
    if policy.max_head_age_s is None:
        return
    for section in checked:
        stood_by = section.stood_by()
        if now - stood_by > policy.max_head_age_s:
            ledger.add(Code.HEAD_TOO_OLD, f"log {section.log.origin}", f"it stood by {stood_by}, now is {now}")
        elif stood_by > now + CLOCK_SKEW_S:
            ledger.add(Code.HEAD_TOO_OLD, f"log {section.log.origin}", f"it says {stood_by}, now is {now}")


def _check_planned_logs(bundle: Bundle, counted: list[Logged], facts: Facts, policy: Policy, ledger: Ledger) -> None:
    """Step 4, last part."""
    named = {log.log_id for plan in facts.newest_plans().values() for log in plan.logs}
    for number in sorted({logged.section for logged in counted}):
        log = policy.log(bundle.sections[number].origin)
        if log is not None and log.log_id not in named:
            ledger.add(Code.LOG_NOT_PLANNED, f"log {log.origin}")


def _figures(
    bundle: Bundle, points: dict[str, PointEvidence], facts: Facts, keys: KeysCheck, ledger: Ledger
) -> tuple[list[Figure], set[str], set[str]]:
    """Steps 6 to 8: the figures, the metering points that no failure touches, and those that only GAPS touch."""
    period = (bundle.from_at, bundle.to_at)
    whole = keys.whole
    planned = facts.ever_planned()
    figures: list[Figure] = []
    sound: set[str] = set()
    gapped: set[str] = set()
    for point in sorted(facts.expected(*period) | points.keys()):
        evidence = points.get(point)
        if evidence is None:
            ledger.add(Code.SILENT_METER, point)
            continue
        known = ledger.failing()
        keys.check(point, evidence)
        check_settlements(point, evidence, facts, ledger, whole=whole)
        if point not in planned:
            continue  # found by check_devices: nothing is claimed for a point that no plan lists
        if whole:
            of_point = PointCheck(planned[point], evidence, facts, period, ledger).figures()
        else:
            of_point = totals(point, evidence, facts, period, ledger)
        failing = ledger.failing() - known
        if failing:
            figures += _incomplete(of_point)
            if {code for code, _ in failing} <= GAPS:
                gapped.add(point)
            continue
        figures += of_point
        sound.add(point)
    return figures, sound, gapped


def _downgraded(figures: list[Figure], ledger: Ledger) -> tuple[Figure, ...]:
    """Completeness is claimed only where proven: a failure in file, log, authority or a stream takes it away."""
    return tuple(_incomplete(figures) if _fails_before_figures(ledger) else figures)


def _fails_before_figures(ledger: Ledger) -> bool:
    return any(finding.severity is Severity.FAILURE and finding.code.number < 500 for finding in ledger.all())


def _incomplete(figures: list[Figure]) -> list[Figure]:
    return [replace(figure, basis=Basis.INCOMPLETE) if figure.basis in _PROVEN else figure for figure in figures]


def _summary(section: CheckedSection) -> LogSummary:
    vouched = tuple(f"{pinned.source.value} head of size {pinned.size}{through(pinned)}" for pinned in section.vouching)
    return LogSummary(section.log.origin, section.size, section.root, len(section.statements), vouched)
