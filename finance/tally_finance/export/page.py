"""A report as a document for people, in the order in which a reviewer reads. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from tally_finance.bilingual import Words
from tally_finance.errors import ExportError
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
from tally_finance.export.document import Document, Section

Said = Mapping[str, Any]


def of(said: Said, digest: str, mark: str) -> Document:
    """Everything that a report says. `digest`: of its bytes, hexadecimal; `mark`: see `verified.Verified.mark`.

    Raises ExportError for what is no report, which only one can be that nobody computed again; it names the part.
    """
    sections: list[Section] = []
    for name, make in _parts(digest):
        with _named(name):
            sections += make(said)
    numbered = tuple(
        replace(one, words=Words(f"{number}. {one.words.english}", one.words.chinese))
        for number, one in enumerate(sections, 1)
    )
    with _named("head"):
        of_whom = said["entity"] if said["entity"] == said["site"] else f"{said['entity']}, {said['site']}"
        headline = page_head.headline(said)
    return Document(Words("Footprint report", "碳足迹报告"), of_whom, headline, mark, digest, numbered)


def _parts(digest: str) -> tuple[tuple[str, Callable[[Said], Iterable[Section]]], ...]:
    """The parts in their order."""
    return (
        ("head", lambda said: (page_head.head(said, digest),)),
        ("figures", lambda said: (page_head.figures(said),)),
        ("weak", lambda said: (page_weak.weak(said),)),
        ("completeness", lambda said: (page_months.completeness(said),)),
        ("months", lambda said: (page_months.months(said),)),
        ("contributions", lambda said: (page_shares.contributions(said),)),
        ("products", lambda said: (page_shares.products(said),)),
        ("further", page_resources.further),
        ("factors", lambda said: (page_factors.factors(said),)),
        ("instruments", lambda said: (page_market.instruments(said),)),
        ("checks", lambda said: (page_site.checks(said),)),
        ("meters", lambda said: (page_site.meters(said),)),
        ("rounding", lambda said: (page_evidence.rounding(said),)),
        ("evidence", lambda said: (page_evidence.evidence(said),)),
        ("check", lambda said: (page_evidence.checking(said, digest),)),
    )


@contextmanager
def _named(part: str) -> Iterator[None]:
    """What can not be read of a report, with the part of the page that wanted it."""
    try:
        yield
    except _UNREADABLE as error:
        raise ExportError(f"report.json is no report: {part}: {type(error).__name__} {error}") from error


_UNREADABLE: Final = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,
    OverflowError,
    OSError,
)
