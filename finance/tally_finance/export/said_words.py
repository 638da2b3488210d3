"""Sentences that reports have in English, in both languages: of findings, checks, marks and remarks. No IO.

What is not known here stays as the report has it: nothing is left out for want of a word.
"""

from __future__ import annotations

import re
from typing import Final

from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tally_finance.bilingual import Text, Words, known, phrase
from tally_gateway.pages.words import Sentences

_NAMES: Final[Sentences] = (
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
_RESULTS: Final[Sentences] = (
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
_MARKS: Final[Sentences] = (
    (r"factors of (\d+) for an activity of (\d+): (.+)", r"\2 年的活动采用 \1 年因子：\3"),
    (r"(.+): metered, and in no line of the inventory", r"\1：已计量，未列入排放清单"),
    (r"the evidence does not hold(?: \(证据不成立\))?", "证据不成立"),
    (r"a remark leaves a sum open", "有备注事项使合计未封闭"),
    (r"(.+): its readings are entered by hand(?: \(人工录入\))?", r"\1：读数由人工录入"),
    (r"(.+): (\S+) % is stated as its limit of error, in place of class (.+)", r"\1：以声明的误差限 \2 % 代替 \3 级"),
    (
        r"(.+): nobody states how it stood in the meter, and it counts as at reference conditions",
        r"\1：未声明表内工况，按标准状态计",
    ),
    (
        r"(.+): a counter in (\S+) of no product, which nothing is compared with",
        r"\1：计数器（\2），不属于任何产品，也无对照",
    ),
    (r"(\d+) certificates that count were generated before the period", r"\1 张计入的绿证生成于期间之前"),
    (
        r"the site makes (\S+) kWh itself, and whether certificates stand for those is not shown",
        r"场所自发 \1 kWh，未说明绿证是否对应这部分电量",
    ),
    (r"certificates of (\S+) count, and no factor may be of there", r"\1 的绿证计入，但因子不得取自该地区"),
    (r"(\S+) is the grid region by the hour, and the factors' is (.+)", r"逐时电网区域为 \1，因子的为 \2"),
)
_REMARKS: Final[Sentences] = (
    (r"nothing of (\S+) is believed", r"\1 的数据均不予采信"),
    (r"the site plan lists it, the boundary sheet does not", "计量点清单已列，边界表未列"),
    (
        r"the site plan lists it, the boundary sheet does not from (\d+) to (\d+)",
        r"计量点清单已列，边界表自 \1 至 \2 未列",
    ),
    (r"the site plan puts it below no other", "计量点清单未将其列于其他表之下"),
    (r"the site plan puts it below (.+)", r"计量点清单将其列于 \1 之下"),
    (r"no part of the site from (\d+) on: (.+)", r"自 \1 起不属于场所：\2"),
    (r"(\d+) s in (\d+) stretch(?:es)?, (\S+) (\S+): (.+)", r"\2 段共 \1 秒，\3 \4：\5"),
    (r"(-?[0-9.]+) to (-?[0-9.]+) (\S+): (.+)", r"由 \1 更正为 \2 \3：\4"),
    (r"the site's period or boundary does not hold all of its time", "期间或边界未涵盖其全部时间"),
    (r"the meter was not read throughout: (\w+)", r"表计未全程读数：\1"),
    (r"it says (\S+) (\S+), the meter (\S+): (\S+)", r"账单为 \1 \2，表计为 \3，相差 \4"),
    (r"from (\d+) to (\d+): (\S+) of (\S+) (\S+)", r"自 \1 至 \2：\4 \5 中有 \3"),
)
_REASONS: Final[Sentences] = (
    (r"(\S+), the narrowest region; data of (\d+), the year asked for", r"\1，地区范围最窄；\2 年数据，即所求年份"),
    (
        r"(\S+), the narrowest region; data of (\d+), the newest before (\d+)(?: \(回退\))?",
        r"\1，地区范围最窄；\2 年数据，为 \3 年之前最新（回退）",
    ),
    (
        r"(\S+), none of that year for (.+); data of (\d+), the year asked for",
        r"\1，\2 无该年因子；\3 年数据，即所求年份",
    ),
    (
        r"(\S+), none of that year for (.+); data of (\d+), the newest before (\d+)(?: \(回退\))?",
        r"\1，\2 无该年因子；\3 年数据，为 \4 年之前最新（回退）",
    ),
    (r"own factor of (.+?)(?: \(自有因子\))?", r"\1 的自有因子"),
    (r"one source(?: \(单一来源\))?", "单一来源"),
    (r"counts on another basis: (\w+)", r"口径不同：\1"),
    (r"is per (\S+), not per (\S+)", r"单位为每 \1，而非每 \2"),
    (r"superseded by (\w+)", r"已被 \1 取代"),
    (r"its data are of (\d+), after the year asked for", r"数据为 \1 年，晚于所求年份"),
    (r"older data: (\d+)", r"数据较旧：\1 年"),
    (r"a wider region than (\S+)", r"地区范围宽于 \1"),
    (r"counts (\S+) alone", r"仅计 \1"),
    (r"has one source only", "仅有单一来源"),
    (r"its number stands twice", "编号重复"),
    (r"its kWh were not all delivered in the period", "电量未全部在期间内交付"),
    (r"was cancelled for (.+)", r"注销受益方为 \1"),
    (r"was cancelled after the footprint was closed", "注销晚于核算截止"),
    (r"was cancelled before it was issued, or after it expired", "注销早于核发或晚于失效"),
    (r"was not cancelled: its status is (.+)", r"未注销：状态为 \1"),
    (r"was generated after the period", "生成于期间之后"),
    (r"was generated too early", "生成时间过早"),
    (r"was generated outside the period", "生成于期间之外"),
    (r"is of another market: (.+)", r"属于其他市场：\1"),
    (r"is claimed elsewhere: (.+)", r"已被他处主张：\1"),
    (r"names contract (\S+), which is not here", r"所列合同 \1 未提供"),
    (r"names contract (\S+), which counts by its supplier's factor already", r"所列合同 \1 已按供应商因子计入"),
    (r"names contract (\S+), which was not in force then", r"所列合同 \1 当时未生效"),
    (r"names contract (\S+), which is used up", r"所列合同 \1 电量已用尽"),
    (r"verified by (.+), reasonable assurance", r"经 \1 核查（合理保证）"),
    (r"verified by (.+), limited assurance", r"经 \1 核查（有限保证）"),
    (
        r"rests on readings that devices signed; verified by (.+), reasonable assurance",
        r"依据设备签名读数；经 \1 核查（合理保证）",
    ),
    (
        r"rests on readings that devices signed; verified by (.+), limited assurance",
        r"依据设备签名读数；经 \1 核查（有限保证）",
    ),
    (
        r"rests on physical ceilings in place of readings; verified by (.+), reasonable assurance",
        r"以物理上限代替读数；经 \1 核查（合理保证）",
    ),
    (
        r"rests on physical ceilings in place of readings; verified by (.+), limited assurance",
        r"以物理上限代替读数；经 \1 核查（有限保证）",
    ),
    (
        r"rests on what the company states; verified by (.+), reasonable assurance",
        r"依据企业申报；经 \1 核查（合理保证）",
    ),
    (r"rests on what the company states; verified by (.+), limited assurance", r"依据企业申报；经 \1 核查（有限保证）"),
    (
        r"rests on readings that devices signed; no third party's verification stands for it",
        "依据设备签名读数；无有效的第三方核查",
    ),
    (
        r"rests on physical ceilings in place of readings; no third party's verification stands for it",
        "以物理上限代替读数；无有效的第三方核查",
    ),
    (
        r"rests on what the company states; no third party's verification stands for it",
        "依据企业申报；无有效的第三方核查",
    ),
)
_SOURCES: Final[Sentences] = (
    (r"calorific value of (.+)", r"\1 热值"),
    (r"conditions of (.+)", r"\1 工况"),
    (r"enthalpy of (.+)", r"\1 焓"),
    (r"factor (.+)", r"因子 \1"),
)
_DETAILS: Final[Sentences] = (
    (r": (\d+) in all", r"：共 \1 处"),
    (r": (\d+) in all, the first from (\S+) to (\S+)", r"：共 \1 处，首处为 \2 至 \3"),
)
_HEADS: Final[Sentences] = (
    (r"public head of size (\d+)", r"公有链上规模 \1 的树头"),
    (r"consortium head of size (\d+)", r"联盟链上规模 \1 的树头"),
    (r"out-of-band head of size (\d+)", r"另行核对的规模 \1 的树头"),
    (r"self-anchored head of size (\d+)", r"运营方自有链上规模 \1 的树头"),
    (r"public head of size (\d+), through the log of heads (.+)", r"公有链上规模 \1 的树头，经 \2 汇总"),
    (r"consortium head of size (\d+), through the log of heads (.+)", r"联盟链上规模 \1 的树头，经 \2 汇总"),
    (r"out-of-band head of size (\d+), through the log of heads (.+)", r"另行核对的规模 \1 的树头，经 \2 汇总"),
    (
        r"self-anchored head of size (\d+), through the log of heads (.+)",
        r"运营方自有链上规模 \1 的树头，经 \2 汇总",
    ),
)
_ALL: Final[Sentences] = (*_NAMES, *_RESULTS, *_MARKS, *_REMARKS, *_REASONS, *_SOURCES, *_HEADS)
_BESIDE: Final = re.compile(r" \([⺀-鿿]+\)$")
"""Chinese that a report has beside its English."""


def finding_words(name: str, text: str) -> Text:
    """A finding's sentence: its code's meaning in both languages, and the detail as the verifier says it."""
    code = Code.__members__.get(name)
    if code is None or not text.startswith(code.meaning):
        return text
    return phrase(Words(code.meaning, HELP[code].name), _known(_DETAILS, text.removeprefix(code.meaning)))


def name_words(text: str) -> Text:
    """What a check is called."""
    return _known(_NAMES, text)


def result_words(text: str) -> Text:
    """What it found."""
    return _known(_RESULTS, text)


def mark_words(text: str) -> Text:
    """What is written beside a figure."""
    return _known((*_MARKS, *_REASONS), text)


def remark_words(text: str) -> Text:
    """What is remarked of a meter, an invoice or the boundary."""
    return _known(_REMARKS, text)


def reason_words(text: str) -> Text:
    """Why a factor was chosen or not, a certificate counts or not, a score is what it is."""
    return _known(_REASONS, text)


def source_words(text: str) -> Text:
    """What nobody states an uncertainty of."""
    return _known(_SOURCES, text)


def head_words(text: str) -> Text:
    """A head that a reader holds, and where it stands."""
    return _known(_HEADS, text)


def sentence_words(text: str) -> Text:
    """Any of these, wherever a report has it."""
    return _known(_ALL, text)


def _known(sentences: Sentences, text: str) -> Text:
    found = known(sentences, text)
    return text if found is None else Words(_BESIDE.sub("", text), found.chinese)
