"""Forms of operations, made from the tables of their kinds: what is asked, how, and how the answer is read. No IO.

Every kind can be begun by such a form. What nobody should have to type is not asked: heads and the newest block are
filled in by the desk, and what a link names stands there already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from tally_chain.cli.operation_values import values_of
from tally_chain.errors import OperationError
from tally_chain.receipts import plain
from tally_chain.receipts.encoding import item_of
from tally_chain.receipts.kinds.kind import Field, HoldKind, Kind, Measure
from tally_chain.receipts.words import HOLDS_CHINESE, ROLES_CHINESE
from tally_chain.registry.roles import KeyRole
from tally_finance.mass_text import grams_of
from tally_finance.portal.signing.field_words import field_words
from tally_gateway.pages.words import Words

DEADLINE_S: Final = 7 * 86_400
"""As the desk has it for what it prepares: long enough for all signatures."""

MAX_TEXT_CHARS: Final = 40_000
"""Of one field: 256 receipts, one on a line, and some room."""

UNITS: Final = ("t", "kg", "g")
_ASKED_BY_THE_DESK: Final = frozenset({Measure.HEAD, Measure.BLOCK})
_LOCAL: Final = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?")
_GROUPED: Final = re.compile(r"(?<=\d)[,\s](?=\d{3}(?:\D|$))")


class Input(StrEnum):
    """How a value is asked."""

    ID = "id"
    QUANTITY = "quantity"
    MONEY = "money"
    TIME = "time"
    COUNT = "count"
    CHOICE = "choice"
    LINES = "lines"
    TEXT = "text"
    PAPER = "paper"


class Aid(StrEnum):
    """What a page does for whoever would have to type 64 digits."""

    FILE = "file"
    """It computes the SHA-256 of a file, which stays where it is."""
    NUMBER = "number"
    """It draws a number at random."""


@dataclass(frozen=True, slots=True)
class Widget:
    """One field of a form. `options`: of a choice. `value`, `unit`: what stands there; `wrong`: what is wrong.

    `aid`: what spares typing digits; None where nothing does, or a list of choices.
    """

    name: str
    label: Words
    hint: Words
    input: Input
    options: tuple[tuple[str, Words], ...] = ()
    value: str = ""
    unit: str = "t"
    wrong: Words | None = None
    is_needed: bool = True
    aid: Aid | None = None


NEW_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("Issue", "Merge", "Replace", "ReplaceLost", "CreateVoucher"), "number")
    | dict.fromkeys(("Split", "SplitVoucher"), "numbers")
)
"""By kind: its field of numbers that were never used before."""
_NO_FILES: Final = frozenset({"computation", "evidence", "evidenceRoot", "picker", "policy"})
"""Digests of which nobody has a file at hand: what the desk computes, or a quantity's report names."""
_SOME: Final = frozenset(
    {
        "documents", "evidence", "faces", "invoices", "numbers", "outline", "pledged", "quantities", "roles",
        "weighings", "witnesses",
    }
)  # fmt: skip
_SOME_OF_KIND: Final = frozenset({("Attest", "places"), ("Merge", "receipts")})
"""Lists of which the contract takes none that is empty: goods come and go by what a scale weighed."""
_MAY_BE_NONE: Final = frozenset({"trade", "rest", "restDocument", "leaf"})


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: `values` as an operation's file has them, where nothing is wrong."""

    widgets: tuple[Widget, ...]
    values: Mapping[str, Any] | None


def widgets_of(kind: Kind, given: Mapping[str, str], now: int, zone: timezone) -> tuple[Widget, ...]:
    """The empty form of a kind. `given`: what is known already, by field; `now`: Unix seconds."""
    return tuple(
        _widget(kind, field, _before(field, given, now, zone), given.get(f"{field.name}.unit", "t"))
        for field in kind.fields
        if field.measure not in _ASKED_BY_THE_DESK
    )


