"""The first parts of a report's page: what it is of, the figures, and what it is weak in. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.export import words
from tally_finance.export.document import Column, Fact, Facts, Kind, Note, Row, Section, Table, Tone, Words
from tally_finance.export.words import both, number

Said = Mapping[str, Any]

OPENS: Final = "tallystick finance footprint open REPORT {} --policy POLICY"
_WEIGHT: Final = {"failure": Tone.BAD, "warning": Tone.DOUBT, "note": Tone.PLAIN}


def opening(name: str) -> str:
    """The note below a table of things that open: the very command, for its first row."""
    return f"Opens to what it rests on 穿透: {OPENS.format(name)}"


def head(said: Said, digest: str) -> Section:
    """Whose, of what, over which period, by which method and evidence."""
    zone, holds = ZoneInfo(said["timezone"]), said["integrity"]["holds"]
    evidence = "The evidence holds. 证据成立。" if holds else "The evidence does not hold. 证据不成立。"
    period = f"{words.moment(said['from'], zone)} to {words.moment(said['to'], zone)} (end not included 不含)"
    rows = [
        Fact(Words("Evidence", "证据"), evidence, tone=Tone.GOOD if holds else Tone.BAD),
        Fact(Words("Entity", "主体"), said["entity"]),
        Fact(Words("Site", "场所"), said["site"]),
        Fact(Words("Period", "期间"), period),
        Fact(Words("Time zone", "时区"), said["timezone"]),
        Fact(Words("Year, factors of", "年份与因子年份"), f"{said['year']}, {said['factor_year']}"),
        Fact(Words("Method", "核算方法"), f"{said['method']}; warming potentials 升温潜势: {said['warming'].upper()}"),
        Fact(Words("Report digest", "报告摘要"), digest, Kind.CODE),
        Fact(Words("Trace digest", "计算轨迹摘要"), said["trace"], Kind.CODE),
        Fact(Words("Factors digest", "因子库摘要"), said["registry"], Kind.CODE),
        Fact(Words("Activity digest", "活动数据摘要"), said["activity"], Kind.CODE),
    ]
    rows += [
        Fact(Words("Data root", "数据根"), f"{one['root']} ({number(one['size'])} entries 条)", Kind.CODE)
        for one in said["roots"]
    ]
    return Section("head", Words("What this is", "报告概况"), (Facts(tuple(rows)),))


def headline(said: Said) -> tuple[Fact, ...]:
    """Whether the evidence holds, the totals with how sure they are, and what speaks against them."""
    holds = said["integrity"]["holds"]
    rows = [
        Fact(
            Words("Evidence", "证据"),
            "holds 成立" if holds else "does not hold 不成立",
            tone=Tone.GOOD if holds else Tone.BAD,
        )
    ]
    rows += [
        Fact(words.FIGURES[name], f"{number(one['kg'])} ± {number(one['u95_kg'])} kgCO2e", Kind.NUMBER)
        for name, one in _in_order(said)
        if name in ("total-location", "total-market")
    ]
    bad, doubts = _weighed(_against(said))
    tone = Tone.BAD if bad else Tone.DOUBT if doubts else Tone.GOOD
    return (
        *rows,
        Fact(Words("What it is weak in", "薄弱之处"), f"{bad} against 不利, {doubts} to look at 待关注", tone=tone),
    )


def _weighed(rows: Iterable[Row]) -> tuple[int, int]:
    """How many speak against the report, and how many are to be looked at."""
    tones = [row.tone for row in rows]
    return tones.count(Tone.BAD), tones.count(Tone.DOUBT)


def figures(said: Said) -> Section:
    """Scope by scope, and what gases they are of."""
    rows = [_figure(name, one) for name, one in _in_order(said)]
    columns = (
        Column(Words("Figure", "指标")),
        Column(Words("kgCO2e", ""), Kind.NUMBER),
        Column(Words("U95, kg", "扩展不确定度"), Kind.NUMBER),
        Column(Words("U95, %", ""), Kind.NUMBER),
        Column(Words("Conservative, kg", "保守值"), Kind.NUMBER),
        Column(Words("Id", "编号"), Kind.CODE),
    )
    first = next(iter(said["figures"]), "total-location")
    note = (
        f"U95: twice the standard uncertainty, about 95 % (k = 2). 约 95 % 置信水平。 {opening(_main(said) or first)}"
    )
    table = Table(Words("Figures", "指标"), columns, tuple(rows), note)
    gases = [
        Row((str(words.FIGURES.get(name, name)), gas, number(kg)))
        for name, one in _in_order(said)
        for gas, kg in one["by_gas"]
    ]
    names = (
        Column(Words("Figure", "指标")),
        Column(Words("Gas", "气体")),
        Column(Words("kg of the gas", "该气体质量"), Kind.NUMBER),
    )
    by_gas = Table(
        Words("By gas", "分气体"), names, tuple(gases), "Gases stay apart until the end. 各气体分别核算，最后合并。"
    )
    return Section("figures", Words("The figures", "核算结果"), (table, by_gas))


def _figure(name: str, one: Said) -> Row:
    numbers = (number(one[key]) for key in ("kg", "u95_kg", "u95_percent", "conservative_kg"))
    return Row((str(words.FIGURES.get(name, name)), *numbers, name), anchor=name)


def _in_order(said: Said) -> list[tuple[str, Said]]:
    """Figures in the order in which they are read; the JSON has them by the alphabet."""
    found = said["figures"]
    return [(name, found[name]) for name in (*words.FIGURES, *sorted(found.keys() - words.FIGURES)) if name in found]


def _main(said: Said) -> str:
    return next((name for name in ("total-location", *said["figures"]) if name in said["figures"]), "")


def weak(said: Said) -> Section:
    """Everything that speaks against the report or leaves something open, the heaviest first."""
    rows = sorted(_against(said), key=lambda row: (Tone.BAD, Tone.DOUBT, Tone.PLAIN, Tone.GOOD).index(row.tone))
    bad, doubts = _weighed(rows)
    if bad:
        top = Note(f"{bad} against the report, {doubts} to look at. 不利事项 {bad} 项，待关注 {doubts} 项。", Tone.BAD)
    elif doubts:
        top = Note(f"Nothing against the report, {doubts} to look at. 无不利事项，待关注 {doubts} 项。", Tone.DOUBT)
    else:
        top = Note("Nothing against the report, nothing to look at. 无不利事项，无待关注事项。", Tone.GOOD)
    columns = (
        Column(Words("Weight", "性质")),
        Column(Words("What", "事项")),
        Column(Words("Of", "对象")),
        Column(Words("Says", "说明")),
    )
    table = Table(Words("Against it and open", "不利与未决"), columns, tuple(rows))
    return Section("weak", Words("What it is weak in", "薄弱之处"), (top, table) if rows else (top,))


_AGAINST: Final = "against 不利"
_LOOK: Final = "look 关注"
_TOLD: Final = "told 说明"
_BY_TONE: Final = {Tone.BAD: _AGAINST, Tone.DOUBT: _LOOK, Tone.PLAIN: _TOLD}


def _row(tone: Tone, what: str, of: str, text: str) -> Row:
    return Row((_BY_TONE[tone], what, of, text), tone)


def _against(said: Said) -> Iterator[Row]:
    if not said["integrity"]["holds"]:
        yield _row(Tone.BAD, "evidence 证据", "the whole report 全部", "The evidence does not hold. 证据不成立。")
    for one in said["integrity"]["findings"]:
        what = f"finding 发现 {one['code']} {one['name']}, {both(one['severity'], words.SEVERITIES)}"
        yield _row(_WEIGHT.get(one["severity"], Tone.BAD), what, one["touches"], one["text"])
    for one in said["remarks"]:
        what = f"remark 备注 {both(one['name'], words.REMARKS)}"
        yield _row(Tone.BAD if one["blocks"] else Tone.DOUBT, what, one["touches"], one["text"])
    for one in said["checks"]:
        if not one["holds"]:
            what = "check against 核对不符" if one["made"] else "check not made 未核对"
            yield _row(Tone.BAD if one["made"] else Tone.DOUBT, what, one["name"], one["text"])
    yield from _estimated(said)
    for one in said["instruments"].get("refused", ()):
        yield _row(Tone.DOUBT, "refused instrument 不予计入的凭证", one["number"], one["why"])
    for mark in said["marks"]:
        yield _row(Tone.DOUBT, "mark 标注", "figures 指标", mark)
    yield from _of_lines(said)


def _estimated(said: Said) -> Iterator[Row]:
    """Shares of each medium that nobody measured. What is missing has no amount: that is what is wrong with it."""
    for one in said["media"]:
        if one["state"] == "missing":
            text = f"nobody knows how much 数量未知; longest gap 最长间断 {words.lasted(one['longest_gap_s'])}"
            yield _row(Tone.BAD, both("missing", words.STATES), one["name"], text)
        if words.fraction(one["estimated"]):
            text = f"{one['percent']['estimated']} %, {words.amount(one['estimated'], one['unit'])}"
            yield _row(Tone.DOUBT, both("estimated", words.STATES), one["name"], text)


def _of_lines(said: Said) -> Iterator[Row]:
    """Marks of single lines, and those that rest on no device; whose uncertainty nobody states."""
    for one in said["lines"]:
        for mark in one["marks"]:
            yield _row(Tone.DOUBT, "mark 标注", f"{one['id']} {one['name']}", mark)
        if one["rests"] != "devices":
            rests = words.RESTS.get(one["rests"], one["rests"])
            yield _row(Tone.DOUBT, "rests on 依据", f"{one['id']} {one['name']}", rests)
    unstated: dict[str, list[str]] = {}
    for name, one in _in_order(said):
        for what in one["unstated"]:
            unstated.setdefault(what, []).append(name)
    for what, of in unstated.items():
        text = "its source states no uncertainty: it is not in U95 未声明不确定度，未计入"
        yield _row(Tone.DOUBT, f"unstated 未声明: {what}", ", ".join(of), text)
