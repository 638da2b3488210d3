"""The values of a report's item in words: names in both languages, times as times, states as reviewers say them. No IO.

A name that is not here stands as docs/formats/report.md has it: nothing is left out for want of a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tally_finance.activity.state import State
from tally_finance.export.words import FIGURES
from tally_finance.portal.numbers import exact
from tally_finance.portal.opening.steps import moment
from tally_gateway.pages.words import Words

NAMES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "kg": Words("emissions, kgCO2e", "排放量，kgCO2e"),
        "u95_kg": Words("uncertainty U95, kgCO2e", "不确定度 U95，kgCO2e"),
        "u95_percent": Words("uncertainty U95, %", "不确定度 U95，%"),
        "conservative_kg": Words("conservative, kgCO2e", "保守值，kgCO2e"),
        "gas": Words("gas", "气体"),
        "gas_kg": Words("of the gas, kg", "气体量，kg"),
        "scope": Words("scope", "范围"),
        "use": Words("use", "用途"),
        "rests": Words("rests on", "依据"),
        "factor": Words("factor", "因子"),
        "value": Words("value", "数值"),
        "unit": Words("unit", "单位"),
        "activity": Words("activity", "活动"),
        "basis": Words("basis", "口径"),
        "data_year": Words("year of the data", "数据年份"),
        "region": Words("region", "地区"),
        "rule": Words("why this one", "选取规则"),
        "licence": Words("licence", "许可"),
        "fallback": Words("stands in for another", "替代值"),
        "load": Words("load curve", "负荷曲线"),
        "point": Words("metering point", "计量点"),
        "register": Words("register", "表底"),
        "serial": Words("meter", "表号"),
        "accuracy_class": Words("accuracy class", "准确度等级"),
        "medium": Words("medium", "介质"),
        "role": Words("role", "角色"),
        "parent": Words("below meter", "上级表"),
        "total": Words("total", "合计"),
        "measured": Words("measured", "实测"),
        "bridged": Words("bridged by registers", "由表底补足"),
        "estimated": Words("estimated by a physical bound", "按物理上限估计"),
        "missing": Words("missing", "缺失"),
        "longest_gap_s": Words("longest gap, s", "最长缺口，秒"),
        "exchanges": Words("meter exchanges", "换表次数"),
        "from": Words("from", "自"),
        "to": Words("to", "至"),
        "amount": Words("amount", "数量"),
        "u95": Words("uncertainty U95", "不确定度 U95"),
        "counted": Words("by the counter", "计数器所计"),
        "product": Words("product", "产品"),
        "store": Words("store", "货位"),
        "way": Words("way", "进出"),
        "name": Words("name", "名称"),
        "kind": Words("kind", "种类"),
        "text": Words("result", "结果"),
        "made": Words("was made", "是否核对"),
        "holds": Words("holds", "是否相符"),
        "bought": Words("bought", "外购"),
        "fed_in": Words("fed in", "上网"),
        "used": Words("used", "自用"),
        "state": Words("state", "状态"),
        "reason": Words("reason", "原因"),
        "left_out": Words("left out", "未计入"),
        "kg_per_unit": Words("kgCO2e for a unit", "单位产品排放，kgCO2e"),
        "of": Words("of", "所属"),
    }
)

STATES: Final[Mapping[str, Words]] = MappingProxyType({one.word: Words(one.word, one.chinese) for one in State})
TONES: Final[Mapping[str, str]] = MappingProxyType(
    {State.MEASURED.word: "", State.BRIDGED.word: "doubt", State.ESTIMATED.word: "doubt", State.MISSING.word: "bad"}
)
KINDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "check": Words("Cross-check", "交叉核对"),
        "factor": Words("Emission factor", "排放因子"),
        "hourly": Words("Hourly matching", "逐时匹配"),
        "line": Words("Line of the footprint", "排放明细"),
        "load": Words("Load curve", "负荷曲线"),
        "medium": Words("Medium", "介质"),
        "product": Words("Product", "产品"),
        "water": Words("Water", "用水"),
    }
)
"""What an item is, by how its name begins; figures have names of their own."""
_GROUPED: Final = (
    "kg", "kg_per_unit", "u95", "conservative", "amount", "total", "measured", "bridged", "estimated", "missing",
    "bought", "fed_in", "used",
)  # fmt: skip
_DIGEST: Final = re.compile(r"(0x)?[0-9a-f]{64}")
_ANSWERS: Final = {True: Words("yes", "是"), False: Words("no", "否")}
_TIMES: Final = ("from", "to")


def facts(item: Mapping[str, Any]) -> list[tuple[Words, str | Words]]:
    """The plain values of an item in its own order, with what they are called; empty ones are left out."""
    return [
        (NAMES.get(name, Words(name.replace("_", " "), name.replace("_", " "))), _value(name, value))
        for name, value in item.items()
        if name not in ("id", "opens") and isinstance(value, str | int) and value != ""
    ]


def brief(item: Mapping[str, Any], most: int) -> list[tuple[Words, str | Words]]:
    """The first of its facts that people read: no digests."""
    return [one for one in facts(item) if not _DIGEST.fullmatch(str(one[1]))][:most]


def title(name: str) -> Words:
    """What an item is called on a page: `line-4` is line 4 of the footprint."""
    if name in FIGURES:
        return FIGURES[name]
    kind, _, which = name.partition("-")
    known = KINDS.get(kind)
    if known is None or not (which.isdecimal() or not which):
        return Words(name, name)
    return Words(f"{known.english} {which}".strip(), f"{known.chinese} {which}".strip())


def _value(name: str, value: str | int) -> str | Words:
    if isinstance(value, bool):
        return _ANSWERS[value]
    if name in _TIMES:
        return moment(value)
    if name in _GROUPED or name.endswith(("_kg", "_g", "_u95", "_conservative")):
        return exact(value)
    return STATES.get(str(value), str(value))