def filled(kind: Kind, form: Mapping[str, str], now: int, zone: timezone) -> Filled:
    """What a form says. A number is exact or refused, and every field that is wrong says so."""
    shown: list[Widget] = []
    values: dict[str, Any] = {}
    fields = {field.name: field for field in kind.fields}
    for one in widgets_of(kind, form, now, zone):
        try:
            read = values_of(kind, [f"{one.name}={_text_of(fields[one.name], one, form, zone)}"])[one.name]
            values[one.name] = plain.write(fields[one.name].type, read)
            shown.append(one)
        except (OperationError, ValueError) as error:
            shown.append(_wrong(one, str(error).partition(": ")[2] or str(error)))
    return Filled(tuple(shown), values if all(one.wrong is None for one in shown) else None)


def _widget(kind: Kind, field: Field, value: str, unit: str) -> Widget:
    input_, options = _input(field)
    return Widget(
        field.name,
        field_words(kind.name, field.name),
        _NUMBER_HINTS[input_] if NEW_NUMBERS.get(kind.name) == field.name else _hint(field, input_),
        input_,
        options,
        value,
        unit if unit in UNITS else "t",
        is_needed=_is_needed(kind, field),
        aid=_aid(kind, field),
    )


def _is_needed(kind: Kind, field: Field) -> bool:
    if item_of(field.type) is not None:
        return field.name in _SOME or (kind.name, field.name) in _SOME_OF_KIND
    return field.name not in _MAY_BE_NONE


def _aid(kind: Kind, field: Field) -> Aid | None:
    if field.measure is Measure.DIGEST and field.name not in _NO_FILES:
        return Aid.FILE
    return Aid.NUMBER if NEW_NUMBERS.get(kind.name) == field.name else None


def _input(field: Field) -> tuple[Input, tuple[tuple[str, Words], ...]]:
    if item_of(field.type) is not None:
        return Input.LINES, ()
    match field.measure:
        case Measure.GRAMS:
            return Input.QUANTITY, ()
        case Measure.FEN:
            return Input.MONEY, ()
        case Measure.TIME:
            return Input.TIME, ()
        case Measure.YES_NO:
            return Input.CHOICE, (("no", Words("No", "否")), ("yes", Words("Yes", "是")))
        case Measure.ROLE:
            roles = ((str(int(one)), Words(one.word, ROLES_CHINESE[one])) for one in KeyRole)
            return Input.CHOICE, tuple(roles)
        case Measure.HOLD:
            holds = ((str(int(one)), Words(one.name.lower(), HOLDS_CHINESE[one])) for one in HoldKind)
            return Input.CHOICE, tuple(holds)
        case Measure.ID | Measure.ORGANISATION | Measure.DIGEST:
            return Input.ID, ()
        case _:
            return Input.COUNT, ()


def _hint(field: Field, input_: Input) -> Words:
    if input_ is Input.LINES and field.measure is Measure.DIGEST and field.name not in _NO_FILES:
        return Words("SHA-256 of each, one on a line", "每行一份文件的 SHA-256 摘要")
    if input_ is Input.LINES:
        return _LINES.get(field.measure, _LINES[Measure.ID])
    if input_ is Input.ID and field.measure is Measure.DIGEST:
        return Words("SHA-256 of it: 64 hexadecimal digits", "其 SHA-256 摘要：64 位十六进制")
    if input_ is Input.ID:
        return Words("64 hexadecimal digits", "64 位十六进制编号")
    return _HINTS.get(input_, Words("A whole number", "整数"))


