"""The two flows that lender and borrower walk together, in steps: goods go out (提货), a margin call (追保). No IO.

A step is done, is the one to take now, comes later, or is not open. Who takes it is said, so that a page shows each of
them where the matter stands and whose turn it is. Nothing is remembered: the steps follow from what the desk tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tally_finance.api.rights import DESK_ROLES, Role
from tally_finance.portal.signing.waiting import Group, Waiting
from tally_gateway.pages.words import Words

LEAVING: Final = frozenset({"Order", "Release", "SetFloor"})


class Turn(StrEnum):
    """How a step stands."""

    DONE = "done"
    NOW = "now"
    LATER = "later"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Who(Words):
    """A party in words, with the roles that its people have here."""

    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `href`: where it is taken, by whoever has one of the roles of `who`."""

    words: Words
    who: Who
    turn: Turn
    href: str = ""

    def open_to(self, roles: frozenset[str]) -> bool:
        """Whether somebody of these roles is led there now."""
        is_read = self.turn is Turn.DONE and self.href.startswith("/operations/one/")
        return bool(self.href and self.who.roles & roles) and (self.turn is Turn.NOW or is_read)


LENDER: Final = Who("lender", "质权人", frozenset({Role.LENDER}))
BORROWER: Final = Who("borrower (holder)", "借款人（持单人）", frozenset({Role.DEPOSITOR}))
KEEPER: Final = Who("keeper and verifier", "保管人与监管人", frozenset({Role.KEEPER, Role.INSPECTOR}))
_ANYBODY: Final = frozenset(map(str, DESK_ROLES))
ANY: Final = Who("any of them", "任一方", _ANYBODY)


def release_steps(
    receipt: Mapping[str, Any], under_way: Sequence[Waiting], orders: Iterable[Mapping[str, Any]], now: int
) -> tuple[Step, ...]:
    """From the wish to take goods out to the scale. `under_way`: operations on the receipt."""
    live = [one for one in under_way if one.kind in LEAVING and one.group not in (Group.SENT, Group.OVER)]
    open_orders = [one for one in orders if one["state"] == "open" and one["until"] >= now]
    used = [one for one in orders if one["state"] == "used"]
    number = receipt["number"]
    one = live[0] if live else None
    signing = _signing(one, is_done=bool(open_orders))
    # An order that is done says so; the page is for the next one then, and offers to begin it.
    at_gate = Turn.NOW if open_orders else (Turn.DONE if used and one is None else Turn.LATER)
    return (
        Step(
            Words(
                "Say how much goes out; the desk tests the loan after it", "填写出库数量，系统测算出库后担保是否充足"
            ),
            LENDER,
            Turn.CLOSED if receipt["encumbrance"] == "free" else Turn.DONE if one or open_orders else Turn.NOW,
            f"/operations/prepare/order?receipt={number}",
        ),
        *signing,
        Step(
            Words("At the gate: the scale weighs, the keeper records it", "出门过磅，由保管人登记出库"),
            KEEPER,
            at_gate,
            f"/operations/gate?receipt={number}&order={open_orders[0]['order']}" if open_orders else "",
        ),
    )


def _signing(one: Waiting | None, *, is_done: bool) -> tuple[Step, ...]:
    """A step for each signature, and the sending. `is_done`: an order that was signed and sent waits at the gate."""
    if one is None:
        turn = Turn.DONE if is_done else Turn.LATER
        return (
            Step(Words("First signature", "初签"), LENDER, turn),
            Step(Words("Second signature, by another person", "会签（另一人）"), LENDER, turn),
            Step(Words("Send it to the contract", "提交上链"), LENDER, turn),
        )
    href = f"/operations/one/{one.digest}"
    first_open = one.missing[0].number if one.missing else None
    signatures = tuple(
        Step(
            Words(f"Signature of the {place.who.english}", f"{place.who.chinese}签署"),
            Who(place.who.english, place.who.chinese, _ANYBODY),
            Turn.DONE if place.is_signed else (Turn.NOW if place.number == first_open or place.is_mine else Turn.LATER),
            href,
        )
        for place in one.places
    )
    ready = Turn.NOW if one.group is Group.READY else Turn.LATER
    return (
        *signatures,
        Step(Words("Send it to the contract", "提交上链"), ANY, ready, href),
    )


