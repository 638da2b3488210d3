"""What is about to be signed, read back out of the very bytes (待签内容): never out of what was typed. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tally_edge import cbor
from tally_edge import wire as codec
from tally_finance.errors import ReviewError
from tally_finance.review.opinion_words import CHOICES
from tally_finance.review.opinions import Conclusion, Said, Verification
from tally_gateway.pages.words import Language, Words

KINDS: Final[dict[str, type[Said]]] = {"conclusion": Conclusion, "verification": Verification}

_NAMES: Final = {
    "bank": Words("Bank", "银行"),
    "reviewer": Words("Reviewer", "审查人"),
    "borrower": Words("Borrower", "借款人"),
    "loan": Words("Loan", "贷款编号"),
    "use_of_proceeds": Words("Use of proceeds", "募集资金用途"),
    "catalogue": Words("Item of the catalogue", "支持项目目录条目"),
    "decision": Words("Decision", "审查结论"),
    "conditions": Words("Conditions", "附加条件"),
    "materiality_ppm": Words("Level of materiality", "重要性水平"),
    "misstatements": Words("Misstatements in the ledger", "错报笔数"),
    "until": Words("Good until", "有效期至"),
    "verifier": Words("Verifier", "核查机构"),
    "lead": Words("Lead", "主核查人"),
    "standard": Words("Standard", "核查准则"),
    "independence": Words("Independence", "独立性声明"),
    "level": Words("Level of assurance", "保证等级"),
    "type": Words("Type of opinion", "意见类型"),
    "basis": Words("Basis", "意见依据"),
    "visited_at": Words("Visited", "现场核查时间"),
}
_PPM: Final = 1_000_000
_PARTS: Final = 4


def said_of(kind: str, to_sign: bytes) -> Said:
    """What stands in the bytes that are signed (RFC 9052, 4.4). Raises ReviewError, DecodeError."""
    found = cbor.decode(to_sign)
    if not isinstance(found, list) or len(found) != _PARTS or not isinstance(found[3], bytes):
        raise ReviewError("what is to be signed is no statement")
    return codec.decode(KINDS[kind], found[3])


def lines(said: Said, language: Language) -> list[tuple[str, str]]:
    """Each thing that it says, in the reader's words; the report that it is bound to stands first."""
    return [(words.within(language), text) for words, text in _lines(said, language)]


def _lines(said: Said, language: Language) -> Iterator[tuple[Words, str]]:
    yield Words("Report", "报告摘要值"), said.bound.report.hex()
    yield Words("Trace", "计算轨迹摘要值"), said.bound.trace.hex()
    yield Words("Factors", "因子库摘要值"), said.bound.factors.hex()
    for root in said.bound.roots:
        yield Words("Data root", "数据根"), f"{root.root.hex()} ({root.size})"
    for name, words in _NAMES.items():
        value = getattr(said, name, None)
        if value is None or value == ():
            continue
        yield words, _text(name, value, language)
    if isinstance(said, Verification):
        by = said.accreditation
        yield Words("Accreditation", "认可"), f"{by.body} {by.number}, {_day(by.until)}"


def _text(name: str, value: object, language: Language) -> str:
    if name == "materiality_ppm" and isinstance(value, int):
        return f"{value * 100 / _PPM:g} %"
    if name in ("until", "visited_at") and isinstance(value, int):
        return _day(value)
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    chosen = CHOICES.get(getattr(value, "name", "").lower())
    return str(value) if chosen is None else chosen.within(language)


def _day(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
    except (ValueError, OverflowError, OSError):  # behind the year 9999
        return str(at)
