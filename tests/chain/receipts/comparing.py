"""What the contracts' views say, by name, and whether a book says the same."""

from __future__ import annotations

from typing import Any

from tally_chain.engine.interface import Engine
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import NONE, Allowed, Party, Slot, Voucher
from tally_chain.receipts.views import view


class Views:
    """The contracts of a book, read."""

    def __init__(self, engine: Engine, contracts: dict[str, str]) -> None:
        self.engine, self.contracts = engine, contracts

    def ask(self, contract: str, function: str, *arguments: object) -> Any:
        return view(self.engine, self.contracts[contract], contract, function, *arguments)

    def differences(self, before: Book, after: Book) -> list[str]:
        """Where the contracts say otherwise, of all that is not the same object in both books."""
        found = []
        for table, compare in _COMPARE.items():
            old, new = getattr(before, table), getattr(after, table)
            if new is old:
                continue
            for name, record in new.items():
                if old.get(name) is record:
                    continue
                for field, ours, theirs in compare(self, after, name, record):
                    if ours != theirs:
                        found.append(f"{table} {name.hex()[:8]} {field}: rules {ours}, contract {theirs}")
        return found


Said = list[tuple[str, Any, Any]]


def party(found: Party | None) -> dict[str, Any]:
    if found is None:
        return {"organisation": NONE, "since": 0, "role": 0}
    return {"organisation": found.organisation, "since": found.since, "role": int(found.role)}


def _site(views: Views, book: Book, name: bytes, site: Any) -> Said:
    said = views.ask("Sites", "siteOf", name)
    return [("head", site.head, said["head"]), ("slots", sorted(site.slots), sorted(said["slots"]))]


def _slot(views: Views, book: Book, name: bytes, slot: Slot) -> Said:
    said = views.ask("Sites", "slotOf", name)
    ours = {
        "site": slot.site,
        "keeper": party(slot.keeper),
        "bulkLot": slot.bulk,
        "serialisedLots": slot.serialised,
        "living": slot.living,
        "head": slot.head,
        "bottom": slot.bottom_mm,
        "top": slot.top_mm,
        "plan": slot.plan,
    }
    return _both(ours, said)


def _lot(views: Views, book: Book, name: bytes, lot: Any) -> Said:
    said = views.ask("Lots", "lotOf", name)
    ours = {
        "slot": lot.slot,
        "head": lot.head,
        "goods": lot.goods,
        "keeper": party(lot.keeper),
        "open": lot.open,
        "serialised": lot.serialised,
        "short": lot.short,
        "quorum": lot.quorum,
        "allowancePpm": lot.allowance_ppm,
        "maxAgeSeconds": lot.max_age_s,
        "receipts": lot.receipts,
        "openedBlock": lot.opened_block,
        "attestedAt": lot.attested_at,
        "movedAt": lot.moved_at,
        "noticedAt": lot.noticed_at,
        "noticed": lot.noticed,
        "deposited": lot.deposited,
        "depositors": len(lot.deposits),
        "shortSince": lot.short_since,
        "saidShort": lot.said_short,
        "weighed": lot.weighed,
        "weighedEver": lot.weighed_ever,
        "face": lot.face,
        "pledged": lot.pledged,
        "estimate": lot.estimate,
        "lower": lot.lower,
        "upper": lot.upper,
        "evidenceRoot": lot.evidence_root,
        "policy": lot.policy,
    }
    lenders = tuple(stake.lender.organisation for stake in lot.stakes)
    stakes = [
        ("stake", (stake.pledged, stake.lender.since), _stake_of(views, name, stake.lender.organisation))
        for stake in lot.stakes
    ]
    deposits = [
        (f"deposit {one.hex()[:8]}", (has.quantity, has.since), _deposit_of(views, name, one))
        for one, has in lot.deposits.items()
    ]
    return [*_both(ours, said), ("lenders", lenders, tuple(views.ask("Lots", "lendersOf", name))), *stakes, *deposits]


def _stake_of(views: Views, lot: bytes, lender: bytes) -> tuple[int, int]:
    said = views.ask("Lots", "stakeOf", lot, lender)
    return said["pledged"], said["since"]


def _deposit_of(views: Views, lot: bytes, depositor: bytes) -> tuple[int, int]:
    said = views.ask("Lots", "depositOf", lot, depositor)
    return said["quantity"], said["since"]


def _weighing(views: Views, book: Book, name: bytes, weighing: Any) -> Said:
    said = views.ask("Lots", "weighingOf", name)
    depositor = NONE if weighing.depositor is None else weighing.depositor.organisation
    ours = {
        "lot": weighing.lot,
        "use": int(weighing.use),
        "quantity": weighing.quantity,
        "depositor": depositor,
        "serial": weighing.serial,
    }
    return _both(ours, said)


def _serial(views: Views, book: Book, name: bytes, evidence: bytes) -> Said:
    lot = book.weighings[evidence].lot if evidence != NONE else NONE
    open_lot = lot if lot != NONE and book.lots[lot].open else NONE
    return [("lot", open_lot, views.ask("Lots", "serialOf", name))]


