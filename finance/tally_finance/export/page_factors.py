"""The part of a report's page about its emission factors: where each is from, by which rule, and what others would say.

No IO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.errors import FactorError
from tally_finance.export import words
from tally_finance.export.document import NOTHING, Block, Column, Fact, Facts, Kind, Note, Row, Section, Table, Tone
from tally_finance.export.page_head import opening
from tally_finance.export.said_words import mark_words, reason_words
from tally_finance.export.words import number
from tally_finance.factors.unit import Gas, Unit

Said = Mapping[str, Any]

_CARBON_DIOXIDE = frozenset({Gas.CO2, Gas.CO2E})
"""Counted alike: the potential of carbon dioxide is one by definition."""


def factors(said: Said) -> Section:
    """Every factor that a line uses, each with its sources and its alternatives."""
    blocks: list[Block] = (
        [_all(said)] if said["factors"] else [Note(Words("No line uses a factor.", "无所用因子。"), Tone.DOUBT)]
    )
    for one in said["factors"]:
        blocks += _one(said, one)
    return Section("factors", Words("Emission factors", "排放因子"), tuple(blocks))


def _all(said: Said) -> Table:
    columns = (
        Column(Words("Id", "编号"), Kind.CODE),
        Column(Words("Activity", "活动")),
        Column(Words("Region", "地区")),
        Column(Words("Data year", "数据年份"), Kind.NUMBER),
        Column(Words("Basis", "口径")),
        Column(Words("Value", "数值"), Kind.NUMBER),
        Column(Words("Unit", "单位")),
        Column(Words("Used by", "用于"), Kind.LINKS),
    )
    rows = [
        Row(
            (
                one["id"],
                one["activity"],
                one["region"],
                one["data_year"],
                one["basis"],
                one["value"],
                one["unit"],
                " ".join(line["id"] for line in _lines(said, one)),
            ),
            Tone.DOUBT if one["mark"] or one["fallback"] else Tone.PLAIN,
            one["id"],
        )
        for one in said["factors"]
    ]
    return Table(Words("Factors used", "所用因子"), columns, tuple(rows), opening(said["factors"][0]["id"]))


def _one(said: Said, one: Said) -> Iterator[Block]:
    yes, no = Words("yes: a wider region or an earlier year", "是：地区更广或年份更早"), Words("no", "否")
    fallback = yes if one["fallback"] else no
    facts = [
        Fact(Words("Factor", "因子"), f"{one['id']}: {one['activity']}, {one['region']}, {one['value']} {one['unit']}"),
        Fact(Words("Rule", "选取规则"), reason_words(one["rule"])),
        Fact(Words("Fallback", "回退"), fallback, tone=Tone.DOUBT if one["fallback"] else Tone.PLAIN),
        Fact(
            Words("Data and reporting year", "数据与报告年份"),
            f"{one['data_year']}, {one['reporting_year'] or NOTHING}",
        ),
        Fact(Words("Owner", "所有者"), one["owner"] or Words("shipped with the program", "随程序发布")),
        Fact(Words("Licence", "许可"), one["licence"] or NOTHING),
        Fact(Words("Digest", "摘要值"), one["digest"], Kind.CODE),
    ]
    if one["mark"]:
        facts.append(Fact(Words("Mark", "标注"), mark_words(one["mark"]), tone=Tone.DOUBT))
    for source in one["sources"]:
        read = words.READ.get(source["read"], source["read"])
        facts.append(Fact(Words("Source", "来源"), phrase(f"{source['title']} (", read, ")")))
        facts.append(Fact(Words("Locator", "出处定位"), source["locator"], Kind.CODE))
    yield Facts(tuple(facts))
    yield from _alternatives(said, one)


def _alternatives(said: Said, one: Said) -> Iterator[Block]:
    title = Words(f"{one['id']}: what others would say", f"{one['id']}：备选因子的结果")
    if not one["alternatives"]:
        yield Note(phrase(title, ": ", Words("the rule had no other to choose from.", "无备选。")))
        return
    lines = _lines(said, one)
    columns = (
        Column(Words("Region", "地区")),
        Column(Words("Data year", "数据年份"), Kind.NUMBER),
        Column(Words("Basis", "口径")),
        Column(Words("Value", "数值"), Kind.NUMBER),
        Column(Words("Why not", "未选理由")),
        *(Column(Words(f"{line['id']} by it, kgCO2e", f"按此因子的 {line['id']}"), Kind.NUMBER) for line in lines[:3]),
    )
    rows = [
        Row(
            (
                other["region"],
                other["data_year"],
                other["basis"],
                f"{other['value']} {other['unit']}",
                reason_words(other["why_not"]),
                *(_told(by_other(line, one, other), line) for line in lines[:3]),
            )
        )
        for other in one["alternatives"]
    ]
    note = Words("Rounded to the kilogram; in brackets beside the line as it is.", "取整至千克；括号内为与现值之差。")
    yield Table(title, columns, tuple(rows), note if lines else "")


def _lines(said: Said, factor: Said) -> list[Said]:
    return [one for one in said["lines"] if one["factor"] == factor["digest"]]


def by_other(line: Said, factor: Said, other: Said) -> Fraction | None:
    """kgCO2e of a line by another factor. None where both are not of the same activity's unit and gas."""
    try:
        now, then = Unit.parse(factor["unit"]), Unit.parse(other["unit"])
    except FactorError:
        return None
    gases = {now.gas, then.gas}
    value = Fraction(factor["value"]) * Fraction(now.to_common)
    if now.common.per != then.common.per or not (len(gases) == 1 or gases == _CARBON_DIOXIDE) or not value:
        return None
    return Fraction(line["kg"]) * Fraction(other["value"]) * Fraction(then.to_common) / value


def _told(value: Fraction | None, line: Said) -> Text:
    if value is None:
        return Words("another unit", "单位不同")
    now = Fraction(line["kg"])
    change = f" ({round((value - now) / now * 100):+d} %)" if now else ""
    return f"{number(str(round(value)))}{change}"
