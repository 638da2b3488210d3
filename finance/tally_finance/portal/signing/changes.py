"""What an operation would change: each thing as it stands, and as it would be. No IO.

Shown from what the desk tells of the receipt now and from the operation's own values; coverage from the lender's
computation, whose digest the operation names. What the page can not know it leaves to the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any, Final

from tally_chain.receipts.operations import Operation
from tally_chain.receipts.words import fen_words, grams_words, short_id
from tally_gateway.pages import shown
from tally_gateway.pages.words import Words

_NOTHING: Final = Words("none", "无")
_NAMELESS: Final[Mapping[str, Words]] = {}
_WHAT: Final[Mapping[str, Words]] = {
    "pledged": Words("Pledged", "质押数量"),
    "quantity": Words("Quantity of the receipt", "仓单数量"),
    "stage": Words("Pledge", "质押状态"),
    "holder": Words("Holder", "持单人"),
    "lender": Words("Lender", "质权人"),
    "state": Words("State of the receipt", "仓单状态"),
    "leave": Words("May leave, once", "准许一次提货"),
    "window": Words("Window", "提货时间窗"),
    "floor": Words("What must stay", "最低控货"),
    "call": Words("Margin call until", "补仓截止"),
    "holds": Words("Holds", "冻结笔数"),
    "gone": Words("What left", "已出库"),
    "notice": Words("Notice until", "处置通知期至"),
    "estimate": Words("Attested quantity", "见证量"),
    "lower": Words("At least", "下限"),
    "upper": Words("At most", "上限"),
}
STAGES: Final[Mapping[str, Words]] = {
    "free": Words("free", "未质押"),
    "offered": Words("offered", "已出质，待接受"),
    "accepted": Words("accepted", "已接受"),
    "registered": Words("registered", "已登记"),
    "margin_call": Words("margin call open", "追保中"),
    "default": Words("default declared", "已宣布违约"),
    "enforcing": Words("being sold", "处置中"),
}
"""How far a pledge has come, by the desk's names."""
FIGURES: Final = (
    ("owed_fen", Words("Owed", "欠款")),
    ("value_fen", Words("Value of what secures it", "质物价值")),
    ("lendable_fen", Words("Lendable on it", "可融资额")),
    ("counted_fen", Words("Counts for new credit", "计入新增授信")),
    ("available_fen", Words("Still available", "可用额度")),
)
_STAGE_AFTER: Final = {
    "Offer": "offered", "Withdraw": "free", "Accept": "accepted", "Register": "registered",
    "DeclareDefault": "default", "Enforce": "enforcing", "Settle": "free", "Discharge": "free",
}  # fmt: skip
_STATE_AFTER: Final = {
    "Cancel": Words("cancelled", "已注销"),
    "Split": Words("split", "已拆分"),
    "Replace": Words("replaced", "已换发"),
    "ReplaceLost": Words("replaced", "已补发"),
    "Surrender": Words("given back to the keeper", "已交还保管人"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing, before and after."""

    what: Words
    before: Words
    after: Words


def changes(
    operation: Operation,
    receipt: Mapping[str, Any] | None,
    lot: Mapping[str, Any] | None,
    zone: timezone,
    firms: Mapping[str, Words] = _NAMELESS,
) -> tuple[Change, ...]:
    """What it changes. `receipt`, `lot`: as the desk tells of them now, where the visitor sees them.

    `firms`: what organisations are called, by 0x and digits.
    """
    found = [] if receipt is None else list(_of_receipt(operation, receipt, zone, firms))
    if lot is not None and operation.kind == "Attest":
        found += [
            Change(_WHAT[name], _grams(int(lot[f"{name}_g"])), _grams(operation.values[name]))
            for name in ("estimate", "lower", "upper")
        ]
    return tuple(found)


def coverage(computation: Mapping[str, Any]) -> tuple[Change, ...]:
    """The lender's figures before and after, by its computation."""
    before, after = computation["before"], computation["after"]
    return tuple(Change(words, _fen(before[name]), _fen(after[name])) for name, words in FIGURES)


def _of_receipt(
    operation: Operation, receipt: Mapping[str, Any], zone: timezone, firms: Mapping[str, Words]
) -> Iterator[Change]:
    kind, values = operation.kind, operation.values
    stage = STAGES.get(receipt["encumbrance"], _same(receipt["encumbrance"]))
    if kind in _STAGE_AFTER:
        yield Change(_WHAT["stage"], stage, STAGES[_STAGE_AFTER[kind]])
    if kind in _STATE_AFTER:
        yield Change(_WHAT["state"], Words("live", "有效"), _STATE_AFTER[kind])
    yield from _of_quantities(kind, values, int(receipt["quantity_g"]), int(receipt["pledged_g"]))
    match kind:
        case "Offer":
            yield Change(_WHAT["lender"], _NOTHING, _firm(values["lender"], firms))
        case "Order":
            yield Change(_WHAT["window"], _NOTHING, _window(values["from"], values["until"], zone))
        case "CallMargin":
            yield Change(_WHAT["call"], _NOTHING, _at(values["until"], zone))
        case "Cure":
            yield Change(_WHAT["call"], STAGES["margin_call"], _NOTHING)
        case "Enforce":
            yield Change(_WHAT["notice"], _NOTHING, _at(values["noticeUntil"], zone))
        case "Endorse":
            holder = bytes.fromhex(receipt["holder"][2:])
            yield Change(_WHAT["holder"], _firm(holder, firms), _firm(values["to"], firms))
        case "Hold" | "Lift":
            count = len(receipt["holds"])
            yield Change(_WHAT["holds"], _same(str(count)), _same(str(max(count + (1 if kind == "Hold" else -1), 0))))


def _firm(organisation: bytes, firms: Mapping[str, Words]) -> Words:
    return firms.get("0x" + organisation.hex()) or _same(short_id(organisation))


def _of_quantities(kind: str, values: Mapping[str, Any], quantity: int, pledged: int) -> Iterator[Change]:
    match kind:
        case "Offer":
            yield Change(_WHAT["pledged"], _grams(pledged), _grams(values["quantity"]))
        case "Release":
            yield Change(_WHAT["pledged"], _grams(pledged), _grams(max(pledged - values["quantity"], 0)))
        case "Substitute" | "Withdraw" | "Settle" | "Discharge":
            yield Change(_WHAT["pledged"], _grams(pledged), _grams(0))
        case "Order":
            yield Change(_WHAT["leave"], _NOTHING, _grams(values["quantity"]))
        case "SetFloor":
            yield Change(_WHAT["floor"], _NOTHING, _NOTHING if not values["floor"] else _grams(values["floor"]))
        case "Amend":
            yield Change(_WHAT["quantity"], _grams(quantity), _grams(values["quantity"]))
        case "Deliver" | "Execute" | "ExecuteDynamic":
            yield Change(_WHAT["quantity"], _grams(quantity), _grams(max(quantity - values["quantity"], 0)))
            yield Change(_WHAT["gone"], _NOTHING, _grams(values["quantity"]))


def _same(text: str) -> Words:
    return Words(text, text)


def _grams(quantity_g: int) -> Words:
    return _same(grams_words(quantity_g))


def _fen(amount: str) -> Words:
    value = int(amount)
    return _same(fen_words(value) if value >= 0 else f"−{fen_words(-value)}")


def _at(unix_s: int, zone: timezone) -> Words:
    return _same(str(shown.moment(unix_s, zone).striptags()))


def _window(begins: int, until: int, zone: timezone) -> Words:
    first, last = _at(begins, zone).english, _at(until, zone).english
    return Words(f"{first} to {last}", f"{first} 至 {last}")