_NUMBER_HINTS: Final[Mapping[Input, Words]] = {
    Input.ID: Words(
        "Never used before: 64 hexadecimal digits, drawn at random", "须为新编号：64 位十六进制，已随机生成"
    ),
    Input.LINES: Words("One on a line for each, never used before; two were drawn", "每行一个新编号，已随机生成两个"),
}
_HINTS: Final[Mapping[Input, Words]] = {
    Input.QUANTITY: Words("To the gram at most", "最多精确到克"),
    Input.MONEY: Words("Yuan, with at most two places", "人民币元，最多两位小数"),
    Input.TIME: Words("Time at UTC+8", "北京时间"),
    Input.CHOICE: Words("", ""),
}
_LINES: Final[Mapping[Measure, Words]] = {
    Measure.ID: Words("One on a line: 64 hexadecimal digits each", "每行一个，各 64 位十六进制"),
    Measure.GRAMS: Words("One on a line, with its unit: 12.5t or 12500kg", "每行一个，带单位：12.5t 或 12500kg"),
    Measure.FEN: Words("One on a line, in yuan: 1234.56", "每行一个，人民币元：1234.56"),
    Measure.WEIGHINGS: Words(
        "One on a line: the evidence's id, a blank, the quantity with its unit",
        "每行一张磅单：证据编号、空格、带单位的数量",
    ),
    Measure.OUTLINE: Words("One corner on a line: longitude,latitude in degrees", "每行一个角点：经度,纬度（度）"),
    Measure.PLACE: Words("One on a line: 0 is the lot's first witness", "每行一个：0 为批次第一见证人"),
    Measure.ROLE: Words(
        "One on a line: keeper, inspector, verifier or lender", "每行一个：keeper、inspector、verifier 或 lender"
    ),
}


def _before(field: Field, given: Mapping[str, str], now: int, zone: timezone) -> str:
    """What stands in a field at first."""
    if field.name in given:
        return given[field.name][:MAX_TEXT_CHARS]
    if field.name == "deadline":
        return local(now + DEADLINE_S, zone)
    if field.name == "leftAt":
        return local(now, zone)
    return "no" if field.measure is Measure.YES_NO else ""


def local(at: int, zone: timezone) -> str:
    """A time as a browser's field has it, in a zone, to the minute."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def instant(text: str, zone: timezone) -> int:
    """The Unix seconds of such a text. Raises ValueError for a time that there is not."""
    found = _LOCAL.fullmatch(text.strip())
    if found is None:
        raise ValueError("a time is written 2030-01-31T18:00")
    when = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ':00'}").replace(tzinfo=zone)
    return int((when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


def grams(text: str, unit: str) -> str:
    """A quantity as the interfaces take it: whole grams, as text. Raises ValueError."""
    if unit not in UNITS:
        raise ValueError("a quantity has the unit t, kg or g")
    return str(grams_of(_plain_number(text) + unit))


def _plain_number(text: str) -> str:
    """Without the commas between thousands that people write."""
    return _GROUPED.sub("", text.strip())


def _text_of(field: Field, one: Widget, form: Mapping[str, str], zone: timezone) -> str:
    """A field as the command line writes it, which is read in one place alone. Raises ValueError."""
    text = one.value.strip()
    if len(form.get(one.name, "")) > MAX_TEXT_CHARS:
        raise ValueError(f"at most {MAX_TEXT_CHARS} characters")
    match one.input:
        case Input.LINES:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if one.is_needed and not lines:
                raise ValueError("at least one is needed")
            if field.measure is Measure.OUTLINE:
                return " ".join(line.replace(", ", ",") for line in lines)
            if field.measure is Measure.WEIGHINGS:
                lines = [":".join(_bare(part) for part in line.split(None, 1)) for line in lines]
            return ",".join(_bare(line) for line in lines)
        case Input.QUANTITY:
            return _plain_number(text) + one.unit
        case Input.MONEY:
            return _plain_number(text)
        case Input.TIME:
            return str(instant(text, zone))
        case Input.ID if not text and not one.is_needed:
            return "none"
        case Input.CHOICE if text not in [value for value, _ in one.options]:
            raise ValueError("choose one of them")
        case _:
            return _bare(text)


def _bare(text: str) -> str:
    """An id without its 0x, which the command line takes without; a list's comma is ours."""
    if "," in text:
        raise ValueError("one on a line, without commas")
    return text.strip().removeprefix("0x").lower() if text.strip().startswith("0x") else text.strip()


def _wrong(one: Widget, english: str) -> Widget:
    chinese = {
        Input.ID: "应为 64 位十六进制",
        Input.QUANTITY: "数量无效：应为不含多余小数的数字",
        Input.MONEY: "金额无效：最多两位小数",
        Input.TIME: "时间无效",
        Input.CHOICE: "请选择其一",
    }.get(one.input, "填写有误")
    said = english if one.value.strip() else "this is needed"
    return replace(one, wrong=Words(said[:1].upper() + said[1:], chinese if one.value.strip() else "必填"))
