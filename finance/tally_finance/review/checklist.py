"""The reviewer's checklist (审查清单): seventeen items, each question answered from what was shown. No IO.

An answer is never made up: what the report does not say, and no other document that the reviewer names, is `not shown`
(未提供), and stands there in the reviewer's way. The items are those of ISO 14064-3's work, the Green Loan Principles'
four components and PCAF's table, as docs/review.md has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.review import answers_of_report as of_report
from tally_finance.review import answers_of_review as of_review
from tally_finance.review.answer import Answer, Shown

NOT_SHOWN: Final = "not shown 未提供"


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its questions."""

    number: int
    title: str
    answers: tuple[Answer, ...]

    @property
    def is_shown(self) -> bool:
        """Whether every question has an answer."""
        return all(one.said is not None for one in self.answers)


_ITEMS: Final[tuple[tuple[str, Callable[[Shown], Sequence[Answer]]], ...]] = (
    ("Identity 主体", of_review.identity),
    ("Boundary map 边界", of_report.boundary),
    ("Meter file 计量器具档案", of_report.meter_file),
    ("Completeness 完整性", of_report.completeness),
    ("Integrity 数据完好", of_report.integrity),
    ("Cross-checks 交叉核对", of_report.cross_checks),
    ("Factors 排放因子", of_report.factors),
    ("Method 核算方法", of_report.method),
    ("Uncertainty 不确定度", of_report.uncertainty),
    ("Instruments 绿证与绿电合同", of_report.instruments),
    ("Baseline and reduction 基准与减排", of_review.reduction),
    ("Restatements 重述", of_review.restatements),
    ("Materiality 重要性", of_review.materiality),
    ("Conclusion 结论", of_review.conclusion),
    ("Exports 导出", of_review.exports),
    ("Confidentiality 保密", of_report.confidentiality),
    ("Portfolio 组合", of_review.portfolio),
)


def checklist(shown: Shown) -> tuple[Item, ...]:
    """All items in order."""
    return tuple(Item(number, title, tuple(asks(shown))) for number, (title, asks) in enumerate(_ITEMS, 1))


def page(shown: Shown, items: Sequence[Item]) -> str:
    """The checklist as a page in Markdown."""
    answered = sum(one.is_shown for one in items)
    lines = [
        f"# Checklist 审查清单: {shown.report.site}",
        "",
        f"Report `{shown.report.digest.hex()}`: {answered} of {len(items)} items are answered in full.",
    ]
    for item in items:
        lines += ["", f"## {item.number}. {item.title}", ""]
        lines += [f"- {one.question}: {NOT_SHOWN if one.said is None else one.said}" for one in item.answers]
    return "\n".join(lines) + "\n"
