"""The checklist's questions that a review's own documents answer (see `checklist`). No IO."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from tally_finance.bilingual import Text, Words, joined, phrase
from tally_finance.errors import ReportFileError
from tally_finance.export.table import time_text
from tally_finance.review.answer import NONE, Answer, Shown, listed
from tally_finance.review.opinion_words import NAMES, against_words, choice
from tally_finance.review.opinions import Conclusion, Objection, Opinion, Verification
from tally_finance.review.reduction import Reduction
from tally_finance.review.reported import Reported
from tally_finance.review.told import decimals

_GROWTH: Final = Words("the intensity falls while emissions rise", "强度下降而排放量上升")
_NEWEST: Final = Words("this is the newest", "本报告为最新版本")
_NOT_NEWEST: Final = Words("THIS REPORT IS NOT THE NEWEST", "本报告不是最新版本")


def identity(shown: Shown) -> Sequence[Answer]:
    """1."""
    report, said = shown.report, [one.said for one, _ in shown.opinions if isinstance(one.said, Conclusion)]
    entities = {one.borrower for one in said} | ({report.root.text("entity")} if "entity" in report.root else set())
    control = report.root.text("control") if "control" in report.root else None
    return (
        Answer(Words("site and period", "场所与期间"), f"{report.site}, {_period(report)}"),
        Answer(Words("legal entity", "法律主体"), listed(sorted(entities))),
        Answer(Words("organisational boundary", "组织边界"), control),
        Answer(Words("loan", "贷款"), listed(one.loan for one in said)),
        Answer(Words("use of proceeds", "资金用途"), listed(one.use_of_proceeds for one in said)),
        Answer(Words("item of the catalogue", "目录条目"), listed(one.catalogue for one in said)),
    )


def reduction(shown: Shown) -> Sequence[Answer]:
    """11."""
    found = shown.reduction
    if found is None:
        return (
            Answer(Words("baseline", "基准"), None),
            Answer(Words("reduction at equal production", "同等产量下的减排量"), None),
            Answer(Words("lower bound", "下限"), None),
        )
    return (
        Answer(Words("baseline", "基准"), _intensities(found)),
        Answer(
            Words("reduction at equal production", "同等产量下的减排量"),
            phrase(
                f"{decimals(found.avoided.value)} kgCO2e ({decimals(found.percent)} %); ",
                Words("absolute", "绝对量"),
                f" {decimals(found.absolute)}",
                phrase(": ", _GROWTH) if found.hides_growth else "",
            ),
        ),
        Answer(Words("lower bound", "下限"), f"{decimals(found.sure)} kgCO2e"),
    )


def restatements(shown: Shown) -> Sequence[Answer]:
    """12."""
    if shown.versions is None or not shown.versions.all:
        return (Answer(Words("versions", "版本"), None), Answer(Words("changes", "变更"), None))
    versions, changes = shown.versions.all, shown.versions.changes()
    told = [
        phrase(
            f"{one.after.number}: {one.after.reason.name.lower()}, {one.after.explanation}, ",
            f"{decimals(one.by_kg)} kgCO2e",
            phrase(" (", Words("significant", "重大"), ")") if one.is_significant else "",
        )
        for one in changes
    ]
    newest = versions[-1]
    stands = _NEWEST if newest.report == shown.report.digest else _NOT_NEWEST
    return (
        Answer(Words("versions", "版本"), phrase(f"{len(versions)}; ", stands)),
        Answer(Words("changes", "变更"), listed(told) or NONE),
    )


def materiality(shown: Shown) -> Sequence[Answer]:
    """13."""
    if shown.held is None:
        return (Answer(Words("misstatements", "错报"), None), Answer(Words("aggregated", "汇总"), None))
    held, found = shown.held, shown.held.materiality
    entries = [
        phrase(
            f"{one.number}. {one.text} ({one.where}): {decimals(one.error)} kg",
            phrase(", ", Words("corrected", "已更正")) if one.corrected else "",
        )
        for one in held.ledger.entries
    ]
    verdict = Words("material", "重大") if found.is_material else Words("not material", "不重大")
    high, low = decimals(found.too_high), decimals(found.too_low)
    sums = Words(f"{high} kg too high, {low} kg too low", f"多报 {high} kg，少报 {low} kg")
    limit = phrase(Words("limit", "重要性限额"), f" {decimals(found.limit)} kg, {held.figure}: ", verdict)
    return (
        Answer(Words("misstatements", "错报"), listed(entries) or NONE),
        Answer(Words("aggregated", "汇总"), phrase(sums, "; ", limit)),
    )


def conclusion(shown: Shown) -> Sequence[Answer]:
    """14."""
    banks = [_opinion(*one) for one in shown.opinions if isinstance(one[0].said, Conclusion)]
    others = [_opinion(*one) for one in shown.opinions if isinstance(one[0].said, Verification)]
    return (
        Answer(Words("the bank's conclusion", "银行结论"), listed(banks)),
        Answer(Words("a third party's verification", "第三方核查"), listed(others)),
    )


def exports(shown: Shown) -> Sequence[Answer]:
    """15."""
    return (Answer(Words("files", "文件"), listed(f"{name} {digest.hex()[:12]}" for name, digest in shown.exports)),)


def portfolio(shown: Shown) -> Sequence[Answer]:
    """17."""
    part, score = shown.financed, shown.quality
    no_year: Text = ""
    if part is not None and part.is_year is False:
        days = part.position.days
        no_year = phrase(" ", Words(f"OF {days} DAYS, NO YEAR", f"仅 {days} 天，不足一年"))
    return (
        Answer(
            Words("data quality (PCAF)", "数据质量（PCAF）"),
            None
            if score is None
            else phrase(f"{decimals(score.weighted)}; ", Words("worst", "最差"), f" {score.worst}"),
        ),
        Answer(Words("attribution", "归属系数"), None if part is None else decimals(part.attribution)),
        Answer(
            Words("financed emissions", "融资排放"),
            None if part is None else phrase(f"{decimals(part.emissions)} kgCO2e", no_year),
        ),
    )


def _intensities(found: Reduction) -> Text:
    then = phrase(f"{decimals(found.baseline_intensity)} kgCO2e ", Words("for a unit", "／单位产品"))
    return phrase(then, "; ", Words("now", "现为"), f" {decimals(found.intensity)}")


def _opinion(opinion: Opinion, against: tuple[Objection, ...]) -> Text:
    said = opinion.said
    if isinstance(said, Conclusion):
        what = phrase(f"{said.bank}, {said.reviewer}: ", choice(said.decision.name))
    else:
        what = phrase(f"{said.verifier}, {said.lead}: ", choice(said.type.name), ", ", choice(said.level.name))
    objections = joined("; ", (phrase(NAMES[one.name.value], ": ", against_words(one.text)) for one in against))
    stands: Text = Words("stands", "有效")
    if against:
        stands = phrase(Words("DOES NOT STAND", "无效"), " (", objections, ")")
    key = phrase(Words("key", "密钥"), f" {opinion.key.kid.hex()[:12]}")
    return joined("; ", (what, key, phrase(Words("until", "有效期至"), f" {time_text(said.until)}"), stands))


def _period(report: Reported) -> str:
    """On the site's clock, where the report names it: a year that begins at 15:00 of the day before misleads."""
    if "timezone" not in report.root:
        return f"{time_text(report.from_at)} – {time_text(report.to_at)}"
    name = report.root.text("timezone")
    try:
        begin, end = (datetime.fromtimestamp(at, ZoneInfo(name)) for at in (report.from_at, report.to_at))
    except (KeyError, ValueError, OverflowError, OSError):
        raise ReportFileError(f"the report's timezone {name!r} or its period is none") from None
    return f"{begin.isoformat(' ', 'minutes')[:16]} – {end.isoformat(' ', 'minutes')[:16]} {name}"
