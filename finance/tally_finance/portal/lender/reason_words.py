"""Reasons of the lender's book for people: spans, times and amounts as people write them, in both languages. No IO.

The book says its reasons exactly, in seconds and whole digests, because positions are signed with them. A page says
the same so that somebody reads it; a sentence that is not known here stands as the book has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tally_finance.portal.lender import figures, wording
from tally_gateway.pages import shown
from tally_gateway.pages.words import Language, Words

_SUBJECTS: Final = {
    "its quantity": "见证量",
    "its price": "盯市价",
    "its turnover": "成交量数据",
    "the search": "登记查询",
}
_TOUCHED: Final = re.compile(r"loan (?P<loan>\S+)|[a-z-]+ of (?P<subject>.+), facility (?P<facility>\S+)")
_LONG: Final = 24
_CODE: Final = re.compile(r"([a-z-]+)([,，]) ?(.+)", re.DOTALL)


def reason_words(text: str) -> Words:
    """The book's text of a reason."""
    for pattern, words in _KNOWN:
        found = pattern.fullmatch(text)
        if found is not None:
            return words(found)
    return Words(text, text)


def alert_words(english: str, chinese: str) -> Words:
    """An alert's sentence: a reason's code in it in words, shares in per cent, amounts in groups of digits."""
    return Words(_alert(english, Language.ENGLISH), _alert(chinese, Language.CHINESE))


def touched(text: str) -> tuple[Words, str]:
    """What an alert touches, in words, and the facility that it leads to; the text itself where it is no facility's."""
    found = _TOUCHED.fullmatch(text)
    if found is None:
        return Words(text, text), text
    name, subject = found["loan"] or found["facility"], found["subject"]
    if subject is None or subject == name:
        return Words(f"facility {name}", f"授信 {name}"), name
    subject = f"{subject[:8]}…" if len(subject) > _LONG else subject
    return Words(f"facility {name}, {subject}", f"授信 {name}，{subject}"), name


def _alert(sentence: str, language: Language) -> str:
    before = "限制事由：" if language is Language.CHINESE else "against new credit: "
    head, cut, rest = sentence.partition(before)
    found = _CODE.fullmatch(rest)
    if cut and found is not None and found[1] in wording.REASONS:
        stop = "，" if language is Language.CHINESE else ": "
        why, text = wording.REASONS[found[1]].within(language), reason_words(found[3]).within(language)
        return f"{head}{cut}{why}{stop}{text}"
    is_chinese = language is Language.CHINESE
    shared = _SHARE.sub(lambda one: f"{one[1]}{' ' if is_chinese else ''}{figures.per_cent(one[2])} %", sentence)
    return _AMOUNT.sub(
        lambda one: f" {shown.number(one[0])} 元" if is_chinese else f"CNY {shown.number(one[0])}", shared
    )


_SHARE: Final = re.compile(r"(loan to value is |line is |动态质押率|警戒线|平仓线)([01]\.\d+)")
_AMOUNT: Final = re.compile(r"(?<![\d.,])\d+\.\d\d(?![\d%]| %)")


def _stale(found: re.Match[str]) -> Words:
    age, most = found[2], found[3]
    return Words(
        f"{found[1]} is {shown.lasting(age)} old; {shown.lasting(most)} are allowed",
        f"{_SUBJECTS[found[1]]}距今 {shown.lasting(age, Language.CHINESE)}，"
        f"允许 {shown.lasting(most, Language.CHINESE)}",
    )


def _drawn(found: re.Match[str]) -> Words:
    short = found[1][:8]
    return Words(f"something was drawn on search {short}…: search again", f"查询 {short}… 之后已放款，须重新查询")


def _called(found: re.Match[str]) -> Words:
    amount = shown.number(found[1])
    return Words(
        f"CNY {amount} is called for, until {shown.in_words(found[2])}",
        f"需补足 {amount} 元，期限 {shown.in_words(found[2])}",
    )


def _lapsed(found: re.Match[str]) -> Words:
    return Words(f"its filing lapsed on {shown.in_words(found[1])}", f"登记已于 {shown.in_words(found[1])} 到期")


def _missing(found: re.Match[str]) -> Words:
    grams = int(found[1])
    kilograms = shown.number(f"{grams // 1000}.{grams % 1000:03d}".rstrip("0").rstrip("."))
    return Words(f"goods are missing: at most {kilograms} kg are there", f"货物短少：至多存有 {kilograms} kg")


def _just(chinese: str) -> Callable[[re.Match[str]], Words]:
    return lambda found: Words(found[0], chinese)


_KNOWN: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (rf"({'|'.join(_SUBJECTS)}) is (\d{{1,18}}) s old, (\d{{1,18}}) s are allowed", _stale),
        (r"something was drawn on the search ([0-9a-f]{64})", _drawn),
        (r"([0-9.]{1,40}) is called by (\d{1,12})", _called),
        (r"its filing lapsed at (\d{1,12})", _lapsed),
        (r"goods are missing: at most (\d{1,39}) g are there", _missing),
        ("nothing was seen of it on the chain", _just("链上未见该质押")),
        ("no contract, invoice and payment were taken", _just("未收取合同、发票与付款凭证")),
        ("the pledge is not filed", _just("质押尚未办理登记")),
        ("no quantity was attested", _just("尚无见证量")),
        ("no price was seen", _just("尚无盯市价")),
        ("no policy has the lender as its first beneficiary", _just("无以质权人为第一受益人的保单")),
        ("the registry was not searched", _just("未作登记查询")),
    )
)
