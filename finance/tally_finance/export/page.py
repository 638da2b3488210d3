"""A report as a document for people, in the order in which a reviewer reads. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tally_finance.export import (
    page_evidence,
    page_factors,
    page_head,
    page_market,
    page_months,
    page_resources,
    page_shares,
    page_site,
    page_weak,
)
from tally_finance.export.document import Document, Words


def of(said: Mapping[str, Any], digest: str, mark: str) -> Document:
    """Everything that a report says. `digest`: of its bytes, hexadecimal; `mark`: see `verified.Verified.mark`."""
    sections = (
        page_head.head(said, digest),
        page_head.figures(said),
        page_weak.weak(said),
        page_months.completeness(said),
        page_months.months(said),
        page_shares.contributions(said),
        page_shares.products(said),
        *page_resources.further(said),
        page_factors.factors(said),
        page_market.instruments(said),
        page_site.checks(said),
        page_site.meters(said),
        page_evidence.rounding(said),
        page_evidence.evidence(said),
        page_evidence.checking(said, digest),
    )
    numbered = tuple(
        replace(one, words=Words(f"{number}. {one.words.english}", one.words.chinese))
        for number, one in enumerate(sections, 1)
    )
    of_whom = said["entity"] if said["entity"] == said["site"] else f"{said['entity']}, {said['site']}"
    headline = page_head.headline(said)
    return Document(Words("Footprint report", "碳足迹报告"), of_whom, headline, mark, digest, numbered)
