"""The page of a verified bundle: verdict, figures, findings, and the statements to go on to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from tally_finance.portal.opening import findings, steps
from tally_finance.portal.visit import Visit


def evidence_page(
    visit: Visit, told: Mapping[str, Any], shown: Mapping[str, Any], template: str = "opening/evidence.html"
) -> Response:
    """`told` is as the desk tells of evidence (`EvidenceTold`); `shown`: title, base, crumbs, bundle, subject, more."""
    return visit.page(
        template,
        verdict=told["verdict"],
        findings=findings.shown(told["verdict"]["findings"]),
        quantity=told.get("quantity"),
        unreckoned=told.get("unreckoned"),
        subjects=told["subjects"],
        statements=told["statements"],
        next_skip=told["next_skip"],
        verified_at=told["verified_at"],
        kinds=steps.KINDS,
        bases=findings.BASES,
        **shown,
    )
