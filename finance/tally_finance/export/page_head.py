"""The first parts of a report's page: what it is of, and the figures. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.export import page_weak, words
from tally_finance.export.document import Column, Fact, Facts, Kind, Row, Section, Table, Tone
from tally_finance.export.words import number
from tally_finance.report.allowed import caveat

Said = Mapping[str, Any]

OPENS: Final = "tallystick finance footprint open REPORT {} --policy POLICY"


def opening(name: str) -> Text:
    """The note below a table of things that open: the very command, for its first row."""
    return phrase(Words("Opens to what it rests on", "穿透"), f": {OPENS.format(name)}")


def head(said: Said, digest: str) -> Section:
    """Whose, of what, over which period, by which method and evidence."""
    zone = ZoneInfo(said["timezone"])
    begin, end = (words.moment(said[name], zone) for name in ("from", "to"))
    period = phrase(f"{begin} ", Words("to", "至"), f" {end} (", Words("end not included", "不含终点"), ")")
    year = phrase(f"{said['year']}, ", Words("factors of", "因子年份"), f" {said['factor_year']}")
    rows = [
        _evidence(said, Words("The evidence holds", "证据成立"), Words("The evidence does not hold", "证据不成立")),
        Fact(Words("Entity", "主体"), said["entity"]),
        Fact(Words("Site", "场所"), said["site"]),
        Fact(Words("Period", "期间"), period),
        Fact(Words("Time zone", "时区"), said["timezone"]),
        Fact(Words("Year", "年份"), year),
        Fact(
            Words("Method", "核算方法"),
            phrase(f"{said['method']}; ", Words("warming potentials", "全球变暖潜势"), f": {said['warming'].upper()}"),
        ),
        Fact(Words("Report digest", "报告摘要值"), digest, Kind.CODE),
        Fact(Words("Trace digest", "计算轨迹摘要值"), said["trace"], Kind.CODE),
        Fact(Words("Factors digest", "因子库摘要值"), said["registry"], Kind.CODE),
        Fact(Words("Activity digest", "活动数据摘要值"), said["activity"], Kind.CODE),
    ]
    rows += [
        Fact(
            Words("Data root", "数据根"),
            phrase(f"{one['root']} ({number(one['size'])} ", Words("entries", "条"), ")"),
            Kind.CODE,
        )
        for one in said["roots"]
    ]
    return Section("head", Words("What this is", "报告概况"), (Facts(tuple(rows)),))


def headline(said: Said) -> tuple[Fact, ...]:
    """Whether the evidence holds, the totals with how sure they are, and what speaks against them."""
    rows = [_evidence(said, Words("holds", "成立"), Words("does not hold", "不成立"))]
    flaw = _flaw(said)
    tone = Tone.BAD if flaw else Tone.PLAIN
    rows += [
        Fact(
            words.FIGURES[name],
            phrase(f"{number(one['kg'])} ± {number(one['u95_kg'])} kgCO2e", flaw),
            Kind.NUMBER,
            tone,
        )
        for name, one in words.in_order(said)
        if name in ("total-location", "total-market")
    ]
    bad, doubts = page_weak.weighed(page_weak.against(said))
    tone = Tone.BAD if bad else Tone.DOUBT if doubts else Tone.GOOD
    told = phrase(Words("against", "不利"), f" {bad}, ", Words("to look at", "待关注"), f" {doubts}")
    return (*rows, Fact(Words("What it is weak in", "薄弱之处"), told, tone=tone))


def _flaw(said: Said) -> Text:
    """What stands beside a total that is not all of it, or not proven: nobody takes it from the page without that."""
    if not said["integrity"]["holds"]:
        return phrase(", ", Words("not proven", "未获证实"))
    is_open = any(one["blocks"] for one in said["remarks"])
    return phrase(", ", Words("incomplete", "不完整")) if is_open else ""


def _evidence(said: Said, good: Words, bad: Words) -> Fact:
    """Whether the evidence holds; never without what the policy let pass by name, for a page is read from its top."""
    name, told = Words("Evidence", "证据"), caveat(said)
    if not said["integrity"]["holds"]:
        return Fact(name, bad, tone=Tone.BAD)
    if told:
        return Fact(name, phrase(good, "; ", told), tone=Tone.DOUBT)
    return Fact(name, good, tone=Tone.GOOD)


def figures(said: Said) -> Section:
    """Scope by scope, and what gases they are of."""
    rows = [_figure(name, one) for name, one in words.in_order(said)]
    columns = (
        Column(Words("Figure", "指标")),
        Column(Words("kgCO2e", ""), Kind.NUMBER),
        Column(Words("U95, kg", "扩展不确定度"), Kind.NUMBER),
        Column(Words("U95, %", ""), Kind.NUMBER),
        Column(Words("Conservative, kg", "保守值"), Kind.NUMBER),
        Column(Words("Id", "编号"), Kind.CODE),
    )
    first = next(iter(said["figures"]), "total-location")
    u95 = Words("twice the standard uncertainty, about 95 % (k = 2).", "两倍标准不确定度，约 95 % 置信水平（k = 2）。")
    note = phrase("U95: ", u95, " ", opening(_main(said) or first))
    table = Table(Words("Figures", "指标"), columns, tuple(rows), note)
    gases = [
        Row((words.FIGURES.get(name, name), gas, number(kg)))
        for name, one in words.in_order(said)
        for gas, kg in one["by_gas"]
    ]
    names = (
        Column(Words("Figure", "指标")),
        Column(Words("Gas", "气体")),
        Column(Words("kg of the gas", "该气体质量"), Kind.NUMBER),
    )
    by_gas = Table(
        Words("By gas", "分气体"),
        names,
        tuple(gases),
        phrase(Words("Gases stay apart until the end.", "各气体分别核算，最后合并。"), " ", words.ROUNDS),
    )
    return Section("figures", Words("The figures", "核算结果"), (table, by_gas))


def _figure(name: str, one: Said) -> Row:
    numbers = (number(one[key]) for key in ("kg", "u95_kg", "u95_percent", "conservative_kg"))
    return Row((words.FIGURES.get(name, name), *numbers, name), anchor=name)


def _main(said: Said) -> str:
    return next((name for name in ("total-location", *said["figures"]) if name in said["figures"]), "")
