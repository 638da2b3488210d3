"""A report's own words and numbers as people read them, in both languages. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_chain.verify.figures import EXACT
from tally_finance.activity.remark import Name
from tally_finance.activity.state import State
from tally_finance.bilingual import Text, Words, phrase
from tally_finance.export.document import NOTHING
from tally_finance.report.telling import percent

FIGURES: Final = {
    "scope-1": Words("Scope 1, direct", "范围一"),
    "scope-2-location": Words("Scope 2, location-based", "范围二 基于位置"),
    "scope-2-market": Words("Scope 2, market-based", "范围二 基于市场"),
    "scope-3": Words("Scope 3, as far as counted", "范围三 已计部分"),
    "total-location": Words("Total, location-based", "合计 基于位置"),
    "total-market": Words("Total, market-based", "合计 基于市场"),
}
SCOPES: Final = {
    "1": Words("1", "范围一"),
    "2 location-based": Words("2 location-based", "范围二 基于位置"),
    "2 market-based": Words("2 market-based", "范围二 基于市场"),
    "3": Words("3", "范围三"),
}
RESTS: Final = {
    "devices": Words("what devices signed", "设备签名数据"),
    "ceilings": Words("a ceiling in part", "部分按物理上限"),
    "corrections": Words("registers, and signed corrections in the place of some", "表底，部分经签名更正"),
    "ceilings and stated": Words("a ceiling in part, and what somebody states", "部分按物理上限，且含申报"),
    "stated": Words("what somebody states", "申报值"),
}
ROLES: Final = {
    "main": Words("main", "总表"),
    "sub": Words("sub", "分表"),
    "generation": Words("generation", "自发电表"),
    "export": Words("export", "上网表"),
    "counter": Words("counter", "计数"),
}
READ: Final = {
    "copy": Words("read in a copy", "副本"),
    "primary": Words("read in the publication", "原件"),
    "transcription": Words("read as typed from it", "转录"),
}
MEDIA: Final = {
    "electricity": Words("electricity", "电力"),
    "gas": Words("gas", "燃气"),
    "steam": Words("steam", "蒸汽"),
    "heat": Words("heat", "热力"),
    "water": Words("water", "水"),
    "output": Words("output", "产量"),
}
YES, NO = Words("yes", "是"), Words("no", "否")
SEVERITIES: Final = {"failure": "不成立", "warning": "警示", "note": "说明"}
REMARKS: Final = {one.text: one.chinese for one in Name}
ROUNDED: Final = "≈"
"""Before a number that has fewer digits here than in the report."""
ROUNDS: Final = phrase(
    f"{ROUNDED}: ", Words("rounded to a thousandth; exact in report.json.", "保留三位小数，精确值见 report.json。")
)
STATES: Final = {state.word: state.chinese for state in State}

QUOTIENT: Final = re.compile("-?[0-9]{1,4000}/[1-9][0-9]{0,3999}")


def both(word: str, known: Mapping[str, str]) -> Text:
    """A word of a report in both languages; one that is not known as it is."""
    chinese = known.get(word)
    return word if chinese is None else Words(word, chinese)


def medium(name: str) -> Words:
    """A medium's name; those that the boundary sheet makes up stand as they are."""
    return MEDIA.get(name, Words(name, ""))


def number(text: str) -> str:
    """A number of a report with its thousands set apart, every digit kept; anything else as it is.

    A fraction that ends nowhere, `ROUNDED` and to a thousandth: nobody reads a quotient of twenty digits.
    """
    if QUOTIENT.fullmatch(text):
        return f"{ROUNDED} {EXACT.scaleb(Decimal(round(Fraction(text) * 1000)), -3):,f}"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text or NOTHING
    return f"{value:,f}" if value.is_finite() else text


def amount(text: str, unit: str) -> str:
    """A number and its unit."""
    return f"{number(text)} {unit}" if text else NOTHING


def fraction(text: str) -> Fraction:
    """A number of a report to calculate a drawing or a share with; nothing is zero."""
    return Fraction(text) if text else Fraction(0)


def share(part: Fraction, whole: Fraction) -> str:
    """A part of a whole in percent, to a thousandth."""
    return f"{percent(part / whole)} %" if whole else NOTHING


def moment(at: str, zone: ZoneInfo) -> str:
    """A time on the site's clock, to the minute, to the second where it has seconds."""
    local = datetime.fromtimestamp(int(at), zone)
    return local.isoformat(sep=" ", timespec="seconds" if local.second else "minutes")[: 19 if local.second else 16]


def day(at: str, zone: ZoneInfo) -> str:
    """A day on the site's clock."""
    return datetime.fromtimestamp(int(at), zone).date().isoformat()


def lasted(seconds: str) -> Text:
    """How long, in days, hours, minutes and seconds."""
    left, parts = int(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or Words("none", "无")


def listed(items: Any) -> str:
    """Several in one cell."""
    return "; ".join(str(one) for one in items) or NOTHING


def in_numbers(title: Words) -> Words:
    """The title of the table beside a plot."""
    return Words(f"{title.english}, in numbers", f"{title.chinese}（数据）")


def in_order(said: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Figures in the order in which they are read; the JSON has them by the alphabet."""
    found = said["figures"]
    return [(name, found[name]) for name in (*FIGURES, *sorted(found.keys() - FIGURES)) if name in found]
