"""The verification of a bundle under a reader's policy. Verdict-critical: no IO, one `now`.

    1  the bundle parses (bundle.decode; errors there are no findings, the file is not a bundle)
    2  every section is a log that the policy knows, at a head that the reader can believe        log_check
    3  authorities: known, whole, countersigned; what they say about keys, meters and plans       authority_check
       and their newest plan had not run out when the head was made
    4  device streams: enrolled keys, signatures, links, forks, revocations, marks                stream_check
    5  payloads: strict, about their subject, not after their anchor                              payloads
    6  settlements: linked, on the facts in force; totals by registers                            settlement_check
    7  registers and coverage; figures from readings                                              register_check
    8  every planned metering point speaks
    9  grant and attachments                                                                      grant_check

A check that can not be made is a finding, never a silent pass.
"""

from __future__ import annotations

from tally_chain.bundle import Bundle, Content
from tally_chain.findings import Code, Ledger
from tally_chain.policy import Policy
from tally_chain.verify.authority_check import Facts, check_authorities
from tally_chain.verify.figures import Basis, Figure
from tally_chain.verify.grant_check import check_grant
from tally_chain.verify.log_check import CheckedSection, check_section
from tally_chain.verify.payloads import PointEvidence, collect
from tally_chain.verify.register_check import PointCheck
from tally_chain.verify.settlement_check import check_settlements, totals
from tally_chain.verify.stream_check import check_devices
from tally_chain.verify.verdict import LogSummary, Verdict


def verify(bundle: Bundle, policy: Policy, *, now: int) -> Verdict:
    """Verify `bundle` under `policy` at `now` (Unix seconds). Everything wrong becomes a finding; nothing is raised."""
    ledger = Ledger()
    sections = [check_section(number, section, policy, ledger) for number, section in enumerate(bundle.sections)]
    checked = [section for section in sections if section is not None]
    statements = [logged for section in checked for logged in section.statements]
    if not statements:
        ledger.add(Code.BUNDLE_EMPTY, "bundle")
    facts = check_authorities(statements, policy, ledger)
    _check_freshness(bundle, checked, facts, ledger)
    whole = bundle.content is Content.FULL
    counted = check_devices(statements, facts, policy, ledger, whole=whole)
    points = collect(counted, ledger)
    figures = _figures(bundle, points, facts, ledger, whole=whole)
    check_grant(bundle, checked, policy, ledger, now=now)
    return Verdict(
        content=bundle.content.name.lower(),
        from_at=bundle.from_at,
        to_at=bundle.to_at,
        figures=tuple(_downgraded(figure, ledger) for figure in figures),
        findings=ledger.all(),
        logs=tuple(_summary(section) for section in checked),
        statements=len(statements),
    )


def _check_freshness(bundle: Bundle, checked: list[CheckedSection], facts: Facts, ledger: Ledger) -> None:
    """Step 3, last part: a plan that had run out before the period's end, or before the head, fixes nothing."""
    head_at = max((section.signed_at for section in checked), default=bundle.to_at)
    newest = {plan.site: plan for _, plan in facts.plans}
    for site, plan in newest.items():
        if plan.renew_by < max(bundle.to_at, head_at):
            ledger.add(Code.AUTHORITY_STALE, f"site {site}", f"to be renewed by {plan.renew_by}")


def _figures(
    bundle: Bundle, points: dict[str, PointEvidence], facts: Facts, ledger: Ledger, *, whole: bool
) -> list[Figure]:
    """Steps 6 to 8."""
    period = (bundle.from_at, bundle.to_at)
    planned = facts.planned_points()
    figures: list[Figure] = []
    for point in sorted(planned.keys() | points.keys()):
        evidence = points.get(point)
        if evidence is None:
            ledger.add(Code.SILENT_METER, point)
            continue
        check_settlements(point, evidence, facts, ledger, whole=whole)
        if point not in planned:
            continue  # found by check_devices: nothing is claimed for a point that no plan lists
        if whole:
            figures += PointCheck(planned[point], evidence, facts, period, ledger).figures()
        else:
            figures += totals(point, evidence, facts, period, ledger)
    return figures


_TAINTING = (
    Code.MISSING_STATEMENT,
    Code.AUTHORITY_STALE,
    Code.AUTHORITY_INCOMPLETE,
    Code.AUTHORITY_FORK,
    Code.FORK,
    Code.WRONG_LINK,
    Code.SIGNATURE_WRONG,
    Code.STATEMENT_MALFORMED,
    Code.UNKNOWN_KEY,
    Code.PLAN_MISSING,
)


def _downgraded(figure: Figure, ledger: Ledger) -> Figure:
    """Completeness is claimed only where it is proven: any doubt about the streams or the plan takes it away."""
    if figure.basis not in (Basis.COMPLETE, Basis.BRIDGED) or not any(ledger.has(code) for code in _TAINTING):
        return figure
    return Figure(
        figure.point,
        figure.register,
        figure.unit,
        figure.from_at,
        figure.to_at,
        figure.quantity,
        Basis.INCOMPLETE,
        figure.first,
        figure.last,
        figure.samples,
        figure.restated,
    )


def _summary(section: CheckedSection) -> LogSummary:
    vouched = tuple(f"{pinned.source.value} head of size {pinned.size}" for pinned in section.vouching)
    return LogSummary(section.log.origin, section.size, section.root, len(section.statements), vouched)
