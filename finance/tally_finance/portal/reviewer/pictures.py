"""What a report's pages draw on the server, in the reader's language: markup from what the desk tells. No IO.

Numbers come as exact text or whole numbers and are made places on the paper here alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from tally_finance.bilingual import Words, within
from tally_finance.export import chart, words
from tally_finance.export.boundary_plan import Medium, Meter, PlanWords, boundary_plan
from tally_finance.export.calendar_map import Day, Legend, calendar_map, gaps_of, levels
from tally_finance.export.document import Plot
from tally_finance.export.drawing import Drawing, Ink, Pattern
from tally_finance.export.interval_chart import Uncertain, intervals
from tally_finance.export.ratio_plot import Axes, Month, scatter
from tally_finance.export.svg import svg
from tally_finance.export.words import fraction
from tally_finance.two_scripts import shown
from tally_gateway.pages.shown import number, zone_words
from tally_gateway.pages.words import Language

Told = Mapping[str, Any]

GAPS: Final = {
    "declared-gap": Words("declared gap", "已申报缺口"),
    "missing-statement": Words("missing statement", "缺失陈述"),
    "uncovered-interval": Words("uncovered interval", "无数据覆盖时段"),
}
"""Three things, in the order of their patterns."""
ORDER: Final = tuple(words.FIGURES)
"""Figures as they are read."""
_KINDS: Final = tuple(GAPS)
_HOUR_S: Final = 3_600
_MOST_BARS: Final = 12


def figure_words(name: str) -> Words:
    """A figure's name."""
    return words.FIGURES.get(name, Words(name, name))


def _drawn(drawing: Drawing, title: Words, says: Words, name: str, language: Language) -> Markup:
    plot = Plot(title, says, drawing)
    return Markup(svg(plot, name, lambda text: escape(shown(within(text, language))), "drawing"))  # noqa: S704  escaped


def uncertainty(figures: Sequence[Told], language: Language) -> Markup:
    """Each figure with its U95 as an interval."""
    rows = [
        Uncertain(
            figure_words(one["name"]).within(language),
            fraction(one["kg"]),
            fraction(one["u95_kg"]),
            f"{number(one['kg'])} ± {number(one['u95_kg'])}",
            _ends(one, language),
        )
        for one in figures
    ]
    title = Words("Figures with their uncertainty (U95)", "各项指标及其扩展不确定度（U95）")
    says = Words("A bar to each figure's value, and the interval in which it lies.", "各指标数值及其区间。")
    return _drawn(intervals("kgCO2e", rows), title, says, "uncertainty", language)


def _ends(one: Told, language: Language) -> str:
    low, high = fraction(one["kg"]) - fraction(one["u95_kg"]), fraction(one["kg"]) + fraction(one["u95_kg"])
    between = f"{number(round(low))} … {number(round(high))}"
    return f"{between}（95 %）" if language is Language.CHINESE else f"{between} (95 %)"


def drivers(figure: Told, language: Language) -> Markup | None:
    """What makes a figure uncertain, by its part of the variance; None where nothing states any."""
    bars = []
    for text in figure["drivers"][:_MOST_BARS]:
        name, _, percent = text.removesuffix(" %").rpartition(" ")
        bars.append(chart.Bar(name.partition(" at urn:")[0], fraction(percent), f"{percent} %"))
    if not bars:
        return None
    title = Words("What the uncertainty comes from, of its variance", "不确定度来源（按方差占比）")
    return _drawn(chart.bars(bars), title, title, f"drivers-{figure['name']}", language)


def calendar(told: Told, zone: ZoneInfo, language: Language) -> Markup:
    """A load's hours on the site's clock, with what was not measured as planned."""
    days = [Day(one["day"], one["quantity"]) for one in told["days"]]
    spans = [(_KINDS.index(one["kind"]), one["from_at"], one["to_at"]) for one in told["gaps"] if one["kind"] in GAPS]
    least, most = levels(days)
    unit = told["load"]["unit"]
    names = [one.within(language) for one in GAPS.values()]
    hours = _hours(told["days"], zone)
    legend = Legend(
        f"{_scaled(least, told['places'])} {unit}",
        f"{_scaled(most, told['places'])} {unit}",
        names,
        zone_words(zone, min(hours), max(hours) + _HOUR_S),
    )
    found = gaps_of(spans, hours)
    title = Words("Hours of each day", "逐日逐时用量")
    says = Words(
        f"{len(days)} days by 24 hours; {len(spans)} stretches were not measured as planned.",
        f"{len(days)} 天 × 24 小时，颜色越深用量越大；{len(spans)} 段未按计划实测。",
    )
    return _drawn(calendar_map(days, found, legend), title, says, "calendar", language)


def by_day(told: Told) -> list[tuple[str, str, dict[str, int]]]:
    """Each day's sum, exact, and how many of its hours stand in each state."""
    found = []
    for one in told["days"]:
        known = [each for each in one["quantity"] if each is not None]
        states: dict[str, int] = {}
        for state in one["state"]:
            if state is not None:
                states[state] = states.get(state, 0) + 1
        found.append((one["day"], _scaled(sum(known), told["places"]), states))
    return found


