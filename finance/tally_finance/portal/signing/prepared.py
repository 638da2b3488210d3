"""What a lender asks its desk to prepare, as forms: the seven acts that are tested on the loan first. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timezone
from types import MappingProxyType
from typing import Any, Final

from tally_finance.errors import ReleaseError
from tally_finance.portal.signing.field_words import field_words
from tally_finance.portal.signing.kind_words import kind_words
from tally_finance.portal.signing.widgets import Input, Widget, grams, instant, local
from tally_finance.release.picker import SALT_BYTES, Picker, decode_picker, plate_of
from tally_gateway.pages.words import Words

DAY_S: Final = 86_400
_ID: Final = re.compile("(?:0x)?([0-9a-fA-F]{64})")
_TWO_KEYS: Final = Words(
    "Two people of the lender sign it, each with a key of their own.", "须由质权人两人各以本人密钥签署。"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the kind of operation that does it, what is asked for, and what it means."""

    name: str
    kind: str
    fields: tuple[str, ...]
    note: Words

    @property
    def title(self) -> Words:
        """What it is called."""
        return kind_words(self.kind)

    @property
    def papers(self) -> tuple[str, ...]:
        """The fields that name papers, which may be brought as files."""
        return tuple(name for name in self.fields if name in _PAPERS)


_PAPERS: Final = ("ownership", "search", "filing")
_TIMES: Final = ("begins", "until")
ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        act.name: act
        for act in (
            Act("order", "Order", ("receipt", "quantity", "begins", "until", "plate", "driver", "salt"), Words(
                "Goods leave once, in one window, with one vehicle and driver. Two of the lender and the holder sign.",
                "一次提货、一个时间窗、一车一司机；须由质权人两人及持单人签署。",
            )),
            Act("release", "Release", ("receipt", "quantity"), _TWO_KEYS),
            Act("floor", "SetFloor", ("receipt", "floor", "until"), _TWO_KEYS),
            Act("substitute", "Substitute", ("receipt", "instead", "quantity", "filing"), Words(
                "Other goods of the same pledgor take their place. Pledgor, both keepers and two of the lender sign.",
                "以同一出质人的其他货物置换；须由出质人、双方保管人及质权人两人签署。",
            )),
            Act("accept", "Accept", ("receipt", "ownership", "search"), Words(
                "The desk tests the pledge and values it; the papers are kept under their digests.",
                "系统测算并估值，资料按摘要留存。",
            )),
            Act("call", "CallMargin", ("receipt", "until"), Words(
                "The borrower has until then to pay or to bring more goods; a day at least.",
                "借款人须于截止时间前还款或补充质物，不少于一日。",
            )),
            Act("cure", "Cure", ("receipt",), Words(
                "The desk tests whether the loan is covered again.", "系统核实担保是否已恢复充足。"
            )),
        )
    }
)  # fmt: skip
"""By the name that the desk's interface has for it."""

_OWN_WORDS: Final[Mapping[str, Words]] = {
    "begins": Words("Window begins", "提货开始时间"),
    "plate": Words("Licence plate", "车牌号"),
    "driver": Words("Driver", "司机"),
    "instead": Words("Receipt pledged instead", "置换仓单"),
}
_OWN_HINTS: Final[Mapping[str, Words]] = {
    "driver": Words("As agreed with the keeper: a name, a licence", "按与保管人约定的写法：姓名、证号"),
    "plate": Words("Only a salted digest goes on the chain", "链上仅存加盐摘要"),
}


class UnfitError(Exception):
    """A form that can not be sent on; `widgets` say what is wrong where."""

    def __init__(self, widgets: tuple[Widget, ...]) -> None:
        super().__init__("a form is not filled in right")
        self.widgets = widgets


def form_of(act: Act, given: Mapping[str, str], now: int, zone: timezone) -> tuple[Widget, ...]:
    """The form of an act; the salt of a picker is no field that is shown."""
    return tuple(_widget(act, name, given, now, zone) for name in act.fields if name != "salt")


