"""The reviewer's checklist (审查清单): seventeen items, each question answered from what was shown. No IO.

An answer is never made up: what the report does not say, and no other document that the reviewer names, is `not shown`
(未提供), and stands there in the reviewer's way. The items are those of ISO 14064-3's work, the Green Loan Principles'
four components and PCAF's table, as docs/review.md has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.bilingual import Words
from tally_finance.by_identity import ByIdentity
from tally_finance.review import answers_of_report as of_report
from tally_finance.review import answers_of_review as of_review
from tally_finance.review.answer import Answer, Shown

NOT_SHOWN: Final = Words("not shown", "未提供")


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its questions."""

    number: int
    title: Words
    answers: tuple[Answer, ...]

    @property
    def is_shown(self) -> bool:
        """Whether every question has an answer."""
        return all(one.said is not None for one in self.answers)


_ITEMS: Final[tuple[tuple[Words, Callable[[Shown], Sequence[Answer]]], ...]] = (
    (Words("Identity", "主体"), of_review.identity),
    (Words("Boundary map", "边界"), of_report.boundary),
    (Words("Meter file", "计量器具档案"), of_report.meter_file),
    (Words("Completeness", "完整性"), of_report.completeness),
    (Words("Integrity", "数据完好"), of_report.integrity),
    (Words("Cross-checks", "交叉核对"), of_report.cross_checks),
    (Words("Factors", "排放因子"), of_report.factors),
    (Words("Method", "核算方法"), of_report.method),
    (Words("Uncertainty", "不确定度"), of_report.uncertainty),
    (Words("Instruments", "绿证与绿电合同"), of_report.instruments),
    (Words("Baseline and reduction", "基准与减排"), of_review.reduction),
    (Words("Restatements", "重述"), of_review.restatements),
    (Words("Materiality", "重要性"), of_review.materiality),
    (Words("Conclusion", "结论"), of_review.conclusion),
    (Words("Exports", "导出"), of_review.exports),
    (Words("Confidentiality", "保密"), of_report.confidentiality),
    (Words("Portfolio", "组合"), of_review.portfolio),
)


def checklist(shown: Shown) -> tuple[Item, ...]:
    """All items in order."""
    return tuple(Item(number, title, _answers(asks, shown)) for number, (title, asks) in enumerate(_ITEMS, 1))


def _answers(asks: Callable[[Shown], Sequence[Answer]], shown: Shown) -> tuple[Answer, ...]:
    """Those of `answers_of_report` follow from the report alone, which never changes."""
    if asks.__module__ == of_report.__name__:
        return _OF_REPORTS.found(shown.report, lambda: tuple(asks(shown)), asks.__name__)
    return tuple(asks(shown))


_OF_REPORTS: Final = ByIdentity[tuple[Answer, ...]](256)


def page(shown: Shown, items: Sequence[Item]) -> str:
    """The checklist as a page in Markdown."""
    answered = sum(one.is_shown for one in items)
    lines = [
        f"# Checklist 审查清单: {shown.report.site}",
        "",
        f"Report `{shown.report.digest.hex()}`: {answered} of {len(items)} items are answered in full. "
        f"{len(items)} 项中 {answered} 项已完整回答。",
    ]
    for item in items:
        lines += ["", f"## {item.number}. {item.title}", ""]
        lines += [f"- {one.question}: {NOT_SHOWN if one.said is None else one.said}" for one in item.answers]
    return "\n".join(lines) + "\n"
