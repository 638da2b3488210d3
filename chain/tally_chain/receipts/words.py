"""What an operation would do, in words for those who sign it: one sentence in English and one in Chinese. No IO.

Numbers are exact. An id is shown by its first and last 4 bytes, or by the name that the reader has for it; the whole of
it stands in the list of fields. What is not understood, or can not be right, is said in capitals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tally_chain.receipts.encoding import Point, Weighing
from tally_chain.receipts.kinds.kind import Field, HoldKind, Measure
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.sentences import SENTENCES
from tally_chain.registry.call_words import time_words
from tally_chain.registry.roles import KeyRole

Names = Mapping[bytes, str]
"""Names that the reader has for ids: of firms, receipts, sites."""
ZERO = bytes(32)
_GRAMS_PER_KG, _GRAMS_PER_T = 1_000, 1_000_000
_FEN_PER_YUAN = 100
_DAY_SECONDS, _HOUR_SECONDS = 86_400, 3_600
_SHORT_BYTES = 4
# A pledge or receipt may run for years; a signature that counts for more than one lies about and is used one day.
_LONG_SECONDS = 366 * _DAY_SECONDS

ROLES_CHINESE: Mapping[KeyRole, str] = {
    KeyRole.KEEPER: "保管人",
    KeyRole.LENDER: "质权人",
    KeyRole.INSPECTOR: "检验人",
    KeyRole.VERIFIER: "监管人",
    KeyRole.COURT_LIAISON: "法院联络人",
    KeyRole.REGISTRY_ADMIN: "登记管理人",
    KeyRole.HOLDER: "持单人",
    KeyRole.SITE_OWNER: "库区所有人",
    KeyRole.AUCTIONEER: "拍卖人",
    KeyRole.OPERATOR: "运营人",
    KeyRole.AUTHORITY: "设备登记人",
    KeyRole.PRICE_SOURCE: "价格来源",
}
HOLDS_CHINESE: Mapping[HoldKind, str] = {
    HoldKind.DISPUTE: "争议",
    HoldKind.COURT: "司法冻结",
    HoldKind.SEAL: "封存",
    HoldKind.LOST: "挂失",
    HoldKind.INSURANCE: "保险",
}


@dataclass(frozen=True)
class Told:
    """An operation in words."""

    english: str
    chinese: str
    fields: tuple[tuple[Field, str], ...]
    """Each field with the whole of its value."""
    warnings: tuple[str, ...]
    """What is wrong with it, whatever the chain says."""
    ids: Mapping[str, bytes]
    """The ids that the sentences shorten, by how they stand there."""


def tell(operation: Operation, *, names: Names | None = None, now_seconds: int | None = None) -> Told:
    """An operation in words. `names` are the reader's own; `now_seconds` is since 1970, to say what is over."""
    known = {} if names is None else names
    about = operation.about
    english, chinese = SENTENCES[operation.kind]
    short = {field.name: _shown(field, operation.values[field.name], known) for field in about.fields}
    zh = {field.name: _shown(field, operation.values[field.name], known, chinese=True) for field in about.fields}
    fields = tuple((field, _whole(field, operation.values[field.name], known)) for field in about.fields)
    ids = {short_id(one): one for one in _ids(operation) if one not in known}
    warnings = tuple(_warnings(operation, now_seconds))
    return Told(english.format(**short), chinese.format(**zh), fields, warnings, ids)


def short_id(value: bytes, names: Names | None = None) -> str:
    """An id for a sentence: the reader's name for it, or its first and last bytes."""
    if value == ZERO:
        return "none"
    named = None if names is None else names.get(value)
    return named or f"{value[:_SHORT_BYTES].hex()}…{value[-_SHORT_BYTES:].hex()}"


def _ids(operation: Operation) -> Iterator[bytes]:
    """Every id in the values of an operation."""
    for value in operation.values.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, bytes) and one != ZERO:
                yield one


def grams_words(grams: int) -> str:
    """A quantity in kg, and in t from one t on; both exact."""
    kilograms = f"{_exact(grams, _GRAMS_PER_KG)} kg"
    return f"{_exact(grams, _GRAMS_PER_T)} t ({kilograms})" if grams >= _GRAMS_PER_T else kilograms


def fen_words(fen: int) -> str:
    """An amount in yuan, to the fen."""
    yuan, rest = divmod(fen, _FEN_PER_YUAN)
    return f"CNY {yuan:,}.{rest:02d}"


def duration_words(seconds: int) -> str:
    """A duration in the largest unit that it is whole in."""
    for unit, word in ((_DAY_SECONDS, "d"), (_HOUR_SECONDS, "h")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit} {word}"
    return f"{seconds} s"