def body_of(
    act: Act, form: Mapping[str, str], papers: Mapping[str, str], now: int, zone: timezone
) -> tuple[dict[str, Any], Picker | None]:
    """What the interface is sent, and the picker whose opening the keeper needs. `papers`: digests of what was brought.

    Raises UnfitError.
    """
    body: dict[str, Any] = {"act": act.name}
    shown = list(form_of(act, form, now, zone))
    for place, one in enumerate(shown):
        if one.name in ("plate", "driver"):
            continue
        try:
            name, value = _value(one, papers, zone)
            body[name] = value
        except ValueError as error:
            shown[place] = _wrong(one, error)
    picker = None
    if "plate" in act.fields:
        try:
            picker = picker_of(form)
            body["picker"] = "0x" + picker.digest.hex()
        except (ReleaseError, ValueError) as error:
            at = next(place for place, one in enumerate(shown) if one.name == "plate")
            shown[at] = _wrong(shown[at], error)
    if any(one.wrong is not None for one in shown):
        raise UnfitError(tuple(shown))
    return body, picker


def picker_of(form: Mapping[str, str]) -> Picker:
    """Vehicle and driver with the salt that the form came with. Raises ReleaseError, ValueError."""
    if form.get("opening", "").strip():
        return decode_picker(form["opening"].encode("utf-8", "replace"))
    salt = bytes.fromhex(form.get("salt", ""))
    if len(salt) != SALT_BYTES:
        raise ValueError("the form is too old: load the page again")
    return Picker(plate_of(form.get("plate", "")), form.get("driver", "").strip(), salt)


def _widget(act: Act, name: str, given: Mapping[str, str], now: int, zone: timezone) -> Widget:
    label = _OWN_WORDS.get(name) or field_words(act.kind, name)
    value = given.get(name, "")
    if name in _TIMES:
        usual = now if name == "begins" else now + (2 if act.name == "call" else 1) * DAY_S
        return Widget(name, label, Words("Time at UTC+8", "北京时间"), Input.TIME, value=value or local(usual, zone))
    if name in ("quantity", "floor"):
        return Widget(
            name, label, Words("To the gram at most", "最多精确到克"), Input.QUANTITY, value=value,
            unit=given.get(f"{name}.unit", "t"),
        )  # fmt: skip
    if name in ("plate", "driver"):
        return Widget(name, label, _OWN_HINTS[name], Input.TEXT, value=value)
    if name in _PAPERS:
        hint = Words(
            "The file, or the SHA-256 of one that the desk has", "上传文件，或填写系统已留存文件的 SHA-256 摘要"
        )
        return Widget(name, label, hint, Input.PAPER, value=value, is_needed=False)
    return Widget(name, label, Words("64 hexadecimal digits", "64 位十六进制编号"), Input.ID, value=value)


def _value(one: Widget, papers: Mapping[str, str], zone: timezone) -> tuple[str, Any]:
    """Name and value as the interface has them. Raises ValueError."""
    text = one.value.strip()
    match one.input:
        case Input.TIME:
            return one.name, instant(text, zone)
        case Input.QUANTITY:
            quantity = grams(text, one.unit)
            if quantity == "0" and one.name == "quantity":
                raise ValueError("a quantity is more than none")
            return f"{one.name}_g", quantity
        case Input.PAPER if one.name in papers:
            return one.name, papers[one.name]
        case _:
            found = _ID.fullmatch(text)
            if found is None:
                raise ValueError("64 hexadecimal digits are needed here")
            return one.name, "0x" + found[1].lower()


def _wrong(one: Widget, error: Exception) -> Widget:
    english = str(error)
    chinese = {
        Input.TIME: "时间无效",
        Input.QUANTITY: "数量无效",
        Input.PAPER: "请上传文件或填写 64 位十六进制摘要",
        Input.TEXT: "车牌或司机填写有误",
    }.get(one.input, "应为 64 位十六进制")
    return replace(one, wrong=Words(english[:1].upper() + english[1:], chinese))
