"""The part of a report's page that says what it is weak in: first, all of it, the heaviest before the rest. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.export import words
from tally_finance.export.document import Column, Note, Row, Section, Table, Tone
from tally_finance.export.said_words import (
    finding_words,
    mark_words,
    name_words,
    reason_words,
    remark_words,
    result_words,
    source_words,
)
from tally_finance.export.words import both
from tally_finance.report.allowed import is_allowed

Said = Mapping[str, Any]

_MOST_NUMBERS: Final = 20
_REMARK, _MARK = Words("remark", "备注"), Words("mark", "标注")
_WEIGHT: Final = {"failure": Tone.BAD, "warning": Tone.DOUBT, "note": Tone.PLAIN}


def weak(said: Said) -> Section:
    """Everything that speaks against the report or leaves something open, the heaviest first."""
    rows = sorted(against(said), key=lambda row: (Tone.BAD, Tone.DOUBT, Tone.PLAIN, Tone.GOOD).index(row.tone))
    bad, doubts = weighed(rows)
    if bad:
        says = Words(f"{bad} against the report, {doubts} to look at.", f"不利事项 {bad} 项，待关注 {doubts} 项。")
    elif doubts:
        says = Words(f"Nothing against the report, {doubts} to look at.", f"无不利事项，待关注 {doubts} 项。")
    else:
        says = Words("Nothing against the report, nothing to look at.", "无不利事项，无待关注事项。")
    top = Note(says, Tone.BAD if bad else Tone.DOUBT if doubts else Tone.GOOD)
    columns = (
        Column(Words("Weight", "轻重")),
        Column(Words("What", "事项")),
        Column(Words("Of", "对象")),
        Column(Words("Says", "说明")),
    )
    table = Table(Words("Against it and open", "不利与未决"), columns, tuple(rows))
    return Section("weak", Words("What it is weak in", "薄弱之处"), (top, table) if rows else (top,))


_AGAINST: Final = Words("against", "不利")
_LOOK: Final = Words("look", "关注")
_TOLD: Final = Words("told", "说明")
_BY_TONE: Final = {Tone.BAD: _AGAINST, Tone.DOUBT: _LOOK, Tone.PLAIN: _TOLD}


def _row(tone: Tone, what: Text, of: Text, text: Text) -> Row:
    return Row((_BY_TONE[tone], what, of, text), tone)


def against(said: Said) -> Iterator[Row]:
    """A row for each thing that speaks against the report or leaves something open."""
    if not said["integrity"]["holds"]:
        says = Words("The evidence does not hold.", "证据不成立。")
        yield _row(Tone.BAD, Words("evidence", "证据"), Words("the whole report", "全部"), says)
    findings = said["integrity"]["findings"]
    yield from _findings(one for one in findings if is_allowed(one))
    yield from _findings(one for one in findings if not is_allowed(one))
    for one in said["remarks"]:
        what = phrase(_REMARK, " ", both(one["name"], words.REMARKS))
        yield _row(Tone.BAD if one["blocks"] else Tone.DOUBT, what, one["touches"], remark_words(one["text"]))
    for one in said["checks"]:
        if not one["holds"]:
            made = Words("check against", "核对不符") if one["made"] else Words("check not made", "未核对")
            tone, name = Tone.BAD if one["made"] else Tone.DOUBT, name_words(one["name"])
            yield _row(tone, made, name, result_words(one["text"]))
    yield from _estimated(said)
    yield from _of_market(said["instruments"])
    for one in said.get("outputs", ()):
        for each in one["remarks"]:
            what = phrase(_REMARK, f" {each['name']}")
            yield _row(Tone.BAD if each["blocks"] else Tone.DOUBT, what, each["touches"], each["text"])
    for mark in said["marks"]:
        yield _row(Tone.DOUBT, _MARK, Words("figures", "指标"), mark_words(mark))
    yield from _of_lines(said)
    yield from _of_certificates(said)


def _findings(found: Iterable[Said]) -> Iterator[Row]:
    """One row for all that the same is said of: a simulated plant says it of each of its devices."""
    touched: dict[tuple[str, str, str, str], list[str]] = {}
    for one in found:
        same = one["code"], one["name"], one["severity"], one["text"]
        touched.setdefault(same, []).append(one["touches"])
    for (code, name, severity, text), of in touched.items():
        finding = phrase(Words("finding", "发现"), f" {code} {name}, ", both(severity, words.SEVERITIES))
        yield _row(_WEIGHT.get(severity, Tone.BAD), finding, "; ".join(of), finding_words(name, text))


def _of_market(found: Said) -> Iterator[Row]:
    """What does not count, reason by reason, and what is not claimed: there may be a certificate for every hour."""
    hourly = (one for one in found.get("hourly", {}).get("certificates", ()) if one["not_hourly"])
    claims = (one for one in found.get("registry", {}).get("claims", ()) if one["state"] != "held")
    for what, of, why in (
        (Words("refused instrument", "不予计入的凭证"), found.get("refused", ()), "why"),
        (Words("refused by the hour", "逐时不予计入"), hourly, "not_hourly"),
        (Words("claim on the chain", "链上声明"), claims, "state"),
    ):
        numbers: dict[str, list[str]] = {}
        for one in of:
            numbers.setdefault(one[why], []).append(one["number"])
        for reason, every in numbers.items():
            left, of_these = len(every) - _MOST_NUMBERS, ", ".join(every[:_MOST_NUMBERS])
            more = phrase(of_these, " ", Words(f"and {left:,} more", f"等，另有 {left:,} 个"))
            yield _row(Tone.DOUBT, what, more if left > 0 else of_these, reason_words(reason))


def _estimated(said: Said) -> Iterator[Row]:
    """Shares of each medium that nobody measured. What is missing has no amount: that is what is wrong with it."""
    for one in said["media"]:
        if one["state"] == "missing":
            gap = phrase(Words("longest gap", "最长间断"), " ", words.lasted(one["longest_gap_s"]))
            says = phrase(Words("nobody knows how much", "数量未知"), "; ", gap)
            yield _row(Tone.BAD, both("missing", words.STATES), words.medium(one["name"]), says)
        if words.fraction(one["estimated"]):
            part = f"{one['percent']['estimated']} %, {words.amount(one['estimated'], one['unit'])}"
            yield _row(Tone.DOUBT, both("estimated", words.STATES), words.medium(one["name"]), part)


def _of_certificates(said: Said) -> Iterator[Row]:
    """Meters whose certificate nobody shows, or ended before the period did: U95 has twice their limits of error."""
    missing = [one["name"] for one in said["meters"] if not one["calibrated_until"]]
    ended = [one["name"] for one in said["meters"] if 0 < int(one["calibrated_until"] or 0) < int(said["to"])]
    for names, text in (
        (missing, Words("not shown: twice the limits of error", "未提供，按两倍误差限")),
        (ended, Words("ended within the period", "期内到期")),
    ):
        if names:
            yield _row(Tone.DOUBT, Words("certificate of a meter", "检定证书"), ", ".join(dict.fromkeys(names)), text)


def _of_lines(said: Said) -> Iterator[Row]:
    """Marks of single lines, and those that rest on no device; whose uncertainty nobody states."""
    for one in said["lines"]:
        for mark in one["marks"]:
            yield _row(Tone.DOUBT, _MARK, f"{one['id']} {one['name']}", mark_words(mark))
        if one["rests"] != "devices":
            rests = words.RESTS.get(one["rests"], one["rests"])
            yield _row(Tone.DOUBT, Words("rests on", "依据"), f"{one['id']} {one['name']}", rests)
    unstated: dict[str, list[str]] = {}
    for name, one in words.in_order(said):
        for what in one["unstated"]:
            unstated.setdefault(what, []).append(name)
    for what, of in unstated.items():
        text = Words("its source states no uncertainty: it is not in U95", "来源未声明不确定度，未计入 U95")
        yield _row(Tone.DOUBT, phrase(Words("unstated", "未声明"), ": ", source_words(what)), ", ".join(of), text)


def weighed(rows: Iterable[Row]) -> tuple[int, int]:
    """How many speak against the report, and how many are to be looked at."""
    tones = [row.tone for row in rows]
    return tones.count(Tone.BAD), tones.count(Tone.DOUBT)
