"""Cross-checks of a report in Chinese: their names and results, which reports have in English. No IO.

What is not known here stays as the report has it: nothing is left out for want of a word.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Final

from tally_gateway.pages.shown import day
from tally_gateway.pages.words import Words

_SPAN: Final = re.compile(r"\bfrom (\d{9,11}) to (\d{9,11})\b")

_NAMES: Final = (
    (r"certificates and contracts", "绿证与合同"),
    (r"site plan and boundary sheet", "场所方案与边界表"),
    (r"nothing above its ceiling", "未超物理上限"),
    (r"corrections have their place", "更正均有出处"),
    (r"the annual claim is not below the hours", "年度主张不低于逐时匹配量"),
    (r"the factors are those of the activity's year(?: \(因子年份\))?", "因子年份与活动年份一致"),
    (r"calorific value of natural gas", "天然气热值"),
    (r"calorific value of (.+)", r"\1 热值"),
    (r"sub-meters of (.+)", r"\1 总分表"),
    (r"invoice (.+) of (.+)", r"账单 \1（\2）"),
    (r"(.+) per (.+)", r"\2 单耗（\1）"),
)
_RESULTS: Final = (
    (r"nothing against it", "未见不符"),
    (r"([0-9.]+) % reached no sub-meter", r"\1 % 未计入分表"),
    (r"it says (\S+) (\S+), and so does the meter within (\S+)", r"账单量 \1 \2，与表计一致（容差 \3）"),
    (r"(\d+) of (\d+) months are unusual, (\d+) doubts by the week", r"\2 个月中 \1 个月异常，逐周存疑 \3 处"),
    (
        r"(\S+) % are matched hour by hour, (\S+) kWh; the period claims (\S+) kWh",
        r"逐时匹配 \1 %，即 \2 kWh；本期主张 \3 kWh",
    ),
    (r"(\d+) of the certificates and contracts do not count", r"\1 项绿证或合同不予计入"),
    (r"the rule has nothing else for (\d+)", r"按选取规则，\1 年无其他可用因子"),
    (r"from (\S+) to (\S+): (\S+) of (\S+) (\S+)", r"\1 至 \2：\4 \5 中有 \3 未计入分表"),
    (r"from (\S+) to (\S+) they show (\S+) of (\S+) (\S+)", r"\1 至 \2：总表 \4 \5，分表合计 \3"),
    (r"(.+): nobody's signed analyses are named for it", r"\1：未提供经签名的检测结果"),
)


def name_words(text: str) -> Words:
    """What a check is called."""
    return Words(text, _within(_NAMES, text))


def result_words(text: str, zone: tzinfo) -> Words:
    """What it found; spans, which a report has in Unix seconds, by the days of the site's clock."""
    told = _SPAN.sub(lambda found: f"from {_day(found[1], zone)} to {_day(found[2], zone)}", text)
    return Words(told, _within(_RESULTS, told))


def _day(unix_s: str, zone: tzinfo) -> str:
    return str(day(unix_s, zone).striptags())


def _within(known: tuple[tuple[str, str], ...], text: str) -> str:
    for pattern, chinese in known:
        found = re.fullmatch(pattern, text)
        if found is not None:
            return found.expand(chinese)
    return text