def _hours(days: Sequence[Told], zone: ZoneInfo) -> dict[int, tuple[int, int]]:
    """Day and hour of each full hour that a calendar shows, by the second of its beginning."""
    found: dict[int, tuple[int, int]] = {}
    for place, day in enumerate(days):
        midnight = datetime.fromisoformat(day["day"]).replace(tzinfo=zone)
        at = int(midnight.timestamp())
        for step in range(26):
            local = datetime.fromtimestamp(at + step * _HOUR_S, zone)
            if local.date() == midnight.date():
                found[at + step * _HOUR_S] = (place, local.hour)
    return found


def _scaled(value: int, places: int) -> str:
    """A whole number × 10^-places as text, exact."""
    text = str(abs(value)).rjust(places + 1, "0")
    whole, rest = (text[:-places], text[-places:].rstrip("0")) if places else (text, "")
    return number(f"{'-' if value < 0 else ''}{whole}{'.' + rest if rest else ''}")


def comparison(one: Told, zone: ZoneInfo, language: Language, place: int) -> Markup | None:
    """Used against made, month by month, with the band of the rule; None where no month has a ratio."""
    months = [
        Month(_month(each["from"], zone), fraction(each["made"]), fraction(each["used"]), each["is_unusual"])
        for each in one["months"]
        if each["ratio"] is not None
    ]
    if not months:
        return None
    used, made = one["unit"].split("/", 1)
    band = None if one["usual"] is None else (fraction(one["usual"][0]), fraction(one["usual"][1]))
    axes = Axes(f"{', '.join(one['made'])} ({made})", f"{', '.join(one['used'])} ({used})")
    title = Words(f"{one['name']}: used against made", f"{one['name']}：用量与产量")
    says = Words(
        f"A point for each of {len(months)} months; unusual ones are crosses.",
        f"{len(months)} 个月；异常月份以叉号标出。",
    )
    return _drawn(scatter(axes, months, band), title, says, f"comparison-{place}", language)


def balance(rows: Sequence[Told], zone: ZoneInfo, language: Language, place: int) -> Markup | None:
    """What went into a meter's network each month, and what of it reached no sub-meter."""
    if not rows or any(fraction(one["unmetered"]) < 0 or fraction(one["sub_metered"]) < 0 for one in rows):
        return None
    names = [_month(one["from"], zone) for one in rows]
    shown_by = Words("shown by sub-meters", "分表合计").within(language)
    unmetered = Words("reached no sub-meter", "未计入分表").within(language)
    series = [
        chart.Series(shown_by, tuple(fraction(one["sub_metered"]) for one in rows), Ink.FIRST),
        chart.Series(unmetered, tuple(fraction(one["unmetered"]) for one in rows), Ink.SECOND, Pattern.LINES),
    ]
    title = Words(f"{rows[0]['meter']}: balance of {rows[0]['medium']}", f"{rows[0]['meter']}：总分表平衡")
    return _drawn(chart.columns(rows[0]["unit"], names, series), title, title, f"balance-{place}", language)


def invoices(rows: Sequence[Told], language: Language) -> Markup | None:
    """Each invoice beside what the meter shows of its time."""
    bars: list[chart.Bar] = []
    for one in rows[:_MOST_BARS]:
        bars.append(chart.Bar(one["number"], fraction(one["quantity"]), f"{number(one['quantity'])} {one['unit']}"))
        if one["metered"] is not None:
            meter = Words("meter", "表计").within(language)
            told = f"{number(one['metered'])} {one['unit']}"
            bars.append(chart.Bar(f"{meter} {one['meter']}", fraction(one["metered"]), told))
    if not bars or any(one.value < 0 for one in bars):
        return None
    title = Words("Invoices against registers", "账单与表计对照")
    return _drawn(chart.bars(bars), title, title, "invoices", language)


def plan(loads: Mapping[str, Told], checks: Told, language: Language) -> Markup:
    """The boundary: supply, meters, generation, what is passed on and what was left out."""
    media: dict[str, list[Meter]] = {}
    for one in sorted(loads.values(), key=lambda each: -fraction(each["total"])):
        media.setdefault(one["medium"], []).append(
            Meter(one["name"], one["role"], f"{number(one['total'])} {one['unit']}")
        )
    passed: dict[str, list[str]] = {}
    for each in checks["passed_on"]:
        medium = next((one["medium"] for one in loads.values() if one["name"] == each["meter"]), "")
        passed.setdefault(medium, []).append(f"{each['to']}: {number(each['amount'])} {each['unit']}")
    order = sorted(media, key=lambda name: (name == "output", name))
    bands = [Medium(words.medium(name).within(language), media[name], passed.get(name, ())) for name in order]
    left_out = [one["touches"] for one in checks["remarks"] if one["name"] == "left-out"]

    def say(english: str, chinese: str) -> str:
        return chinese if language is Language.CHINESE else english

    told = PlanWords(
        say("outside", "边界外"), say("the site", "核算边界"), say("bought", "外购"), say("made", "自发"),
        say("used", "消耗"), say("fed in", "上网"), say("passed on", "转供"),
        say("Left out: in the site plan, not in the boundary", "未纳入边界：计量网络图列示而边界表未列"),
        say("output", "产量"), say("{} others", "其余 {} 个"),
    )  # fmt: skip
    title = Words("The boundary of the site", "核算边界图")
    return _drawn(boundary_plan(bands, left_out, told), title, title, "boundary", language)


def _month(at: int, zone: ZoneInfo) -> str:
    return words.day(str(at), zone)[:7]
