"""What holds in every book, whatever was done. A reader runs this over the book that it rebuilt.

I1: every gram in a lot was weighed in. I2: receipts are over no more than is in the lot, or it is short. I3: a slot
holds one bulk lot, or serialised ones. I5: a gram is pledged once, and a trade financed by one lender. I15: holds are
there once. I22: leaves of a voucher add up to what was accepted, and an invoice is in one voucher. What must not change
from one book to the next stands in transitions.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import FREE, Encumbrance, LeafCharge, LeafState, Receipt, Use


def broken(book: Book) -> list[str]:
    """Everything that does not hold, in words that begin with the invariant's number; none where all is well."""
    return [*_lots(book), *_receipts(book), *_pledges(book), *_slots(book), *_trades(book), *_vouchers(book)]


def _lots(book: Book) -> Iterator[str]:
    receipts: dict[bytes, list[Receipt]] = defaultdict(list)
    for receipt in book.receipts.values():
        if receipt.live:
            receipts[receipt.lot].append(receipt)
    came: dict[bytes, int] = defaultdict(int)
    for weighing in book.weighings.values():
        if weighing.use is Use.IN:
            came[weighing.lot] += weighing.quantity
    for name, lot in book.lots.items():
        called = f"lot {name.hex()}"
        if (lot.face, lot.receipts) != (sum(one.quantity for one in receipts[name]), len(receipts[name])):
            yield f"I2: {called} counts {lot.face} g in {lot.receipts} receipts, which say otherwise"
        if lot.face > lot.weighed and not lot.short:
            yield f"I2: {called} has receipts over {lot.face} g of {lot.weighed} g and is not short"
        if lot.weighed > lot.face + lot.deposited:
            yield f"I2: {called} has {lot.weighed} g, of which {lot.face} g in receipts and {lot.deposited} g in none"
        # `weighed_ever` begins anew when a shortage is shared.
        if max(lot.weighed_ever, lot.weighed) > came[name]:
            yield f"I1: {called} counts {lot.weighed_ever} g that came in, its weighings say {came[name]} g"
        pledged: dict[bytes, int] = defaultdict(int)
        for one in receipts[name]:
            if one.charge.lender is not None and one.charge.pledged:
                pledged[one.charge.lender.organisation] += one.charge.pledged
        stakes = {stake.lender.organisation: stake.pledged for stake in lot.stakes}
        if stakes != pledged or lot.pledged != sum(pledged.values()):
            yield f"I5: {called} counts {lot.pledged} g pledged, its receipts say otherwise"
        if not lot.lower <= lot.estimate <= lot.upper:
            yield f"I2: {called} is attested out of its bounds"


def _receipts(book: Book) -> Iterator[str]:
    for number, receipt in book.receipts.items():
        charge, called = receipt.charge, f"receipt {number.hex()}"
        if charge.pledged > receipt.quantity and receipt.live:
            yield f"I5: {called} pledges more than its face"
        if (charge.stage is Encumbrance.FREE) != (charge == FREE) or (charge.lender is None) != (charge == FREE):
            yield f"I5: {called} is free and encumbered at once"
        if charge.stage <= Encumbrance.OFFERED and charge.pledged:
            yield f"I5: {called} is pledged before a lender has accepted"
        if receipt.live and charge.stage > Encumbrance.OFFERED and not charge.pledged:
            yield f"I5: {called} is encumbered by a pledge of nothing"
        if receipt.live and receipt.quantity == 0:
            yield f"I2: {called} is title to nothing"
        if len({one.hold for one in receipt.holds}) < len(receipt.holds):
            yield f"I15: {called} has one hold twice"


def _pledges(book: Book) -> Iterator[str]:
    outstanding: dict[bytes, int] = defaultdict(int)
    for receipt in book.receipts.values():
        if receipt.live:
            outstanding[receipt.charge.pledge] += receipt.charge.pledged
    for name, pledge in book.pledges.items():
        if pledge.outstanding != outstanding[name]:
            yield f"I5: pledge {name.hex()} counts {pledge.outstanding} g, its receipts {outstanding[name]} g"


def _slots(book: Book) -> Iterator[str]:
    bulk: dict[bytes, int] = defaultdict(int)
    serialised: dict[bytes, int] = defaultdict(int)
    for lot in book.lots.values():
        if lot.open:
            (serialised if lot.serialised else bulk)[lot.slot] += 1
    for name, slot in book.slots.items():
        if bulk[name] != (slot.bulk != bytes(32)) or serialised[name] != slot.serialised:
            yield f"I3: slot {name.hex()} does not count the lots that lie in it"
        if bulk[name] + min(serialised[name], 1) > 1 or (not slot.living and not slot.empty):
            yield f"I3: slot {name.hex()} holds what it must not"


def _trades(book: Book) -> Iterator[str]:
    for number, receipt in book.receipts.items():
        charge = receipt.charge
        if (
            not receipt.live
            or receipt.trade == bytes(32)
            or charge.stage <= Encumbrance.OFFERED
            or charge.lender is None
        ):
            continue
        trade = book.trades[receipt.trade]
        if trade.lender != charge.lender.organisation or ("Pledges", charge.pledge) not in trade.pieces:
            yield f"I5: receipt {number.hex()} is pledged to another than who finances its trade"
    for name, trade in book.trades.items():
        if bool(trade.pieces) != (trade.lender != bytes(32)):
            yield f"I5: trade {name.hex()} has a lender and nothing financed, or the other way round"


def _vouchers(book: Book) -> Iterator[str]:
    faces: dict[bytes, int] = defaultdict(int)
    for number, leaf in book.vouchers.items():
        if leaf.state is not LeafState.SPLIT:
            faces[leaf.root] += leaf.face
        if (leaf.charge is LeafCharge.FREE) != (leaf.lender is None):
            yield f"I22: voucher {number.hex()} is free and encumbered at once"
    for name, root in book.roots.items():
        if faces[name] != root.face or root.living + root.redeemed != root.face:
            yield f"I22: leaves of voucher {name.hex()} add up to {faces[name]} fen of {root.face} fen"
        if any(book.invoices.get(invoice) != name for invoice in root.invoices):
            yield f"I22: an invoice of voucher {name.hex()} stands in another"
