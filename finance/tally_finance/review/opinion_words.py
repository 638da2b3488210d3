"""What opinions say, and what is against one, in both languages (审查意见用语). No IO."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tally_finance.bilingual import Text, Words, known
from tally_finance.review.opinions import Name
from tally_gateway.pages.words import Sentences

CHOICES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "eligible": Words("eligible", "符合"),
        "with_conditions": Words("eligible with conditions", "附条件符合"),
        "not_eligible": Words("not eligible", "不符合"),
        "limited": Words("limited", "有限保证"),
        "reasonable": Words("reasonable", "合理保证"),
        "unmodified": Words("unmodified", "无保留意见"),
        "qualified": Words("qualified", "保留意见"),
        "adverse": Words("adverse", "否定意见"),
        "disclaimer": Words("disclaimer", "无法表示意见"),
    }
)
"""Of `Decision`, `Level` and `Type`, by their names in small letters."""
NAMES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        Name.ANOTHER_REPORT.value: Words("another report", "针对其他报告"),
        Name.ANOTHER_DATA.value: Words("other data", "所据数据不同"),
        Name.UNKNOWN_KEY.value: Words("unknown key", "未知密钥"),
        Name.EXPIRED.value: Words("expired", "已过期"),
        Name.NOT_YET.value: Words("not yet", "尚未生效"),
        Name.NOT_INDEPENDENT.value: Words("not independent", "不独立"),
        Name.NOT_ACCREDITED.value: Words("not accredited", "未获认可"),
        Name.NOT_UNMODIFIED.value: Words("not unmodified", "非无保留意见"),
        Name.NO_VERIFICATION.value: Words("no verification", "不是核查声明"),
        Name.NOT_VISITED.value: Words("not visited", "未现场核查"),
    }
)
_AGAINST: Final[Sentences] = (
    (r"its key (\w+) is none of those you named", r"签署密钥 \1 不在贵方认可之列"),
    (r"it is about report (\w+)", r"针对报告 \1"),
    (r"trace, factors, method or heads are others than the report's", "计算轨迹、因子、方法或树头与本报告不同"),
    (r"it was good until (\S+)", r"有效期至 \1"),
    (r"it says that it was signed at (\S+), which is to come", r"所载签署时间 \1 尚未到来"),
    (r"a bank's own conclusion is no third party's verification", "银行自身的审查结论不是第三方核查"),
    (r"(.+) is no third party here", r"\1 在此不是第三方"),
    (r"its accreditation was over when it was signed", "签署时认可已失效"),
    (r"its type is qualified: (.*)", r"意见类型为保留意见：\1"),
    (r"its type is adverse: (.*)", r"意见类型为否定意见：\1"),
    (r"its type is disclaimer: (.*)", r"意见类型为无法表示意见：\1"),
    (r"it is of reasonable assurance, and nobody was at the site", "属合理保证，但无人到场核查"),
)


def choice(name: str) -> Text:
    """A decision, level or type by its name."""
    return CHOICES.get(name.lower(), name.lower())


def against_words(text: str) -> Text:
    """What is against an opinion (`Objection.text`)."""
    return known(_AGAINST, text) or text