def _receipt(views: Views, book: Book, name: bytes, receipt: Any) -> Said:
    said = views.ask("Receipts", "receiptOf", name)
    ours = {
        "lot": receipt.lot,
        "head": receipt.head,
        "document": receipt.document,
        "trade": receipt.trade,
        "parent": receipt.parent,
        "pledge": receipt.charge.pledge,
        "surrenderedBy": receipt.surrendered_by,
        "heldBlock": receipt.held_block,
        "holder": party(receipt.holder),
        "lender": party(receipt.charge.lender),
        "quantity": receipt.quantity,
        "pledged": receipt.charge.pledged,
        "until": receipt.until,
        "due": receipt.charge.due,
        "state": int(receipt.state),
        "encumbrance": int(receipt.charge.stage),
    }
    holds = {
        one["id"]: (party_of(one), one["quantity"], one["time"], one["blockNumber"], one["kind"], one["reason"])
        for one in views.ask("Holds", "holdsOf", name)
    }
    mine = {
        one.hold: (party(one.setter), one.quantity, one.time, one.block, int(one.kind), one.reason)
        for one in receipt.holds
    }
    return [*_both(ours, said), ("holds", mine, holds)]


def party_of(held: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = held["setter"]
    return found


def _pledge(views: Views, book: Book, name: bytes, pledge: Any) -> Said:
    return [("outstanding", pledge.outstanding, views.ask("Receipts", "outstandingOf", name))]


def _allowed(views: Views, book: Book, key: bytes, allowed: Allowed) -> Said:
    receipt = book.receipts[key[32:]]
    if receipt.charge.pledge != key[:32]:
        return []
    said = views.ask("Pledges", "pledgeOf", key[32:])
    pledge = book.pledges[key[:32]]
    ours = {
        "ordered": allowed.ordered,
        "orders": allowed.orders,
        "floors": [{"floor": one.quantity, "since": one.since, "until": one.until} for one in allowed.floors],
    }
    terms = {
        "terms": pledge.terms,
        "quantity": pledge.quantity,
        "maturity": pledge.maturity,
        "offeredBlock": pledge.offered_block,
        "stagedBlock": pledge.staged_block,
    }
    return [*_both(ours, said["allowed"]), *_both(terms, said["terms"])]


def _order(views: Views, book: Book, name: bytes, order: Any) -> Said:
    said = views.ask("Pledges", "orderOf", name)
    ours = {
        "receipt": order.receipt,
        "pledge": order.pledge,
        "picker": order.picker,
        "quantity": order.quantity,
        "from": order.begins,
        "until": order.until,
        "state": int(order.state),
    }
    return _both(ours, said)


def _trade(views: Views, book: Book, name: bytes, trade: Any) -> Said:
    said = views.ask("Trades", "tradeOf", name)
    loan = trade.loan
    ours = {
        "seller": party(trade.seller),
        "buyer": party(trade.buyer),
        "registrar": party(trade.registrar),
        "head": trade.head,
        "terms": trade.terms,
        "lender": trade.lender,
        "pieces": len(trade.pieces),
        "orderLender": party(loan and loan.lender),
        "borrower": NONE if loan is None else loan.borrower,
        "orderTerms": NONE if loan is None else loan.terms,
        "orderBlock": 0 if loan is None else loan.block,
    }
    return _both(ours, said)


def _root(views: Views, book: Book, name: bytes, root: Any) -> Said:
    said = views.ask("Vouchers", "rootOf", name)
    ours = {
        "obligor": party(root.obligor),
        "registrar": party(root.registrar),
        "trade": root.trade,
        "face": root.face,
        "living": root.living,
        "redeemed": root.redeemed,
        "dueAt": root.due_at,
        "leaves": root.leaves,
        "disputes": len(root.disputes),
    }
    return _both(ours, said)


def _voucher(views: Views, book: Book, name: bytes, leaf: Voucher) -> Said:
    said = views.ask("Vouchers", "voucherOf", name)
    ours = {
        "root": leaf.root,
        "parent": leaf.parent,
        "head": leaf.head,
        "holder": party(leaf.holder),
        "face": leaf.face,
        "tier": leaf.tier,
        "state": int(leaf.state),
        "encumbrance": int(leaf.charge),
        "dishonoured": leaf.dishonoured,
        "offeredUntil": leaf.until,
        "lender": party(leaf.lender),
        "terms": leaf.terms,
        "pledgedBlock": leaf.pledged_block,
    }
    return _both(ours, said)


def _both(ours: dict[str, Any], said: dict[str, Any]) -> Said:
    # Every field of the contract, so that one that these rules forget is a difference.
    return [(field, ours.get(field, "nothing"), value) for field, value in said.items()]


_COMPARE = {
    "sites": _site,
    "slots": _slot,
    "lots": _lot,
    "weighings": _weighing,
    "serials": _serial,
    "receipts": _receipt,
    "pledges": _pledge,
    "allowed": _allowed,
    "orders": _order,
    "trades": _trade,
    "roots": _root,
    "vouchers": _voucher,
}
