"""What parties may try next: for each kind of operation one that the book lets through, mostly, and who signs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import (
    NONE,
    Allowed,
    Encumbrance,
    Lot,
    OrderState,
    Party,
    Receipt,
    Slot,
)
from tally_chain.receipts.rules.voucher_records import LeafCharge, LeafState, Voucher
from tally_chain.registry.roles import KeyRole
from tests.chain.receipts.dice import Dice
from tests.chain.receipts.world import SITE, START, Who, World, organisation, who

R = KeyRole
DAY = 86_400
E = Encumbrance
TRADERS = tuple(organisation(f"trader {one}") for one in "abc")
BANKS = tuple(organisation(f"bank {one}") for one in "ab")
KEEPERS = tuple(organisation(f"warehouse {one}") for one in "ab")
INSPECTOR = (organisation("inspector"), R.INSPECTOR)
VERIFIER = (organisation("verifier"), R.VERIFIER)
COURT = (organisation("court"), R.COURT_LIAISON)
AUCTIONEER = (organisation("auctioneer"), R.AUCTIONEER)
REGISTRAR = (organisation("registrar"), R.REGISTRY_ADMIN)


@dataclass(frozen=True)
class Move:
    kind: str
    values: dict[str, Any]
    signers: list[Who]


Maker = Callable[["Moves"], "Move | None"]
_MAKERS: dict[str, Maker] = {}


def _move(maker: Maker) -> Maker:
    _MAKERS[maker.__name__.strip("_")] = maker
    return maker


class Moves:
    """The next move of somebody, by dice."""

    def __init__(self, world: World, dice: Dice) -> None:
        self.world, self.dice = world, dice
        self._made = 0

    @property
    def book(self) -> Book:
        return self.world.book

    @property
    def now(self) -> int:
        return self.world.time

    def make(self, name: str) -> Move | None:
        return _MAKERS[name](self)

    def fresh(self, what: str) -> bytes:
        self._made += 1
        return hashlib.sha256(f"{what} {self._made} {self.world.block}".encode()).digest()

    def late(self) -> int:
        """Some second that is not over for long."""
        return self.now + self.dice.number(1, 200) * DAY

    def one_in(self, many: int) -> bool:
        return self.dice.number(1, many) == many

    def some_of(self, quantity: int) -> int:
        """Mostly a part of it, sometimes all."""
        return quantity if quantity <= 1 or self.one_in(4) else self.dice.number(1, quantity)

    def trader(self) -> bytes:
        return self.dice.pick(TRADERS)

    def lots(self, *, fresh: bool = True) -> list[tuple[bytes, Lot]]:
        book = self.book
        found = [(name, lot) for name, lot in book.lots.items() if lot.open]
        return [one for one in found if not fresh or (one[1].fresh(self.now) and not one[1].short)] or found

    def receipts(self, *stages: Encumbrance) -> list[tuple[bytes, Receipt]]:
        found = [(name, one) for name, one in self.book.receipts.items() if one.live]
        return [one for one in found if not stages or one[1].charge.stage in stages]

    def receipt(self, *stages: Encumbrance) -> tuple[bytes, Receipt] | None:
        """Mostly one that nothing holds."""
        found = self.receipts(*stages)
        loose = [
            one
            for one in found
            if not one[1].holds and not self.book.lots[one[1].lot].short and one[1].holder.role is R.HOLDER
        ]
        if loose and not self.one_in(8):
            found = loose
        return self.dice.pick(found) if found else None

    def keeper(self, receipt: Receipt) -> Party:
        return self.book.lots[receipt.lot].keeper

    def lender(self, receipt: Receipt) -> Party:
        return receipt.charge.lender or Party(BANKS[0], 0, R.LENDER)

    def consenting(self, receipt: Receipt) -> list[Who]:
        lenders = [] if receipt.charge.lender is None else [who(receipt.charge.lender)]
        return [who(receipt.holder), who(self.keeper(receipt)), *lenders]

    def going_out(self, lot: Lot) -> dict[str, Any]:
        brought = {serial: self.book.weighings.get(evidence) for serial, evidence in self.book.serials.items()}
        here = [(serial, one) for serial, one in brought.items() if one and self.book.lots.get(one.lot) is lot]
        left = {"evidence": (self.fresh("ticket"),), "serials": ()}
        if not (lot.serialised and here):
            return left
        serial, weighing = self.dice.pick(here)
        quantity = {} if self.one_in(8) else {"quantity": weighing.quantity}
        return {**left, "serials": (serial,), **quantity}

    def left(self) -> int:
        """When goods have left: mostly just now."""
        return self.now + self.dice.pick((0, 0, 0, -DAY, 1))

    def over(self, receipt: tuple[bytes, Receipt], **values: Any) -> dict[str, Any]:
        return {"receipt": receipt[0], "head": receipt[1].head, "deadline": self.late(), **values}

    def since(self) -> int:
        return self.world.known if not self.one_in(8) else self.world.block - 1


def kinds() -> Iterator[str]:
    yield from _MAKERS


@_move
def add_slot(m: Moves) -> Move | None:
    site = m.book.sites[SITE]
    if len(site.slots) > 5 and not m.one_in(4):
        return None
    x, y = m.dice.number(0, 4) * 200, m.dice.number(0, 4) * 200
    wide = m.dice.pick((200, 200, 200, 250, 400))
    outline = ((x, y), (x + wide, y), (x + wide, y + 200), (x, y + 200))
    if m.one_in(3):
        outline = outline[:3]
    bottom = m.dice.pick((0, 0, 5000))
    values = {"outline": outline, "bottom": bottom, "top": bottom + 5000, "plan": m.fresh("plan")}
    common = {"site": SITE, "head": site.head, "deadline": m.late()}
    return Move("AddSlot", {**common, **values}, [who(site.owner)])


def _slot(m: Moves, *, empty: bool = True) -> tuple[bytes, Slot] | None:
    found = [(name, slot) for name, slot in m.book.slots.items() if slot.living and slot.empty is empty]
    if m.one_in(8):
        found = list(m.book.slots.items())
    return m.dice.pick(found) if found else None


@_move
def assign_keeper(m: Moves) -> Move | None:
    found = _slot(m)
    if found is None or (found[1].keeper is not None and not m.one_in(4)):
        return None
    keeper = m.dice.pick(KEEPERS)
    since = {"keeperSince": m.since(), "deadline": m.late()}
    values = {"slot": found[0], "head": found[1].head, "keeper": keeper, **since}
    return Move("AssignKeeper", values, [_owner(), who((keeper, R.KEEPER))])


def _owner() -> Who:
    return organisation("owner"), R.SITE_OWNER, 0


@_move
def dismiss_or_retire(m: Moves) -> Move | None:
    found = _slot(m)
    if found is None or not m.one_in(4):
        return None
    kind = m.dice.pick(("DismissKeeper", "RetireSlot"))
    return Move(kind, {"slot": found[0], "head": found[1].head, "deadline": m.late()}, [_owner()])


@_move
def open_lot(m: Moves) -> Move | None:
    found = _slot(m)
    if found is None or found[1].keeper is None:
        return None
    keeper = found[1].keeper
    witnesses = (INSPECTOR[0], VERIFIER[0], keeper.organisation, BANKS[0])[: m.dice.number(2, 4)]
    roles = (R.INSPECTOR, R.VERIFIER, R.KEEPER, R.LENDER)[: len(witnesses)]
    values = {
        "slot": found[0],
        "head": found[1].head,
        "goods": m.fresh("goods"),
        "serialised": m.one_in(4),
        "allowancePpm": m.dice.pick((0, 1000, 50_000, 50_001)),
        "maxAgeSeconds": m.dice.pick((DAY, 10 * DAY, 30 * DAY)),
        "witnesses": witnesses,
        "roles": tuple(int(role) for role in roles),
        "quorum": m.dice.pick((2, 2, 2, 1, len(witnesses))),
        "deadline": m.late(),
    }
    return Move("OpenLot", values, [who(keeper)])


@_move
def record_inbound(m: Moves) -> Move | None:
    found = [one for one in m.book.lots.items() if one[1].open]
    if not found:
        return None
    name, lot = m.dice.pick(found)
    many = m.dice.number(1, 3)
    weighings = tuple((m.fresh("ticket"), m.dice.number(1, 40) * 1_000_000) for _ in range(many))
    if m.one_in(8) and m.book.weighings:
        weighings = ((m.dice.pick(list(m.book.weighings)), 1_000), *weighings[1:])
    serials = tuple(m.fresh("serial") for _ in range(many)) if lot.serialised else ()
    if serials and m.book.serials and m.one_in(4):
        serials = (m.dice.pick(list(m.book.serials)), *serials[1:])
    depositor = m.trader()
    values = {
        "lot": name,
        "head": lot.head,
        "depositor": depositor,
        "weighings": weighings,
        "serials": serials,
        "weighedAt": m.now - m.dice.pick((0, 0, 0, 600, 600, DAY, DAY, 8 * DAY, -1)),
        "deadline": m.late(),
    }
    third = m.dice.pick((VERIFIER, INSPECTOR))
    return Move("RecordInbound", values, [who(lot.keeper), who(third), who((depositor, R.HOLDER))])


@_move
def void_weighing(m: Moves) -> Move | None:
    found = [(name, one) for name, one in m.book.weighings.items() if one.depositor and m.book.lots[one.lot].open]
    if not found or not m.one_in(3):
        return None
    name, weighing = m.dice.pick(found)
    lot = m.book.lots[weighing.lot]
    values = {
        "lot": weighing.lot,
        "head": lot.head,
        "evidence": name,
        "reason": m.fresh("why"),
        "deadline": m.late(),
    }
    assert weighing.depositor is not None
    lenders = [who(stake.lender) for stake in lot.stakes]
    return Move("VoidWeighing", values, [who(lot.keeper), who(weighing.depositor), *lenders])


@_move
def attest(m: Moves) -> Move | None:
    found = [one for one in m.book.lots.items() if one[1].open]
    stale = [one for one in found if one[1].short or not one[1].fresh(m.now)]
    if stale and not m.one_in(3):
        found = stale
    if not found:
        return None
    name, lot = m.dice.pick(found)
    estimate = lot.weighed
    if m.one_in(6):
        estimate = estimate * m.dice.number(0, 110) // 100
    spread = estimate // m.dice.pick((1000, 200, 50))
    places = _places(m, lot)
    values = {
        "lot": name,
        "head": lot.head,
        "estimate": estimate,
        "lower": estimate - spread,
        "upper": estimate + spread,
        "asOf": max(lot.attested_at + 1, lot.moved_at * (not m.one_in(8)), m.now - m.dice.number(0, 3) * 600),
        "short": m.one_in(12),
        "evidenceRoot": m.fresh("root"),
        "policy": m.fresh("policy"),
        "places": places,
        "deadline": m.late(),
    }
    return Move("Attest", values, _witnesses(lot, places))


def _apart(m: Moves, lot: Lot) -> tuple[int, ...]:
    """A quorum without the keeper, mostly."""
    others = [at for at, one in enumerate(lot.witnesses) if one.organisation != lot.keeper.organisation]
    return tuple(others[: lot.quorum]) if not m.one_in(8) else _places(m, lot)


def _places(m: Moves, lot: Lot) -> tuple[int, ...]:
    first = m.dice.number(0, len(lot.witnesses) - lot.quorum)
    return tuple(range(first, first + lot.quorum))


def _witnesses(lot: Lot, places: tuple[int, ...]) -> list[Who]:
    return [(lot.witnesses[one].organisation, lot.witnesses[one].role, 0) for one in places]


@_move
def apportion(m: Moves) -> Move | None:
    found = [one for one in m.book.lots.items() if one[1].open and one[1].short]
    if not found:
        return None
    name, lot = m.dice.pick(found)
    places = _apart(m, lot)
    receipts = sorted(number for number, one in m.book.receipts.items() if one.live and one.lot == name)
    depositors = sorted(lot.deposits)
    if lot.estimate >= lot.face + lot.deposited:
        receipts, depositors = [], []
    if receipts and m.one_in(6):
        receipts = m.dice.pick((receipts[1:], receipts[::-1], [*receipts[:-1], receipts[0]]))
    if depositors and m.one_in(6):
        depositors = m.dice.pick((depositors[1:], depositors[::-1], [*depositors[:-1], depositors[0]]))
    values = {
        "lot": name,
        "head": lot.head,
        "receipts": tuple(receipts),
        "depositors": tuple(depositors),
        "reason": m.fresh("why"),
        "places": places,
        "deadline": m.late(),
    }
    court = m.one_in(6)
    lenders = [who(COURT) if court else who(stake.lender) for stake in lot.stakes]
    return Move("Apportion", values, [who(lot.keeper), *_witnesses(lot, places), *lenders])


@_move
def close_lot(m: Moves) -> Move | None:
    found = [one for one in m.book.lots.items() if one[1].open and not one[1].receipts]
    if not found or not m.one_in(6):
        return None
    name, lot = m.dice.pick(found)
    places = _apart(m, lot) if lot.weighed or lot.deposits else ()
    depositors = tuple(sorted(lot.deposits))
    values = {"lot": name, "head": lot.head, "depositors": depositors, "places": places, "deadline": m.late()}
    parties = [who(COURT) if m.one_in(4) else who((one, R.HOLDER)) for one in depositors]
    return Move("CloseLot", values, [who(lot.keeper), *_witnesses(lot, places), *parties])


@_move
def succeed_keeper(m: Moves) -> Move | None:
    found = m.lots(fresh=False)
    if not found or not m.one_in(6):
        return None
    name, lot = m.dice.pick(found)
    keeper = m.dice.pick(KEEPERS)
    receipts = sorted(number for number, one in m.book.receipts.items() if one.live and one.lot == name)
    if receipts and m.one_in(6):
        receipts = m.dice.pick((receipts[1:], receipts[::-1], [*receipts[:-1], m.fresh("receipt")]))
    witnesses = (INSPECTOR[0], VERIFIER[0], keeper)
    values = {
        "lot": name,
        "head": lot.head,
        "keeper": keeper,
        "keeperSince": m.since(),
        "receipts": tuple(receipts),
        "witnesses": witnesses,
        "roles": (int(R.INSPECTOR), int(R.VERIFIER), int(R.KEEPER)),
        "quorum": 2,
        "judgment": m.fresh("judgment"),
        "deadline": m.late(),
    }
    return Move("SucceedKeeper", values, [who(COURT), who((keeper, R.KEEPER))])


@_move
def issue(m: Moves) -> Move | None:
    found = [one for one in m.lots() if one[1].weighed > one[1].face] or m.lots()
    if not found or len(m.receipts()) > 24:
        return None
    name, lot = m.dice.pick(found)
    deposits = [(depositor, has.quantity) for depositor, has in lot.deposits.items()]
    holder, most = m.dice.pick(deposits) if deposits and not m.one_in(8) else (m.trader(), lot.weighed - lot.face)
    quantity = m.some_of(most) if most > 0 else 1
    own = [name for name, one in m.book.trades.items() if holder in (one.seller.organisation, one.buyer.organisation)]
    trades = [NONE, *(own or m.book.trades)] if not m.one_in(12) else [m.fresh("trade"), *m.book.trades]
    values = {
        "number": m.fresh("number") if not m.one_in(12) or not m.book.receipts else m.dice.pick(list(m.book.receipts)),
        "lot": name,
        "lotHead": lot.head,
        "holder": holder,
        "holderSince": m.since(),
        "quantity": quantity + m.one_in(12),
        "until": m.late(),
        "document": m.fresh("document"),
        "trade": m.dice.pick(trades),
        "deadline": m.late(),
    }
    return Move("Issue", values, [who(lot.keeper), who((holder, R.HOLDER)), who(INSPECTOR)])


@_move
def endorse(m: Moves) -> Move | None:
    found = m.receipt(E.FREE) if not m.one_in(6) else m.receipt()
    if found is None:
        return None
    to = m.dice.pick((*TRADERS, KEEPERS[0]))
    values = m.over(found, to=to, toSince=m.since())
    return Move("Endorse", values, [who(found[1].holder), who(m.keeper(found[1])), who((to, R.HOLDER))])


@_move
def surrender_or_cancel(m: Moves) -> Move | None:
    surrendered = [one for one in m.receipts() if one[1].holder.role is R.KEEPER]
    if surrendered:
        found = m.dice.pick(surrendered)
        return Move("Cancel", m.over(found), [who(found[1].holder)])
    maybe = m.receipt(E.FREE)
    if maybe is None or not m.one_in(3):
        return None
    return Move("Surrender", m.over(maybe), [who(maybe[1].holder), who(m.keeper(maybe[1]))])


@_move
def deliver(m: Moves) -> Move | None:
    held = [one for one in m.receipts(E.FREE) if one[1].holds]
    found = m.dice.pick(held) if held and m.one_in(3) else m.receipt(E.FREE)
    if found is None:
        return None
    receipt = found[1]
    lot = m.book.lots[receipt.lot]
    given = {"quantity": m.some_of(receipt.quantity), "last": m.one_in(6), **_when(m, receipt)}
    values = m.over(found, **{**given, **m.going_out(lot)})
    if lot.serialised and m.one_in(3):
        values |= {"quantity": receipt.quantity, "places": _apart(m, lot)}
    signers = [who(receipt.holder), who(lot.keeper), who(VERIFIER), *_witnesses(lot, values["places"])]
    return Move("Deliver", values, signers)


@_move
def split(m: Moves) -> Move | None:
    found = m.receipt(E.FREE, E.REGISTERED)
    if found is None or len(m.receipts()) > 16:
        return None
    receipt, many = found[1], m.dice.number(2, 3)
    quantities, pledged = [], []
    left, left_pledged = receipt.quantity, receipt.charge.pledged
    for _ in range(many - 1):
        part = m.dice.number(0, left)
        of_it = min(part, m.dice.number(0, left_pledged))
        quantities.append(part)
        pledged.append(of_it)
        left, left_pledged = left - part, left_pledged - of_it
    quantities.append(left + m.one_in(12))
    pledged.append(left_pledged)
    values = m.over(
        found,
        numbers=tuple(m.fresh("number") for _ in range(many)),
        quantities=tuple(quantities),
        pledged=tuple(pledged),
        documents=tuple(m.fresh("document") for _ in range(many)),
    )
    return Move("Split", values, m.consenting(receipt))


@_move
def merge(m: Moves) -> Move | None:
    found = m.receipt(E.FREE, E.REGISTERED)
    if found is None:
        return None
    first = found[1]
    alike = [
        one
        for one in m.receipts(E.FREE, E.REGISTERED)
        if one[0] != found[0]
        and (m.one_in(12) or (one[1].lot, one[1].charge.pledge) == (first.lot, first.charge.pledge))
        and (m.one_in(12) or (one[1].holder.organisation, one[1].until) == (first.holder.organisation, first.until))
    ]
    if not alike:
        return None
    others = [found, m.dice.pick(alike)]
    values = {
        "receipts": tuple(one[0] for one in others),
        "heads": tuple(one[1].head for one in others),
        "number": m.fresh("number"),
        "document": m.fresh("document"),
        "deadline": m.late(),
    }
    oldest = min((one[1] for one in others), key=lambda one: one.holder.since)
    return Move("Merge", values, [who(oldest.holder), *m.consenting(first)[1:]])


@_move
def amend_or_replace(m: Moves) -> Move | None:
    found = m.receipt(E.FREE, E.REGISTERED)
    if found is None:
        return None
    receipt = found[1]
    if m.one_in(2):
        values = m.over(found, number=m.fresh("number"), document=m.fresh("document"))
        return Move("Replace", values, m.consenting(receipt))
    quantity = receipt.quantity - m.dice.pick((0, 0, 1000, m.some_of(receipt.quantity)))
    values = m.over(found, quantity=max(0, quantity), document=m.fresh("document"))
    return Move("Amend", values, m.consenting(receipt))


@_move
def replace_lost(m: Moves) -> Move | None:
    lost = [one for one in m.receipts() if any(hold.kind is HoldKind.LOST for hold in one[1].holds)]
    if not lost:
        return None
    found = m.dice.pick(lost)
    holder = m.trader()
    values = m.over(found, number=m.fresh("number"), document=m.fresh("document"), holder=holder, holderSince=m.since())
    return Move("ReplaceLost", values, [who(m.keeper(found[1])), who(COURT), who((holder, R.HOLDER))])


@_move
def hold(m: Moves) -> Move | None:
    found = m.receipt()
    if found is None or not m.one_in(3):
        return None
    receipt = found[1]
    choices: list[tuple[HoldKind, Party | tuple[bytes, KeyRole]]] = [
        (HoldKind.DISPUTE, receipt.holder),
        (HoldKind.DISPUTE, m.keeper(receipt)),
        (HoldKind.DISPUTE, m.lender(receipt)),
        (HoldKind.COURT, COURT),
        (HoldKind.SEAL, INSPECTOR),
        (HoldKind.SEAL, VERIFIER),
        (HoldKind.LOST, receipt.holder),
        (HoldKind.LOST, receipt.holder),
        (HoldKind.LOST, COURT),
        (HoldKind.INSURANCE, m.lender(receipt)),
        (HoldKind.COURT, receipt.holder),
        (HoldKind.SEAL, m.keeper(receipt)),
    ]
    kind, setter = m.dice.pick(choices)
    role = setter.role if isinstance(setter, Party) else setter[1]
    quantity = m.dice.pick((0, m.some_of(receipt.quantity)))
    reason = m.fresh("why") if not m.one_in(3) else b"the same".ljust(32)
    values = m.over(found, kind=int(kind), role=int(role), quantity=quantity, reason=reason)
    return Move("Hold", values, [who(setter)])


@_move
def lift(m: Moves) -> Move | None:
    held = [one for one in m.receipts() if one[1].holds]
    if not held:
        return None
    found = m.dice.pick(held)
    one = m.dice.pick(found[1].holds)
    if one.kind is HoldKind.LOST and not m.one_in(4):
        return None
    by: Party | tuple[bytes, KeyRole] = one.setter
    if m.one_in(4):
        by = m.dice.pick((COURT, found[1].holder))
    role = by.role if isinstance(by, Party) else by[1]
    values = m.over(found, hold=one.hold, role=int(role), reason=m.fresh("why"))
    return Move("Lift", values, [who(by)])


@_move
def offer(m: Moves) -> Move | None:
    found = m.receipt(E.FREE) if not m.one_in(6) else m.receipt()
    if found is None:
        return None
    receipt, bank = found[1], m.dice.pick(BANKS)
    values = m.over(
        found,
        lender=bank,
        lenderSince=m.since(),
        quantity=m.some_of(receipt.quantity),
        terms=m.fresh("terms"),
        until=m.late(),
        maturity=m.late(),
    )
    return Move("Offer", values, [who(receipt.holder), who(m.keeper(receipt))])


@_move
def withdraw(m: Moves) -> Move | None:
    found = m.receipt(E.OFFERED, E.ACCEPTED)
    if found is None or not m.one_in(6):
        return None
    by = m.dice.pick((found[1].holder, m.lender(found[1])))
    return Move("Withdraw", m.over(found, role=int(by.role)), [who(by)])


@_move
def accept(m: Moves) -> Move | None:
    found = m.receipt(E.OFFERED) if not m.one_in(8) else m.receipt()
    if found is None:
        return None
    digests = {one: m.fresh(one) for one in ("ownership", "valuation", "search")}
    if m.one_in(12):
        digests["search"] = NONE
    return Move("Accept", m.over(found, **digests), [who(m.lender(found[1]))])


@_move
def register(m: Moves) -> Move | None:
    found = m.receipt(E.ACCEPTED)
    if found is None:
        return None
    values = m.over(found, filing=m.fresh("filing"), search=m.fresh("search"))
    return Move("Register", values, [who(m.lender(found[1]))])


def _pledged(m: Moves) -> tuple[bytes, Receipt] | None:
    return m.receipt(E.REGISTERED, E.MARGIN_CALL)


@_move
def release(m: Moves) -> Move | None:
    found = _pledged(m)
    if found is None or not m.one_in(3):
        return None
    lender = m.lender(found[1])
    values = m.over(found, quantity=m.some_of(found[1].charge.pledged), computation=m.fresh("computation"))
    return Move("Release", values, [who(lender), who(lender, 1 - m.one_in(8))])


@_move
def order(m: Moves) -> Move | None:
    found = _pledged(m)
    if found is None:
        return None
    lender = m.lender(found[1])
    values = m.over(
        found,
        quantity=m.some_of(found[1].charge.pledged),
        picker=m.fresh("picker"),
        **{"from": m.now + m.dice.pick((0, 0, DAY))},
        until=m.now + m.dice.number(1, 3) * DAY,
        computation=m.fresh("computation"),
    )
    return Move("Order", values, [who(lender), who(lender, 1 - m.one_in(8)), who(found[1].holder)])


@_move
def cancel_or_execute(m: Moves) -> Move | None:
    orders = [(name, one) for name, one in m.book.orders.items() if one.state is OrderState.OPEN or m.one_in(12)]
    current = [one for one in orders if m.book.receipts[one[1].receipt].charge.pledge == one[1].pledge]
    if current and not m.one_in(8):
        orders = current
    if not orders:
        return None
    name, made = m.dice.pick(orders)
    receipt = m.book.receipts[made.receipt]
    lot = m.book.lots[receipt.lot]
    if m.one_in(5):
        return Move("CancelOrder", m.over((made.receipt, receipt), order=name), [who(m.lender(receipt))])
    quantity = made.quantity if not m.one_in(3) else m.dice.number(1, made.quantity * 2)
    picker = made.picker if not m.one_in(12) else m.fresh("picker")
    beyond = quantity > min(made.quantity, receipt.quantity)
    given = {"order": name, "quantity": quantity, "picker": picker, **_when(m, receipt, doubted=beyond)}
    values = m.over((made.receipt, receipt), **{**given, **m.going_out(lot)})
    return Move("Execute", values, [who(lot.keeper), who(VERIFIER), *_witnesses(lot, values["places"])])


def _when(m: Moves, receipt: Receipt, *, doubted: bool = False) -> dict[str, Any]:
    """When goods left, and who says so where something stands that began later, or it is `doubted`."""
    lot, left_at = m.book.lots[receipt.lot], m.left()
    began = [one.time for one in receipt.holds] + [lot.short_since] * lot.short
    if began and not m.one_in(4):
        left_at = min(began) - m.dice.number(0, 2)
    doubted = doubted or any(one > left_at for one in began)
    return {"leftAt": left_at, "places": _apart(m, lot) if doubted != m.one_in(12) else ()}


@_move
def set_floor(m: Moves) -> Move | None:
    found = m.receipt(E.REGISTERED) if not m.one_in(4) else m.receipt(E.MARGIN_CALL, E.DEFAULT)
    if found is None:
        return None
    number, receipt = found
    stands = m.book.allowed.get(receipt.charge.pledge + number, Allowed())
    floor = m.dice.pick((0, m.some_of(receipt.charge.pledged), receipt.charge.pledged // 2, stands.floor + m.one_in(2)))
    until = min(m.late(), stands.floor_until) if stands.floor and m.one_in(2) else m.late()
    lender = m.lender(receipt)
    alone = floor == 0 or (0 < stands.floor <= floor and until <= stands.floor_until)
    holder = [] if alone != m.one_in(12) else [who(receipt.holder)]
    return Move("SetFloor", m.over(found, floor=floor, until=until), [who(lender), who(lender, 1), *holder])


@_move
def execute_dynamic(m: Moves) -> Move | None:
    floored = [
        (key[32:], m.book.receipts[key[32:]])
        for key, one in m.book.allowed.items()
        if one.floors and m.book.receipts[key[32:]].charge.pledge == key[:32]
    ]
    found = m.dice.pick(floored) if floored and not m.one_in(8) else m.receipt(E.REGISTERED)
    if found is None:
        return None
    receipt = found[1]
    lot = m.book.lots[receipt.lot]
    given = {"quantity": max(1, receipt.quantity // m.dice.number(2, 20)), **_when(m, receipt)}
    floors = m.book.allowed.get(receipt.charge.pledge + found[0], Allowed()).floors
    if len(floors) > 1 and m.one_in(2):
        given = {**given, "leftAt": floors[-1].since - 1, "places": _places(m, lot)}
    values = m.over(found, **{**given, **m.going_out(lot)})
    return Move("ExecuteDynamic", values, [who(lot.keeper), who(VERIFIER), *_witnesses(lot, values["places"])])


@_move
def substitute(m: Moves) -> Move | None:
    found = _pledged(m)
    if found is None:
        return None
    old = found[1]
    free = m.receipts(E.FREE)
    free = [one for one in free if one[1].holder.organisation == old.holder.organisation or m.one_in(8)]
    if not free:
        return None
    name, new = m.dice.pick(free)
    values = m.over(
        found,
        **{"with": name},
        withHead=new.head,
        quantity=m.some_of(new.quantity),
        filing=m.fresh("filing"),
        computation=m.fresh("computation"),
    )
    lender = m.lender(old)
    signers = [who(old.holder), who(m.keeper(old)), who(lender), who(lender, 1), who(m.keeper(new))]
    return Move("Substitute", values, signers)


@_move
def margin(m: Moves) -> Move | None:
    found = m.receipt(E.REGISTERED, E.MARGIN_CALL)
    if found is None:
        return None
    lender = [who(m.lender(found[1]))]
    if found[1].charge.stage is E.MARGIN_CALL and m.one_in(3):
        return Move("Cure", m.over(found, computation=m.fresh("computation")), lender)
    if found[1].charge.stage is E.REGISTERED and not m.one_in(3):
        until = m.now + DAY * m.dice.pick((1, 1, 2)) - m.dice.pick((0, 0, 1))
        return Move("CallMargin", m.over(found, until=until, computation=m.fresh("computation")), lender)
    return Move("DeclareDefault", m.over(found, reason=m.fresh("why")), lender)


@_move
def enforce_or_settle(m: Moves) -> Move | None:
    marks = [
        (name, one)
        for name, one in m.book.receipts.items()
        if one.charge.stage >= E.DEFAULT or (not one.live and one.charge.stage > E.OFFERED)
    ]
    if not marks:
        return None
    found = m.dice.pick(marks)
    lender = [who(m.lender(found[1]))]
    if m.one_in(8):
        signers = [who(COURT), who(m.keeper(found[1]))]
        return Move("Discharge", m.over(found, judgment=m.fresh("judgment")), signers)
    if not found[1].live or m.one_in(6):
        return Move("Settle", m.over(found, discharge=m.fresh("discharge")), [*lender, who(m.lender(found[1]), 1)])
    until = m.now + 5 * DAY - m.one_in(8)
    values = m.over(found, noticeUntil=until, valuation=m.fresh("valuation"), reserve=m.fresh("reserve"))
    return Move("Enforce", values, lender)


@_move
def sell(m: Moves) -> Move | None:
    found = m.receipt(E.ENFORCING, E.DEFAULT)
    if found is None:
        return None
    receipt, lender = found[1], m.lender(found[1])
    whole = receipt.quantity == receipt.charge.pledged
    if m.one_in(12):
        whole = not whole
    rest = {"rest": NONE, "restDocument": NONE}
    if not whole:
        rest = {"rest": m.fresh("number"), "restDocument": m.fresh("document")}
    taken = m.one_in(3)
    buyer = lender.organisation if taken else m.trader()
    values = m.over(
        found, buyer=buyer, buyerSince=m.since(), waterfall=m.fresh("waterfall"), report=m.fresh("report"), **rest
    )
    keeper, auctioneer = who(m.keeper(receipt)), who(AUCTIONEER)
    if taken:
        signers = [who(lender), who(lender, 1), who(receipt.holder), auctioneer, keeper, who((buyer, R.HOLDER))]
        return Move("TakeOver", values, signers)
    return Move("Sell", values, [who(lender), who(lender, 1), auctioneer, keeper, who((buyer, R.HOLDER))])


@_move
def open_trade(m: Moves) -> Move | None:
    if len(m.book.trades) > 6:
        return None
    seller, buyer = m.trader(), m.trader()
    values = {
        "trade": m.fresh("trade"),
        "seller": seller,
        "sellerSince": m.since(),
        "buyer": buyer,
        "buyerSince": m.since(),
        "terms": m.fresh("terms"),
        "deadline": m.late(),
    }
    return Move("OpenTrade", values, [who((seller, R.HOLDER)), who((buyer, R.HOLDER)), who(REGISTRAR)])


@_move
def finance_or_repay(m: Moves) -> Move | None:
    if not m.book.trades or not m.one_in(2):
        return None
    name, trade = m.dice.pick(list(m.book.trades.items()))
    common = {"trade": name, "head": trade.head, "deadline": m.late()}
    if trade.loan is not None and not m.one_in(6):
        if m.one_in(4):
            borrowers = {party.organisation: party for party in (trade.seller, trade.buyer)}
            values = {**common, "judgment": m.fresh("judgment")}
            return Move("DischargeOrder", values, [who(COURT), who(borrowers[trade.loan.borrower])])
        values = {**common, "discharge": m.fresh("discharge")}
        lender = trade.loan.lender
        return Move("RepayOrder", values, [who(lender), who(lender, 1 - m.one_in(8))])
    borrower, bank = m.dice.pick((trade.seller, trade.buyer)), m.dice.pick(BANKS)
    values = {
        **common,
        "borrower": borrower.organisation,
        "lender": bank,
        "lenderSince": m.since(),
        "terms": m.fresh("terms"),
    }
    return Move("FinanceOrder", values, [who(borrower), who((bank, R.LENDER))])


@_move
def create_voucher(m: Moves) -> Move | None:
    living = [one for one in m.book.vouchers.values() if one.state is LeafState.LIVING]
    if len(living) > 12:
        return None
    supplier, obligor, trade = m.trader(), m.trader(), NONE
    if m.book.trades and m.one_in(2):
        trade, found = m.dice.pick(list(m.book.trades.items()))
        supplier, obligor = found.seller.organisation, found.buyer.organisation
    invoices = (m.fresh("invoice"),)
    if m.book.invoices and m.one_in(8):
        invoices = (m.dice.pick(list(m.book.invoices)),)
    values = {
        "number": m.fresh("voucher"),
        "invoices": invoices,
        "supplier": supplier,
        "supplierSince": m.since(),
        "obligor": obligor,
        "obligorSince": m.since(),
        "face": m.dice.number(1, 10**9),
        "dueAt": m.now + DAY * m.dice.pick((5, 30, 180, 365, 366)),
        "trade": trade,
        "deadline": m.late(),
    }
    return Move("CreateVoucher", values, [who((supplier, R.HOLDER)), who((obligor, R.HOLDER)), who(REGISTRAR)])


def _leaf(m: Moves, *charges: LeafCharge) -> tuple[bytes, Voucher] | None:
    found = [(name, one) for name, one in m.book.vouchers.items() if one.state is LeafState.LIVING or m.one_in(12)]
    found = [one for one in found if not charges or one[1].charge in charges or m.one_in(12)]
    return m.dice.pick(found) if found else None


def _of(m: Moves, leaf: tuple[bytes, Voucher], **values: Any) -> dict[str, Any]:
    return {"number": leaf[0], "head": leaf[1].head, "deadline": m.late(), **values}


def _leaf_lender(leaf: Voucher) -> list[Who]:
    return [who(leaf.lender)] if leaf.lender is not None and leaf.charge is LeafCharge.PLEDGED else []


@_move
def split_voucher(m: Moves) -> Move | None:
    found = _leaf(m, LeafCharge.FREE, LeafCharge.PLEDGED)
    if found is None or len(m.book.vouchers) > 200:
        return None
    part = m.dice.number(0, found[1].face)
    faces = (part, found[1].face - part + m.one_in(12))
    values = _of(m, found, numbers=(m.fresh("voucher"), m.fresh("voucher")), faces=faces)
    return Move("SplitVoucher", values, [who(found[1].holder), *_leaf_lender(found[1])])


@_move
def transfer_voucher(m: Moves) -> Move | None:
    found = _leaf(m, LeafCharge.FREE, LeafCharge.PLEDGED)
    if found is None:
        return None
    to = m.trader()
    values = _of(m, found, to=to, toSince=m.since())
    return Move("TransferVoucher", values, [who(found[1].holder), who((to, R.HOLDER)), *_leaf_lender(found[1])])


@_move
def pledge_voucher(m: Moves) -> Move | None:
    found = _leaf(m)
    if found is None:
        return None
    leaf = found[1]
    lender = leaf.lender or Party(BANKS[0], 0, R.LENDER)
    if leaf.charge is LeafCharge.FREE:
        bank = m.dice.pick(BANKS)
        values = _of(m, found, lender=bank, lenderSince=m.since(), terms=m.fresh("terms"), until=m.late())
        return Move("OfferVoucher", values, [who(leaf.holder)])
    if leaf.charge is LeafCharge.PLEDGED:
        if m.one_in(4):
            judged = _of(m, found, judgment=m.fresh("judgment"))
            return Move("DischargeVoucher", judged, [who(COURT), who(leaf.holder)])
        released = _of(m, found, discharge=m.fresh("discharge"))
        return Move("ReleaseVoucher", released, [who(lender), who(lender, 1 - m.one_in(8))])
    if m.one_in(4):
        by = m.dice.pick((leaf.holder, lender))
        return Move("WithdrawVoucher", _of(m, found, role=int(by.role)), [who(by)])
    values = _of(m, found, filing=m.fresh("filing"), search=m.fresh("search"))
    return Move("AcceptVoucher", values, [who(lender)])


@_move
def dispute_voucher(m: Moves) -> Move | None:
    if not m.book.roots:
        return None
    disputed = [one for one in m.book.roots.items() if one[1].disputes]
    if disputed and not m.one_in(4):
        name, root = m.dice.pick(disputed)
        dispute = m.dice.pick(list(root.disputes))
        by: Party | tuple[bytes, KeyRole] = COURT if m.one_in(3) else root.disputes[dispute].by
        values = {"dispute": dispute}
        kind = "SettleDispute"
    elif m.one_in(3):
        name, root = m.dice.pick(list(m.book.roots.items()))
        leaves = [(number, one) for number, one in m.book.vouchers.items() if one.root == name]
        leaf, held = m.dice.pick(leaves)
        leaf, by = m.dice.pick(((NONE, root.obligor), (NONE, COURT), (leaf, held.holder)))
        values = {"leaf": leaf}
        kind = "DisputeVoucher"
    else:
        return None
    role = by.role if isinstance(by, Party) else by[1]
    reason = m.fresh("why") if not m.one_in(4) else b"the same".ljust(32)
    common = {"root": name, "head": m.book.vouchers[name].head, "reason": reason, "deadline": m.late()}
    return Move(kind, {**common, **values, "role": int(role)}, [who(by)])


@_move
def pay_voucher(m: Moves) -> Move | None:
    found = _leaf(m)
    if found is None or not m.one_in(2):
        return None
    leaf = found[1]
    root = m.book.roots[leaf.root]
    if m.now > root.due_at and m.one_in(2):
        return Move("DishonourVoucher", _of(m, found, reason=m.fresh("why")), [who(leaf.holder)])
    amount = leaf.face - m.one_in(12)
    if leaf.charge is LeafCharge.PLEDGED and leaf.lender is not None and m.one_in(2):
        values = _of(m, found, role=int(R.LENDER), amount=amount, payment=m.fresh("payment"))
        return Move("RedeemVoucher", values, [who(leaf.lender), who(root.obligor), who(leaf.lender, 1)])
    values = _of(m, found, role=int(R.HOLDER), amount=amount, payment=m.fresh("payment"))
    lenders = [one for first in _leaf_lender(leaf) for one in (first, (*first[:2], 1))]
    return Move("RedeemVoucher", values, [who(leaf.holder), who(root.obligor), *lenders])


__all__ = ["START", "Move", "Moves", "kinds"]
