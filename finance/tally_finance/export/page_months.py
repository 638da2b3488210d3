"""The parts of a report's page that run over its months: completeness, consumption and emissions. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.export import by_month, chart, words
from tally_finance.export.chart import Series
from tally_finance.export.document import NOTHING, Block, Column, Kind, Note, Plot, Row, Section, Table, Tone
from tally_finance.export.drawing import Ink, Pattern
from tally_finance.export.page_head import opening
from tally_finance.export.words import both, in_numbers, number
from tally_finance.report.telling import percent

Said = Mapping[str, Any]

_STATE_LOOKS: Final = {
    "measured": (Ink.FIRST, Pattern.PLAIN),
    "bridged": (Ink.THIRD, Pattern.DOTS),
    "estimated": (Ink.SECOND, Pattern.LINES),
    "missing": (Ink.BAD, Pattern.CROSSED),
}
_LINE_LOOKS: Final = (
    (Ink.FIRST, Pattern.PLAIN),
    (Ink.SECOND, Pattern.LINES),
    (Ink.THIRD, Pattern.DOTS),
    (Ink.FOURTH, Pattern.CROSSED),
)
_TONES: Final = {"estimated": Tone.DOUBT, "missing": Tone.BAD}


def completeness(said: Said) -> Section:
    """Each medium: what its sums rest on, in the year and in each month."""
    zone = ZoneInfo(said["timezone"])
    blocks: list[Block] = [_of_year(said)]
    for medium in said["media"]:
        blocks += _states(said, medium, zone)
    return Section("completeness", Words("Completeness", "完整性"), tuple(blocks))


def _of_year(said: Said) -> Table:
    rows = [
        Row(
            (
                words.medium(one["name"]),
                *(f"{one['percent'][word]} %" if one["percent"][word] else NOTHING for word in by_month.WORDS),
                words.lasted(one["longest_gap_s"]),
                both(one["state"], words.STATES),
                one["id"],
            ),
            _TONES.get(one["state"], Tone.PLAIN),
            one["id"],
        )
        for one in said["media"]
    ]
    columns = (
        Column(Words("Medium", "介质")),
        *(Column(Words(word, words.STATES[word]), Kind.NUMBER) for word in by_month.WORDS),
        Column(Words("Longest gap", "最长间断"), Kind.NUMBER),
        Column(Words("State of the sum", "合计状态")),
        Column(Words("Id", "编号"), Kind.CODE),
    )
    note = Words(
        "In percent of the quantity. What nobody read counts at the physical ceiling, never cheaper than measuring.",
        "按数量计；未读部分按物理上限计，绝不低于实测。",
    )
    return Table(Words("By medium", "分介质"), columns, tuple(rows), note)


def _states(said: Said, medium: Said, zone: ZoneInfo) -> Iterator[Block]:
    meters = by_month.meters_of(said, medium["name"])
    found = [
        by_month.percents(by_month.seconds_by_state(meters, int(one["from"]), int(one["to"])))
        for one in medium["months"]
    ]
    if not found:
        return
    shown = [word for word in by_month.WORDS if any(one[word] for one in found)] or ["measured"]
    series = [
        Series(both(word, words.STATES), tuple(one[word] for one in found), *_STATE_LOOKS[word]) for word in shown
    ]
    names = [words.day(one["from"], zone)[:7] for one in medium["months"]]
    title = _titled(medium, "how each month is known", "各月数据状态")
    worst = min(range(len(found)), key=lambda at: found[at]["measured"])
    least = f"{percent(found[worst]['measured'] / 100)} %"
    says = Words(
        f"Columns for {len(found)} months, each the meters' time in percent by state; least measured is "
        f"{names[worst]} with {least}.",
        f"{len(found)} 个月的计量时间按状态占比；实测最少的是 {names[worst]}，{least}。",
    )
    unit = phrase("% ", Words("of the meters' time", "计量时间占比"))
    yield Plot(title, says, chart.columns(unit, names, series))
    rows = [
        Row(
            (
                name,
                *(f"{percent(one[word] / 100)} %" for word in by_month.WORDS),
                both(month["state"], words.STATES),
                month["id"],
            ),
            _TONES.get(month["state"], Tone.PLAIN),
            month["id"],
        )
        for name, one, month in zip(names, found, medium["months"], strict=True)
    ]
    columns = (
        Column(Words("Month", "月份")),
        *(Column(Words(word, words.STATES[word]), Kind.NUMBER) for word in by_month.WORDS),
        Column(Words("State of the sum", "合计状态")),
        Column(Words("Id", "编号"), Kind.CODE),
    )
    note = Words("In percent of the time of the meters that make the sum.", "按计入合计的表计时间计。")
    yield Table(in_numbers(title), columns, tuple(rows), note)


def _titled(medium: Said, english: str, chinese: str) -> Words:
    """A title that begins with the medium's name."""
    name = words.medium(medium["name"])
    return Words(f"{name.english}: {english}", f"{name.chinese or name.english}：{chinese}")