def role_words(number: int, *, chinese: bool = False) -> str:
    """A role by its number; loud where there is none."""
    try:
        role = KeyRole(number)
    except ValueError:
        return f"未知角色 {number} (UNKNOWN ROLE)" if chinese else f"UNKNOWN ROLE {number}"
    return ROLES_CHINESE[role] if chinese else role.word


def hold_words(number: int, *, chinese: bool = False) -> str:
    """A kind of hold by its number; loud where there is none."""
    try:
        kind = HoldKind(number)
    except ValueError:
        return f"未知冻结 {number} (UNKNOWN HOLD)" if chinese else f"UNKNOWN HOLD {number}"
    return HOLDS_CHINESE[kind] if chinese else kind.name.lower()


def _exact(number: int, unit: int) -> str:
    # By whole numbers: a Decimal of the default precision would round what uint128 holds.
    whole, rest = divmod(number, unit)
    places = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0")
    return f"{whole:,}.{places}" if places else f"{whole:,}"


def _shown(field: Field, value: Any, names: Names, *, chinese: bool = False) -> str:
    """A value in a sentence."""
    if isinstance(value, tuple) and not isinstance(value, Point | Weighing):
        if field.measure is Measure.WEIGHINGS:
            total = grams_words(sum(one.quantity for one in value))
            return f"{len(value)} 张磅单共 {total}" if chinese else f"{total} in {len(value)} weighings"
        if field.measure is Measure.OUTLINE:
            return f"{len(value)} 个角点" if chinese else f"{len(value)} corners"
        told = ", ".join(_shown(field, one, names, chinese=chinese) for one in value)
        return told or ("无" if chinese else "none")
    if field.measure is Measure.ROLE:
        return role_words(value, chinese=chinese)
    if field.measure is Measure.HOLD:
        return hold_words(value, chinese=chinese)
    if isinstance(value, bool):
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    if isinstance(value, bytes):
        told = short_id(value, names)
        return "无" if chinese and value == ZERO else told
    return _number(field.measure, value)


def _number(measure: Measure, value: int) -> str:
    if measure is Measure.GRAMS:
        return grams_words(value)
    if measure is Measure.FEN:
        return fen_words(value)
    if measure is Measure.TIME:
        return time_words(value)
    if measure is Measure.DURATION:
        return duration_words(value)
    if measure is Measure.PPM:
        return f"{Decimal(value) / 10_000} %"
    if measure is Measure.MM:
        return f"{Decimal(value) / 1_000} m"
    return f"block {value}" if measure is Measure.BLOCK else str(value)


def _whole(field: Field, value: Any, names: Names) -> str:
    """A value in the list of fields, with every digit."""
    if isinstance(value, Point):
        return f"{Decimal(value.x).scaleb(-7):f}° E {Decimal(value.y).scaleb(-7):f}° N"
    if isinstance(value, Weighing):
        return f"{hexed(value.evidence)}: {grams_words(value.quantity)}"
    if isinstance(value, tuple):
        return "\n".join(_whole(field, one, names) for one in value) or "none"
    if isinstance(value, bytes):
        named = names.get(value)
        return hexed(value) if named is None else f"{hexed(value)} ({named})"
    return _shown(field, value, names)


def _warnings(operation: Operation, now_seconds: int | None) -> list[str]:
    found = []
    if now_seconds is not None and operation.deadline < now_seconds:
        found.append(f"TOO LATE: it counted until {time_words(operation.deadline)}")
    if now_seconds is not None and operation.deadline > now_seconds + _LONG_SECONDS:
        found.append(f"LONG: it counts until {time_words(operation.deadline)}, whenever somebody brings it")
    for field in operation.about.fields:
        values = operation.values[field.name]
        for value in values if isinstance(values, tuple) else (values,):
            told = _number_unknown(field.measure, value)
            if told is not None:
                found.append(f"{told} in {field.name}")
    return found + _sums(operation)


def _number_unknown(measure: Measure, value: Any) -> str | None:
    words = {Measure.ROLE: role_words, Measure.HOLD: hold_words}.get(measure)
    told = None if words is None else words(value)
    return told if told is not None and told.startswith("UNKNOWN") else None


def _sums(operation: Operation) -> list[str]:
    """Lists that belong together and differ in length."""
    groups = {
        "Split": ("numbers", "quantities", "pledged", "documents"),
        "Merge": ("receipts", "heads"),
        "SplitVoucher": ("numbers", "faces"),
        "OpenLot": ("witnesses", "roles"),
    }
    names = groups.get(operation.kind, ())
    if len({len(operation.values[name]) for name in names}) > 1:
        return [f"DOES NOT FIT: {', '.join(names)} are not of one length"]
    return []