def margin_steps(
    receipt: Mapping[str, Any], under_way: Sequence[Waiting], facility: Mapping[str, Any] | None, now: int
) -> tuple[Step, ...]:
    """A call, its answers, its end. `facility`: its position, where the visitor sees it."""
    stage, number = receipt["encumbrance"], receipt["number"]
    live = [one for one in under_way if one.group not in (Group.SENT, Group.OVER)]
    until = None if facility is None else facility["margin_call_until"]
    is_late = stage == "margin_call" and until is not None and until < now
    return (
        _call(stage, number, live, facility),
        *_answers(stage, number, live, facility),
        *_end(stage, number, is_late=is_late),
    )


def _call(stage: str, number: str, live: Sequence[Waiting], facility: Mapping[str, Any] | None) -> Step:
    call = next((one for one in live if one.kind == "CallMargin"), None)
    is_reached = facility is None or int(facility["missing_fen"]) > 0 or facility["line"] != "none"
    if stage in ("margin_call", "default", "enforcing"):
        turn = Turn.DONE
    else:
        turn = Turn.NOW if stage == "registered" and (is_reached or call is not None) else Turn.CLOSED
    return Step(
        Words(
            "Call for more cover; the desk tests whether the line is reached",
            "发出追加担保通知（系统核实是否触及警戒线）",
        ),
        LENDER,
        turn,
        f"/operations/one/{call.digest}" if call else f"/operations/prepare/call?receipt={number}",
    )


def _answers(stage: str, number: str, live: Sequence[Waiting], facility: Mapping[str, Any] | None) -> tuple[Step, ...]:
    """Payment, another receipt, other goods; then the lender says that the call is answered."""
    cure = next((one for one in live if one.kind == "Cure"), None)
    is_called = stage == "margin_call"
    is_covered = facility is not None and int(facility["missing_fen"]) == 0
    # Covered again: nobody has to pay or bring more, the lender has to say so.
    answers = Turn.LATER if not is_called else Turn.CLOSED if is_covered else Turn.NOW
    return (
        Step(
            Words("Pay a part of the debt", "偿还部分欠款"),
            BORROWER,
            Turn.DONE if is_called and is_covered else answers,
        ),
        Step(
            Words("Or offer another receipt in pledge", "或追加仓单出质"), BORROWER, answers, "/operations/begin/Offer"
        ),
        Step(
            Words("Or put other goods in the place of these", "或置换质物"),
            LENDER,
            answers,
            f"/operations/prepare/substitute?receipt={number}",
        ),
        Step(
            Words("Answered: the desk tests, and the lender says so", "补仓完成：系统测算后由质权人确认"),
            LENDER,
            Turn.NOW if is_called else Turn.LATER,
            f"/operations/one/{cure.digest}" if cure else f"/operations/prepare/cure?receipt={number}",
        ),
    )


def _end(stage: str, number: str, *, is_late: bool) -> tuple[Step, ...]:
    """Default, notice, sale. `is_late`: the call's time is over, and it was not answered."""
    is_over = stage in ("default", "enforcing")
    return (
        Step(
            Words("Not answered in time: default", "逾期未补仓：宣布违约"),
            LENDER,
            Turn.DONE if is_over else (Turn.NOW if is_late else Turn.LATER),
            f"/operations/begin/DeclareDefault?receipt={number}",
        ),
        Step(
            Words("Notice of the sale", "处置通知"),
            LENDER,
            Turn.DONE if stage == "enforcing" else (Turn.NOW if stage == "default" else Turn.LATER),
            f"/operations/begin/Enforce?receipt={number}",
        ),
        Step(
            Words(
                "Sale, signed by lender, auctioneer, keeper and buyer", "拍卖成交，由质权人、拍卖人、保管人与买受人签署"
            ),
            LENDER,
            Turn.NOW if stage == "enforcing" else Turn.LATER,
            f"/operations/begin/Sell?receipt={number}",
        ),
    )


def about(receipt: str, found: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """The operations that name a receipt, as the one they change or the one that comes instead."""
    number = bytes.fromhex(receipt.removeprefix("0x"))
    return tuple(
        one
        for one in found
        if number in (one.file.operation.values.get("receipt"), one.file.operation.values.get("with"))
    )
