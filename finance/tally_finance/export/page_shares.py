"""The parts of a report's page about what its result is made of: drivers, lines, products, coal equivalent. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tally_finance.bilingual import Words, joined, phrase
from tally_finance.export import chart, words
from tally_finance.export.chart import Bar
from tally_finance.export.document import Block, Column, Kind, Note, Plot, Row, Section, Table, Tone
from tally_finance.export.page_head import opening
from tally_finance.export.said_words import source_words
from tally_finance.export.words import in_numbers, number
from tally_finance.report.telling import percent

Said = Mapping[str, Any]

_MOST_BARS: Final = 12
_ID: Final = Column(Words("Id", "编号"), Kind.CODE)
_OPENS: Final = Column(Words("Opens to", "穿透至"), Kind.LINKS)


def contributions(said: Said) -> Section:
    """Where U95 comes from, and which lines the result is made of."""
    return Section("contributions", Words("Contributions", "贡献"), (*_drivers(said), *_lines(said)))


def _drivers(said: Said) -> Iterator[Block]:
    for name in ("total-location", "total-market"):
        one = said["figures"].get(name)
        if one is None:
            continue
        title = Words(f"Drivers of U95: {words.FIGURES[name].english}", f"不确定度贡献 {words.FIGURES[name].chinese}")
        if not one["drivers"]:
            yield Note(phrase(title, ": ", Words("none is stated.", "无已声明的贡献。")), Tone.DOUBT)
            continue
        if name == "total-market" and one["drivers"] == said["figures"].get("total-location", {}).get("drivers"):
            continue
        shown = [Bar(what, words.fraction(part), f"{part} %") for what, part in one["drivers"][:_MOST_BARS]]
        most = f"{one['drivers'][0][0]}, {one['drivers'][0][1]} %"
        says = Words(f"Bars by share of the variance; the largest is {most}.", f"按方差占比的条形图；最大为 {most}。")
        yield Plot(title, says, chart.bars(shown))
    rows = [
        Row((what, f"{part} %", name))
        for name in words.FIGURES
        if name in said["figures"]
        for what, part in said["figures"][name]["drivers"]
    ]
    columns = (
        Column(Words("Driver", "来源")),
        Column(Words("Share of variance", "方差占比"), Kind.NUMBER),
        Column(Words("Of", "指标"), Kind.LINKS),
    )
    note = Words(
        "One error that many readings share counts in full: it does not average out.",
        "共同误差按完全相关计，不相抵消。",
    )
    if rows:
        yield Table(Words("Drivers of U95", "不确定度来源"), columns, tuple(rows), note)


def _lines(said: Said) -> Iterator[Block]:
    lines = said["lines"]
    if not lines:
        yield Note(Words("The inventory has no line.", "无排放项。"), Tone.DOUBT)
        return
    largest = sorted(lines, key=lambda one: -abs(words.fraction(one["kg"])))[:_MOST_BARS]
    shown = [Bar(f"{one['id']} {one['name']}", words.fraction(one["kg"]), f"{number(one['kg'])} kg") for one in largest]
    title = Words("Emissions by line", "分项排放量")
    says = Words(
        f"Bars of {len(shown)} of {len(lines)} lines; the largest is {largest[0]['name']}.",
        f"{len(lines)} 项中 {len(shown)} 项的条形图；最大为 {largest[0]['name']}。",
    )
    yield Plot(title, says, chart.bars(shown))
    columns = (
        _ID,
        Column(Words("Line", "排放项")),
        Column(Words("Scope", "范围")),
        Column(Words("kgCO2e", ""), Kind.NUMBER),
        Column(Words("Gas, kg", "气体"), Kind.NUMBER),
        Column(Words("Rests on", "依据")),
        _OPENS,
    )
    rows = [
        Row(
            (
                one["id"],
                one["name"] if one["name"].startswith(one["use"]) else f"{one['name']} ({one['use']})",
                words.SCOPES.get(one["scope"], one["scope"]),
                number(one["kg"]),
                f"{one['gas']} {number(one['gas_kg'])}",
                words.RESTS.get(one["rests"], one["rests"]),
                " ".join(one["opens"]),
            ),
            Tone.PLAIN if one["rests"] == "devices" else Tone.DOUBT,
            one["id"],
        )
        for one in lines
    ]
    twice = Words(
        "Location-based and market-based lines answer one question twice and are never added.",
        "基于位置与基于市场的排放项是对同一问题的两种回答，不得相加。",
    )
    note = joined(" ", (twice, words.ROUNDS, opening("line-1")))
    yield Table(in_numbers(title), columns, tuple(rows), note)


def products(said: Said) -> Section:
    """Each product: what was made, its share, what a unit of it emitted, and how sure that is."""
    name = Words("Products", "产品")
    found = said["products"]
    if not found:
        return Section("products", name, (Note(Words("The inventory names no product.", "排放清单未列产品。")),))
    columns = (
        _ID,
        Column(Words("Product", "产品")),
        Column(Words("Made", "产量"), Kind.NUMBER),
        Column(Words("Share", "分配份额"), Kind.NUMBER),
        Column(Words("kgCO2e", ""), Kind.NUMBER),
        Column(Words("U95, kg", "扩展不确定度"), Kind.NUMBER),
        Column(Words("Conservative, kg", "保守值"), Kind.NUMBER),
        Column(Words("Of", "指标"), Kind.LINKS),
    )
    rows = [
        Row(
            (
                one["id"],
                one["name"],
                words.amount(one["amount"], one["unit"]),
                f"{percent(words.fraction(one['share']))} %",
                number(one["kg"]),
                number(one["u95_kg"]),
                number(one["conservative_kg"]),
                one["of"],
            ),
            anchor=one["id"],
        )
        for one in found
    ]
    exact = Words("Shares add up to exactly one; exact in report.json.", "份额之和恰为一，精确值见 report.json。")
    note = phrase(exact, " ", opening(found[0]["id"]))
    first = Table(Words("Products and their shares", "产品与分配"), columns, tuple(rows), note)
    return Section("products", name, (first, _intensity(found), *_basis(found)))


def _intensity(found: list[Said]) -> Table:
    columns = (
        Column(Words("Product", "产品")),
        Column(Words("kgCO2e per unit", "单位产品排放"), Kind.NUMBER),
        Column(Words("U95 per unit", "单位不确定度"), Kind.NUMBER),
        Column(Words("Conservative", "单位保守值"), Kind.NUMBER),
        Column(Words("U95 of its share alone", "仅分摊排放量的不确定度"), Kind.NUMBER),
        Column(Words("Output, U95", "产量不确定度"), Kind.NUMBER),
    )
    rows = [
        Row(
            (
                one["name"],
                f"{number(one['kg_per_unit'])} /{one['unit']}",
                number(one.get("kg_per_unit_u95", "")),
                number(one.get("kg_per_unit_conservative", "")),
                words.share(words.fraction(one["u95_kg"]), words.fraction(one["kg"])),
                words.amount(one.get("amount_u95", ""), one["unit"]),
            )
        )
        for one in found
    ]
    dash = Words("A dash: the report does not state it.", "短横：报告未声明。")
    return Table(Words("Intensity", "排放强度"), columns, tuple(rows), dash)


def _basis(found: list[Said]) -> Iterator[Block]:
    """By what was shared out, and what nobody states of the output."""
    for reason in dict.fromkeys(one["shared_by"] for one in found):
        yield Note(phrase(Words("Shared by", "分配依据"), f": {reason}"))
    silent: dict[tuple[str, ...], list[str]] = {}
    for one in found:
        silent.setdefault(tuple(one.get("unstated", ())), []).append(one["name"])
    for what, names in silent.items():
        if what:
            nobody = Words("nobody states the uncertainty of", "未声明不确定度")
            yield Note(phrase(f"{', '.join(names)}: ", nobody, ": ", joined("; ", map(source_words, what))), Tone.DOUBT)
