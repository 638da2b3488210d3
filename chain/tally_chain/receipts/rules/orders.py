"""How pledged goods leave: by a lender's order (静态质押), or above its floor (动态质押). There is no other way out."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import charging, holds, stock
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.pledging import (
    IN_FORCE,
    PLEDGED,
    allowed_of,
    at_stage,
    given,
    independent,
    lender_of,
    lender_signs,
    not_over,
    some,
    unlock,
)
from tally_chain.receipts.rules.records import FREE, Encumbrance, Floor, Order, OrderState, Receipt
from tally_chain.registry.roles import KeyRole

MOST_ORDERS = 16
GRACE_S = 7 * 86_400
"""Two parties sign after the scale has: what left is told of within a week."""


def order(draft: Draft, act: Act) -> None:
    """Orders goods out of a pledge (放货指令); its id is the operation's digest; signed by the lender twice, holder."""
    number, quantity = act["receipt"], act["quantity"]
    receipt = at_stage(draft, act, *IN_FORCE)
    holds.must_be_unheld(draft, receipt, act.time)
    _must_be_fresh(draft, receipt, act.time)
    allowed = allowed_of(draft, receipt, number)
    some(quantity, max(0, receipt.charge.pledged - allowed.ordered))
    not_over(act, act["until"])
    given(act["picker"], act["computation"])
    if allowed.orders == MOST_ORDERS:
        raise Refused("PledgesTooManyOrders", number.hex())
    act.signed_by(3)
    act.must_sign_twice(0, lender_of(receipt))
    act.must_sign(2, receipt.holder)
    if act["from"] > act["until"]:
        raise Refused("PledgesOutsideTheWindow", "it ends before it begins")
    key = receipt.charge.pledge + number
    draft.allowed[key] = replace(allowed, ordered=allowed.ordered + quantity, orders=allowed.orders + 1)
    draft.orders[act.digest] = Order(number, receipt.charge.pledge, act["picker"], quantity, act["from"], act["until"])
    charging.encumber(draft, act, number, receipt.charge)


def cancel_order(draft: Draft, act: Act) -> None:
    """Takes an order back, at every stage; signed by the lender."""
    receipt = holds.living(draft, act["receipt"])
    made = _open_order(draft, act, receipt)
    act.same_head(act["head"], receipt.head)
    lender_signs(act, receipt)
    _close(draft, act["order"], made, OrderState.CANCELLED)
    charging.encumber(draft, act, act["receipt"], receipt.charge)


def execute(draft: Draft, act: Act) -> None:
    """Goods have left by an order, once, in its window, to its picker; signed by keeper, verifier.

    Where more left than was ordered or the receipt has, or a hold or a shortage stands that began after they had left,
    also by witnesses at `places`: it stops nothing, and two of one mind could say so. What went beyond is the lot's
    shortage.
    """
    number, quantity = act["receipt"], act["quantity"]
    made = _open_order(draft, act, holds.living(draft, number))
    if made.picker != act["picker"]:
        raise Refused("PledgesAnotherPicker", act["order"].hex())
    if not made.begins <= act["leftAt"] <= made.until:
        raise Refused("PledgesOutsideTheWindow", f"from {made.begins} until {made.until}")
    _in_time(act, made.until)
    receipt = at_stage(draft, act, *PLEDGED)
    holds.must_be_unheld(draft, receipt, act["leftAt"])
    if quantity == 0:
        raise Refused("PledgesZero", "nothing left")
    beyond = quantity > min(made.quantity, receipt.quantity)
    doubted = beyond or holds.began_since(draft, receipt, act["leftAt"])
    _they_saw_it_leave(draft, act, receipt, doubted=doubted)
    _close(draft, act["order"], made, OrderState.USED)
    pledged = receipt.charge.pledged
    _leave(draft, act, receipt, pledged - min(quantity, made.quantity, pledged), ordered=made.quantity)


def set_floor(draft: Draft, act: Act) -> None:
    """The least that stays in a dynamic pledge (最低控货值), from now on; 0 ends it; signed by the lender twice.

    Where more may leave than before, the holder signs too, and that is while nothing is called.
    """
    number, floor, until = act["receipt"], act["floor"], act["until"]
    allowed = allowed_of(draft, holds.living(draft, number), number)
    less = floor == 0 or (0 < allowed.floor <= floor and until <= allowed.floor_until)
    receipt = at_stage(draft, act, *(PLEDGED if less else (Encumbrance.REGISTERED,)))
    act.signed_by(2 if less else 3)
    act.must_sign_twice(0, lender_of(receipt))
    if not less:
        act.must_sign(2, receipt.holder)
    key = receipt.charge.pledge + number
    draft.allowed[key] = replace(allowed, floors=(*allowed.floors, Floor(floor, act.time, until)))
    charging.encumber(draft, act, number, receipt.charge)