def months(said: Said) -> Section:
    """Each medium's consumption by month, and what was emitted by month."""
    zone = ZoneInfo(said["timezone"])
    blocks: list[Block] = []
    for medium in said["media"]:
        blocks += _consumption(medium, zone)
    blocks += _emissions(said, zone)
    return Section("months", Words("Month by month", "逐月"), tuple(blocks))


def _consumption(medium: Said, zone: ZoneInfo) -> Iterator[Block]:
    rows, unit = medium["months"], medium["unit"]
    names = [words.day(one["from"], zone)[:7] for one in rows]
    title = _titled(medium, "consumption", "消耗量")
    series = [Series(Words("bought", "外购"), tuple(words.fraction(one["bought"]) for one in rows), Ink.FIRST)]
    if any(words.fraction(one["made"]) for one in rows):
        made = tuple(words.fraction(one["made"]) for one in rows)
        series.append(Series(Words("made", "自发"), made, Ink.THIRD, Pattern.DOTS))
    if rows and all(value >= 0 for one in series for value in one.values):
        says = Words(f"Columns for {len(rows)} months in {unit}.", f"{len(rows)} 个月的消耗量，{unit}。")
        yield Plot(title, says, chart.columns(unit, names, series))
    columns = (
        Column(Words("Month", "月份")),
        Column(Words(f"Bought, {unit}", f"外购，{unit}"), Kind.NUMBER),
        Column(Words(f"Made, {unit}", f"自发，{unit}"), Kind.NUMBER),
        Column(Words(f"Fed in, {unit}", f"上网，{unit}"), Kind.NUMBER),
        Column(Words(f"Used, {unit}", f"消耗，{unit}"), Kind.NUMBER),
        Column(Words("Id", "编号"), Kind.CODE),
    )
    sums = ("bought", "made", "fed_in", "used")
    cells = [
        Row((name, *(number(one[word]) for word in sums), one["id"])) for name, one in zip(names, rows, strict=True)
    ]
    cells.append(Row((Words("total", "合计"), *(number(medium[word]) for word in sums), medium["id"])))
    yield Table(in_numbers(title), columns, tuple(cells), opening((rows or [medium])[0]["id"]))


def _emissions(said: Said, zone: ZoneInfo) -> Iterator[Block]:
    """The lines of the location-based total that have months, the largest apart, the others together."""
    parts = [(line, by_month.emissions(said, line)) for line in said["lines"] if line["scope"] != "2 market-based"]
    known = sorted(((line, found) for line, found in parts if found), key=lambda pair: -words.fraction(pair[0]["kg"]))
    begins = sorted({at for _, found in known for at in found}, key=int)
    if not known or not begins:
        yield Note(Words("No emission of this report has months.", "无逐月排放。"))
        return
    names = [words.day(at, zone)[:7] for at in begins]
    apart, others = known[: len(_LINE_LOOKS)], known[len(_LINE_LOOKS) :]
    if others:
        apart, others = apart[:-1], [apart[-1], *others]
    series = [
        Series(chart.cut(line["name"], 220), tuple(found.get(at, Fraction(0)) for at in begins), *_LINE_LOOKS[number])
        for number, (line, found) in enumerate(apart)
    ]
    if others:
        rest = tuple(sum((found.get(at, Fraction(0)) for _, found in others), Fraction(0)) for at in begins)
        series.append(Series(Words(f"{len(others)} others", f"其余 {len(others)} 项"), rest, *_LINE_LOOKS[-1]))
    without = [f"{line['id']} {line['name']}" for line, found in parts if not found]
    title = Words("Emissions, location-based", "排放量 基于位置")
    if without:
        title = Words(f"{title.english}, without {', '.join(without)}", f"{title.chinese}，不含 {'、'.join(without)}")
    if all(value >= 0 for one in series for value in one.values):
        says = Words(f"Columns for {len(names)} months in kgCO2e by line.", f"{len(names)} 个月的各项排放量，kgCO2e。")
        yield Plot(title, says, chart.columns("kgCO2e", names, series))
    columns = (
        Column(Words("Month", "月份")),
        *(Column(Words(f"{line['id']} {line['name']}", ""), Kind.NUMBER) for line, _ in known),
        Column(Words("Sum", "合计"), Kind.NUMBER),
    )
    if len(known) > 6:  # a table of more columns has no place on a page
        columns = (columns[0], columns[-1])
    rows = []
    for name, at in zip(names, begins, strict=True):
        each = [found.get(at, Fraction(0)) for _, found in known]
        told = [kilograms(one) for one in each] if len(known) <= 6 else []
        rows.append(Row((name, *told, kilograms(sum(each, Fraction(0))))))
    note: Text = Words(
        "A line by what each month bought, rounded to the kilogram, each for itself.",
        "按各月外购量分摊，各自取整至千克。",
    )
    if without:
        note = phrase(note, " ", Words("Without months", "无逐月数据"), f": {', '.join(without)}.")
    yield Table(in_numbers(title), columns, tuple(rows), note)


def kilograms(value: Fraction) -> str:
    """To the kilogram, half to even."""
    return f"{round(value):,}"
