"""The page of a verified bundle: verdict, figures, findings, and the statements to go on to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Query, Response

from tally_finance.export.said_words import head_words
from tally_finance.portal.opening import findings, steps
from tally_finance.portal.opening.findings import ShownFinding
from tally_finance.portal.visit import Visit
from tally_gateway.pages.paging import ON_A_PAGE, Address, Paging, Skip, counted, sliced


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose statements are asked for ("": nobody's), and where the pages of the three lists begin."""

    subject: Annotated[str, Query(max_length=512)] = ""
    skip: Skip = 0
    subjects: Skip = 0
    findings: Skip = 0

    @property
    def params(self) -> dict[str, Any]:
        """As the desk is asked."""
        return {"subject": self.subject, "skip": self.skip, "skip_subjects": self.subjects, "limit": ON_A_PAGE}


def findings_part(found: Iterable[Mapping[str, Any]], skip: int, address: Address) -> tuple[list[ShownFinding], Paging]:
    """A page of the findings, the gravest first; `address`: of the page that they stand on."""
    part, paging = sliced(findings.ranked(found), skip, replace(address, mark="found"), name="findings")
    return findings.shown(part), paging


def evidence_page(visit: Visit, told: Mapping[str, Any], asked: Asked, shown: Mapping[str, Any]) -> Response:
    """`told` is as the desk tells of evidence (`EvidenceTold`); `shown`: title, base, crumbs, bundle."""
    base, subject = shown["base"], {"subject": asked.subject}
    found, of_findings = findings_part(told["verdict"]["findings"], asked.findings, Address(base, subject))
    of_subjects = counted(told["subjects_in_all"], asked.subjects, Address(base, mark="subjects"), name="subjects")
    return visit.page(
        "opening/evidence.html",
        verdict=told["verdict"],
        findings=found,
        of_findings=of_findings,
        subject=asked.subject,
        of_subjects=of_subjects,
        of_statements=counted(told["statements_in_all"], asked.skip, Address(base, subject, "statements")),
        quantity=told.get("quantity"),
        unreckoned=told.get("unreckoned"),
        subjects=told["subjects"],
        statements=told["statements"],
        verified_at=told["verified_at"],
        kinds=steps.KINDS,
        bases=findings.BASES,
        head_words=head_words,
        **shown,
    )