def execute_dynamic(draft: Draft, act: Act) -> None:
    """Goods have left above the floor that stood then, what is not pledged first; signed by keeper, verifier.

    Where a hold, a shortage or another floor stands that began after they had left, also by witnesses at `places`.
    """
    number, quantity = act["receipt"], act["quantity"]
    receipt = at_stage(draft, act, *PLEDGED)
    holds.must_be_unheld(draft, receipt, act["leftAt"])
    _must_be_fresh(draft, receipt, act["leftAt"])
    allowed = allowed_of(draft, receipt, number)
    stood = allowed.floor_at(act["leftAt"])
    if stood is None or stood.quantity == 0:
        raise Refused("PledgesNoFloor", number.hex())
    if act["leftAt"] > stood.until:
        raise Refused("PledgesExpired", f"the last second was {stood.until}")
    _in_time(act, stood.until)
    some(quantity, receipt.quantity)
    kept = min(receipt.charge.pledged, receipt.quantity - quantity)
    if kept < max(stood.quantity, allowed.ordered):
        raise Refused("PledgesUnderTheFloor", f"{kept} g would be left")
    doubted = stood is not allowed.floors[-1] or holds.began_since(draft, receipt, act["leftAt"])
    _they_saw_it_leave(draft, act, receipt, doubted=doubted)
    _leave(draft, act, receipt, kept, ordered=quantity)


def _open_order(draft: Draft, act: Act, receipt: Receipt) -> Order:
    """An open order of this receipt under the pledge that it has now: orders fall with their pledge."""
    made = draft.orders.get(act["order"])
    if made is None or made.receipt != act["receipt"]:
        raise Refused("PledgesNoOrder", act["order"].hex())
    if made.state is not OrderState.OPEN:
        raise Refused("PledgesOrderNotOpen", made.state.name.lower())
    if made.pledge != receipt.charge.pledge:
        raise Refused("PledgesNoOrder", "its pledge has ended")
    return made


def _close(draft: Draft, name: bytes, made: Order, state: OrderState) -> None:
    key = made.pledge + made.receipt
    allowed = draft.allowed[key]
    draft.allowed[key] = replace(allowed, ordered=allowed.ordered - made.quantity, orders=allowed.orders - 1)
    draft.orders[name] = replace(made, state=state)


def _they_saw_it_leave(draft: Draft, act: Act, receipt: Receipt, *, doubted: bool) -> None:
    """Keeper and verifier, who is a witness of the lot and neither keeper nor holder; the lot's quorum if `doubted`."""
    act.signed_by(2 + len(act["places"]))
    lot = stock.opened(draft, receipt.lot)
    keeper = lot.keeper
    act.must_sign(0, keeper)
    verifier = act.signer(1, KeyRole.VERIFIER)
    independent(verifier.organisation, keeper.organisation, receipt.holder.organisation)
    if not lot.has_witness(verifier):
        raise Refused("PledgesNotAWitness", verifier.organisation.hex())
    stock.must_witness(lot, act, needed=doubted, first=2)


def _leave(draft: Draft, act: Act, receipt: Receipt, kept: int, *, ordered: int) -> None:
    """Face and pledge shrink by what went of what was ordered; of the pledge no more goes than of the face."""
    charge = replace(receipt.charge, pledged=kept) if kept else FREE
    charging.reduce(draft, act, act["receipt"], charge, ordered=ordered)
    if charge == FREE:
        unlock(draft, receipt)


def _in_time(act: Act, until: int) -> None:
    """Goods are told of after they have left, and not long after they might."""
    if act["leftAt"] > act.time:
        raise Refused("PledgesNotYet", f"it left at {act['leftAt']}")
    if act.time > act["leftAt"] + GRACE_S:
        raise Refused("PledgesOrderTooLate", f"the last second was {until}")


def _must_be_fresh(draft: Draft, receipt: Receipt, moment: int) -> None:
    lot = draft.lots[receipt.lot]
    if not lot.fresh(moment):
        raise Refused("PledgesStale", f"attested as of {lot.attested_at}")


RULES = {
    "Order": order,
    "CancelOrder": cancel_order,
    "Execute": execute,
    "SetFloor": set_floor,
    "ExecuteDynamic": execute_dynamic,
}
