"""What parties of the furnished warehouse do, by name; each says by what it was refused, or nothing."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.records import NONE, Lot, Receipt
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.furnished import (
    AUCTIONEER,
    BANK,
    BANK_TOO,
    TAKER,
    TONNE,
    TRADER,
    VERIFIER,
    VOUCHER,
    Furniture,
    some,
)
from tests.chain.receipts.world import Who

DAY = 86_400
PLEDGED, WHOLE, FREE, OFFERED, SERIALISED = (some(f"receipt {number}") for number in range(5))
WARRANTED = {"waterfall": some("waterfall"), "report": some("report")}


def receipt(make: Furniture, number: bytes) -> Receipt:
    return make.world.book.receipts[number]


def lot_of(make: Furniture, number: bytes) -> Lot:
    return make.world.book.lots[receipt(make, number).lot]


def held(make: Furniture, number: bytes, kind: HoldKind, by: Who, quantity: int = 0) -> str:
    role = by[1]
    return make.on("Hold", number, by, kind=int(kind), role=int(role), quantity=quantity, reason=some("why"))


def out(tag: str = "out", serials: tuple[bytes, ...] = ()) -> dict[str, object]:
    return {"evidence": (some(tag),), "serials": serials}


def delivered(make: Furniture, number: bytes, quantity: int, *witnesses: Who, tag: str = "out", **given: object) -> str:
    by = (TRADER, make.keeper_of(number), VERIFIER, *witnesses)
    said = {"quantity": quantity, "last": False, "leftAt": make.world.time, "places": (), **out(tag)}
    return make.on("Deliver", number, *by, **(said | given))


def endorsed(make: Furniture, number: bytes) -> str:
    by = (TRADER, make.keeper_of(number), TAKER)
    return make.on("Endorse", number, *by, to=TAKER[0], toSince=make.world.known)


def executed(make: Furniture, order: bytes, quantity: int, *witnesses: Who, tag: str = "out", **given: object) -> str:
    """Goods left by an order, as late as its window lets them, unless `leftAt` says when."""
    number = make.world.book.orders[order].receipt
    by = (make.keeper_of(number), VERIFIER, *witnesses)
    left_at = min(make.world.time, make.world.book.orders[order].until)
    said = {"order": order, "quantity": quantity, "picker": some("picker"), "leftAt": left_at, "places": ()}
    return make.on("Execute", number, *by, **(said | given), **out(tag))


def defaulted(make: Furniture, number: bytes) -> None:
    make.on("CallMargin", number, BANK, until=make.world.time + DAY, computation=some("computation"))
    make.world.wait(2 * DAY)
    assert make.on("DeclareDefault", number, BANK, reason=some("why")) == ""


def enforcing(make: Furniture, number: bytes) -> None:
    defaulted(make, number)
    until = make.world.time + 5 * DAY
    assert (
        make.on("Enforce", number, BANK, noticeUntil=until, valuation=some("valuation"), reserve=some("reserve")) == ""
    )


def sold(
    make: Furniture, number: bytes, buyer: Who = TAKER, *, rest: bytes = NONE, auctioneer: Who = AUCTIONEER
) -> str:
    by = (BANK, BANK_TOO, auctioneer, make.keeper_of(number), buyer)
    return make.on(
        "Sell", number, *by, buyer=buyer[0], buyerSince=make.world.known, rest=rest, restDocument=rest, **WARRANTED
    )


def short(make: Furniture, number: bytes = FREE) -> None:
    assert make.attested(receipt(make, number).lot, 20 * TONNE) == ""
    assert lot_of(make, number).short


def released(make: Furniture, number: bytes, quantity: int, second: object) -> str:
    return make.on("Release", number, BANK, second, quantity=quantity, computation=some("computation"))


def margin(make: Furniture, until: int, by: object = BANK) -> str:
    return make.on("CallMargin", WHOLE, by, until=until, computation=some("computation"))


def floored(make: Furniture, number: bytes, tonnes: int, *by: Who, days: int = 1) -> str:
    """A floor, set by both keys of the lender and the holder unless `by` says who signs."""
    until = make.world.time + days * DAY
    return make.on("SetFloor", number, *(by or (BANK, BANK_TOO, TRADER)), floor=tonnes * TONNE, until=until)


def rolled(make: Furniture, number: bytes, quantity: int, *witnesses: Who, tag: str = "out", **given: object) -> str:
    """Goods left above a floor, just now unless `leftAt` says when."""
    by = (make.keeper_of(number), VERIFIER, *witnesses)
    said = {"quantity": quantity, "leftAt": make.world.time, "places": ()}
    return make.on("ExecuteDynamic", number, *by, **(said | given), **out(tag))


def redeemed(make: Furniture, amount: int) -> str:
    head = make.world.book.vouchers[VOUCHER].head
    values = {"role": int(R.HOLDER), "amount": amount, "payment": some("payment")}
    return make.did("RedeemVoucher", TRADER, TAKER, number=VOUCHER, head=head, **values)


def disputed(make: Furniture, role: R, reason: bytes = some("why")) -> str:
    head = make.world.book.vouchers[VOUCHER].head
    values = {"leaf": NONE, "role": int(role), "reason": reason}
    return make.did("DisputeVoucher", TAKER, root=VOUCHER, head=head, **values)
