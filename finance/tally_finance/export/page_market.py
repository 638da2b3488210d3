"""The part of a report's page about certificates and contracts: counted, refused, by the hour, claimed. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.bilingual import Words
from tally_finance.export import chart, words
from tally_finance.export.chart import Series
from tally_finance.export.document import (
    NOTHING,
    Block,
    Column,
    Fact,
    Facts,
    Kind,
    Note,
    Plot,
    Row,
    Section,
    Table,
    Tone,
    first,
)
from tally_finance.export.drawing import Ink, Pattern
from tally_finance.export.page_head import opening
from tally_finance.export.said_words import reason_words
from tally_finance.export.words import amount, in_numbers, number

Said = Mapping[str, Any]

_NUMBER = Column(Words("Number", "编号"), Kind.CODE)
_MOST_COUNTED: Final = 50
_MOST_REFUSED: Final = 500
"""A sheet may have a hundred thousand certificates: a page has the first, and says how many more there are."""


def instruments(said: Said) -> Section:
    """What stands for the market-based result."""
    name = Words("Certificates and contracts", "绿证与绿电合同")
    found = said["instruments"]
    if not found:
        return Section(
            "instruments", name, (Note(Words("No electricity is counted by the market.", "无基于市场的电量。")),)
        )
    blocks: list[Block] = [_sums(found), *_counted(found), *_refused(found)]
    if found.get("hourly"):
        blocks += _hourly(found["hourly"], ZoneInfo(said["timezone"]))
    if found.get("registry"):
        blocks += _registry(found["registry"])
    return Section("instruments", name, tuple(blocks))


def _sums(found: Said) -> Facts:
    rows = [
        Fact(Words("Covered by certificates", "绿证覆盖"), amount(found["covered_kwh"], "kWh")),
        Fact(Words("Supplied by contracts", "合同供给"), amount(found["supplied_kwh"], "kWh")),
        Fact(Words("Left", "剩余"), amount(found["remainder_kwh"], "kWh")),
        Fact(Words("Unused", "未用"), amount(found["unused_kwh"], "kWh")),
    ]
    if "remainder_basis" in found:
        rows.append(Fact(Words("Factor of what is left", "剩余电量因子口径"), found["remainder_basis"]))
    return Facts(tuple(rows))


def _counted(found: Said) -> Iterator[Block]:
    rows = [Row((number, Words("certificate", "绿证"))) for number in found["certificates"]]
    rows += [Row((number, Words("contract", "绿电合同"))) for number in found["contracts"]]
    if rows:
        shown, note = first(rows, _MOST_COUNTED)
        yield Table(Words("Counted", "计入"), (_NUMBER, Column(Words("What", "种类"))), shown, note)
    elif not found.get("hourly"):
        yield Note(Words("None counts.", "无计入的绿证或合同。"))


def _refused(found: Said) -> Iterator[Block]:
    rows = [Row((one["number"], reason_words(one["why"])), Tone.DOUBT) for one in found.get("refused", ())]
    if rows:
        shown, note = first(rows, _MOST_REFUSED)
        yield Table(Words("Refused", "不予计入"), (_NUMBER, Column(Words("Why", "理由"))), shown, note)


def _hourly(found: Said, zone: ZoneInfo) -> Iterator[Block]:
    """Load and certificates by the hour; the score stands beside the annual result and replaces nothing."""
    facts = (
        Fact(Words("Hour by hour, matched", "逐时匹配率"), f"{found['cfe_percent'] or '0'} %"),
        Fact(Words("Grid", "电网区域"), found["grid"]),
        Fact(Words("Load", "用电量"), amount(found["load_kwh"], "kWh")),
        Fact(Words("Matched", "已匹配"), amount(found["matched_kwh"], "kWh")),
        Fact(Words("Unmatched", "未匹配"), amount(found["unmatched_kwh"], "kWh")),
        Fact(Words("Certificates beyond the load", "超出用电量"), amount(found["surplus_kwh"], "kWh")),
        Fact(
            Words("Hours, of these unmeasured", "小时数与未实测"),
            f"{number(found['hours'])}, {number(found['unknown_hours'])}",
        ),
    )
    yield Facts(facts)
    months = found["months"]
    names = [words.day(one["from"], zone)[:7] for one in months]
    matched = tuple(words.fraction(one["matched_kwh"]) for one in months)
    open_ = tuple(words.fraction(one["load_kwh"]) - part for one, part in zip(months, matched, strict=True))
    title = Words("Hour by hour, month by month", "逐时匹配 逐月")
    if months and min((*matched, *open_)) >= 0:
        series = [
            Series(Words("matched", "已匹配"), matched, Ink.FIRST),
            Series(Words("unmatched", "未匹配"), open_, Ink.SECOND, Pattern.LINES),
        ]
        says = Words(f"{len(months)} months in kWh.", f"{len(months)} 个月的匹配电量，kWh。")
        yield Plot(title, says, chart.columns("kWh", names, series))
    columns = (
        Column(Words("Month", "月份")),
        Column(Words("Load, kWh", "用电量"), Kind.NUMBER),
        Column(Words("Matched, kWh", "已匹配"), Kind.NUMBER),
        Column(Words("Beyond, kWh", "超出"), Kind.NUMBER),
        Column(Words("Matched, %", "匹配率"), Kind.NUMBER),
        Column(Words("Unmeasured hours", "未实测小时"), Kind.NUMBER),
    )
    keys = ("load_kwh", "matched_kwh", "surplus_kwh", "cfe_percent", "unknown_hours")
    rows = [Row((name, *(number(one[key]) for key in keys))) for name, one in zip(names, months, strict=True)]
    yield Table(in_numbers(title), columns, tuple(rows), opening(found["id"]))
    yield from _worst(found["worst"], zone)
    yield from _granular(found["certificates"], zone)


def _granular(found: Any, zone: ZoneInfo) -> Iterator[Block]:
    """Granular certificates, those that do not count before those that do."""
    rows = sorted((_granule(one, zone) for one in found), key=lambda row: row.tone is Tone.PLAIN)
    columns = (
        _NUMBER,
        Column(Words("From", "起")),
        Column(Words("To", "止")),
        Column(Words("kWh", ""), Kind.NUMBER),
        Column(Words("By the hour", "逐时")),
        Column(Words("By the year", "全年")),
    )
    if rows:
        against = sum(row.tone is not Tone.PLAIN for row in rows)
        shown, note = first(rows, min(against, _MOST_REFUSED) + _MOST_COUNTED)
        yield Table(Words("Granular certificates", "小时级证书"), columns, shown, note)


def _granule(one: Said, zone: ZoneInfo) -> Row:
    times = (words.moment(one[end], zone) for end in ("from", "to"))
    counts = (reason_words(one[why]) if one[why] else Words("counts", "计入") for why in ("not_hourly", "not_annual"))
    tone = Tone.DOUBT if one["not_hourly"] or one["not_annual"] else Tone.PLAIN
    return Row((one["number"], *times, number(one["kwh"]), *counts), tone)


def _worst(found: Any, zone: ZoneInfo) -> Iterator[Block]:
    columns = (
        Column(Words("Hour", "时段")),
        Column(Words("Load, kWh", "用电量"), Kind.NUMBER),
        Column(Words("Matched, kWh", "已匹配"), Kind.NUMBER),
        Column(Words("Unmatched, kWh", "未匹配"), Kind.NUMBER),
        Column(Words("Measured", "实测")),
    )
    rows = [
        Row(
            (
                words.moment(one["from"], zone),
                *(number(one[key]) for key in ("load_kwh", "matched_kwh", "unmatched_kwh")),
                words.YES if one["known"] else words.NO,
            )
        )
        for one in found
    ]
    if rows:
        yield Table(Words("Hours with the most unmatched", "未匹配最多的时段"), columns, tuple(rows))


def _registry(found: Said) -> Iterator[Block]:
    """What the chain's registry of claims said of each certificate."""
    facts = (
        Fact(
            Words("Registry of claims", "声明登记"),
            f"chain {found['chain_id']}, contract {found['contract']}",
            Kind.CODE,
        ),
        Fact(Words("Namespace", "命名空间"), str(found["namespace"]), Kind.CODE),
        Fact(Words("Organisation", "机构"), str(found["organisation"]), Kind.CODE),
        Fact(Words("Block", "区块"), str(found["block"])),
        Fact(Words("Policy", "规则"), str(found["policy"])),
    )
    yield Facts(facts)
    columns = (_NUMBER, Column(Words("State", "状态")), Column(Words("Holder", "持有人"), Kind.CODE))
    rows = [
        Row(
            (one["number"], one["state"], str(one.get("holder") or NOTHING)),
            Tone.GOOD if one["state"] == "held" else Tone.DOUBT,
        )
        for one in found["claims"]
    ]
    if rows:
        yield Table(Words("Claims on the chain", "链上声明"), columns, tuple(rows))
