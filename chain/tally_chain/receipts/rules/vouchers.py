"""Receivable vouchers (应收账款电子凭证): accepted, split, passed on, pledged, disputed, redeemed. Faces are fen.

银发〔2025〕77号: a term of at most a year; whoever lends files the pledge first. The leaves that live and those that
were redeemed add up to what the obligor accepted, always.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import trades
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.leaves import (
    free,
    is_due,
    living,
    lock,
    movable,
    must_be_new,
    must_not_be_disputed,
    must_not_be_due,
    offered,
    pledged_and_shown,
    signed_by_holder,
    unlock,
)
from tally_chain.receipts.rules.records import NONE, LeafCharge, LeafState, Party, Root, Voucher
from tally_chain.registry.roles import KeyRole

LONGEST_TERM_S = 365 * 86_400
MOST_INVOICES = 64
MOST_PIECES = 16
MOST_TIERS = 32


def create(draft: Draft, act: Act) -> None:
    """An obligor accepts (确权) invoices of a supplier; signed by both and a registrar that is neither."""
    act.signed_by(3)
    name, supplier, obligor = act["number"], act["supplier"], act["obligor"]
    if act["face"] == 0:
        raise Refused("VouchersZeroFace")
    if supplier == obligor:
        raise Refused("VouchersNotIndependent", "supplier and obligor are one")
    if not act.time < act["dueAt"] <= act.time + LONGEST_TERM_S:
        raise Refused("VouchersDueAt", str(act["dueAt"]))
    _spend(draft, act)
    if act["trade"] != NONE:
        trade = trades.opened(draft, act["trade"])
        if (trade.seller.organisation, trade.buyer.organisation) != (supplier, obligor):
            raise Refused("VouchersNotOfTheTrade", act["trade"].hex())
    must_be_new(draft, name)
    holder = act.newcomer(0, KeyRole.HOLDER, supplier, act["supplierSince"])
    accepts = act.newcomer(1, KeyRole.HOLDER, obligor, act["obligorSince"])
    # As old as the parties' keys: none that was bound for this voucher.
    registrar = act.signer_since(2, KeyRole.REGISTRY_ADMIN, min(act["supplierSince"], act["obligorSince"]))
    if registrar.organisation in (supplier, obligor):
        raise Refused("VouchersNotIndependent", "the registrar is a party")
    face = act["face"]
    draft.roots[name] = Root(accepts, registrar, face, act["dueAt"], act["trade"], act["invoices"], living=face)
    draft.vouchers[name] = Voucher(name, holder, face, act.after(NONE))


def split(draft: Draft, act: Act) -> None:
    """One leaf into 2 to 16 (拆分), each pledged as the whole was; signed by the holder, and the lender if pledged."""
    act.in_time()
    number, numbers, faces = act["number"], act["numbers"], act["faces"]
    leaf = movable(draft, number)
    if not 2 <= len(numbers) <= MOST_PIECES or len(faces) != len(numbers):
        raise Refused("VouchersPieces", f"{len(numbers)} numbers, {len(faces)} faces")
    act.same_head(act["head"], leaf.head)
    signed_by_holder(act, leaf)
    draft.vouchers[number] = moved(leaf, act, state=LeafState.SPLIT)
    for name, face in zip(numbers, faces, strict=True):
        if face == 0:
            raise Refused("VouchersZeroFace", name.hex())
        must_be_new(draft, name)
        draft.vouchers[name] = replace(leaf, face=face, parent=number, head=act.after(NONE))
    if sum(faces) != leaf.face:
        raise Refused("VouchersUnbalanced", f"{sum(faces)} fen of {leaf.face} fen")
    root = draft.roots[leaf.root]
    draft.roots[leaf.root] = replace(root, leaves=root.leaves + len(numbers) - 1)
    if leaf.charge is LeafCharge.PLEDGED:
        for name in numbers:
            lock(draft, leaf, name)
        unlock(draft, leaf, number)


def transfer(draft: Draft, act: Act) -> None:
    """A leaf goes to a new holder (流转); signed by holder, new holder, and the lender if pledged."""
    act.in_time()
    number = act["number"]
    leaf = movable(draft, number)
    must_not_be_due(draft, act, leaf)
    # The lender of a pledged leaf does not come into title by a signature given with the pledge (Civil Code art. 428).
    lender = NONE if leaf.lender is None else leaf.lender.organisation
    if act["to"] in (draft.roots[leaf.root].obligor.organisation, leaf.holder.organisation, lender):
        raise Refused("VouchersNotIndependent", "to the obligor, to who holds it, to its lender, or to nobody")
    if leaf.tier == MOST_TIERS:
        raise Refused("VouchersTiers", str(leaf.tier))
    act.same_head(act["head"], leaf.head)
    signed_by_holder(act, leaf, others=1)
    holder = act.newcomer(1, KeyRole.HOLDER, act["to"], act["toSince"])
    draft.vouchers[number] = moved(leaf, act, holder=holder, tier=leaf.tier + 1)


def offer(draft: Draft, act: Act) -> None:
    """The holder offers a leaf to a lender; signed by the holder."""
    act.signed_by(1)
    number, lender = act["number"], act["lender"]
    leaf = movable(draft, number)
    if leaf.charge is LeafCharge.PLEDGED:
        raise Refused("VouchersPledged", number.hex())
    must_not_be_due(draft, act, leaf)
    if NONE in (lender, act["terms"]):
        raise Refused("VouchersZeroId", "no lender or no terms")
    if lender in (leaf.holder.organisation, draft.roots[leaf.root].obligor.organisation):
        raise Refused("VouchersNotIndependent", "the lender is holder or obligor")
    act.known(act["lenderSince"])
    act.same_head(act["head"], leaf.head)
    act.must_sign(0, leaf.holder)
    draft.vouchers[number] = moved(
        leaf,
        act,
        charge=LeafCharge.OFFERED,
        lender=Party(lender, act["lenderSince"], KeyRole.LENDER),
        terms=act["terms"],
        until=act["until"],
    )


def withdraw(draft: Draft, act: Act) -> None:
    """An offer ends; signed by the holder or the lender."""
    act.signed_by(1)
    number = act["number"]
    leaf = offered(draft, number)
    parties = {KeyRole.HOLDER: leaf.holder, KeyRole.LENDER: leaf.lender}
    party = parties.get(act["role"])
    if party is None:
        raise Refused("VouchersNotInRole", str(act["role"]))
    act.same_head(act["head"], leaf.head)
    act.must_sign(0, party)
    draft.vouchers[number] = moved(free(leaf), act)


def accept(draft: Draft, act: Act) -> None:
    """The lender takes the offer, having filed it; signed by the lender."""
    act.signed_by(1)
    number = act["number"]
    leaf = offered(draft, number)
    must_not_be_disputed(draft, leaf)
    must_not_be_due(draft, act, leaf)
    if act.time > leaf.until:
        raise Refused("VouchersOfferOver", f"it ended at {leaf.until}")
    if NONE in (act["filing"], act["search"]):
        raise Refused("VouchersZeroId", "no filing or no search")
    lock(draft, leaf, number)
    act.same_head(act["head"], leaf.head)
    named = leaf.lender or Party(NONE, 0, KeyRole.LENDER)
    lender = act.newcomer(0, KeyRole.LENDER, named.organisation, named.since)
    draft.vouchers[number] = moved(leaf, act, charge=LeafCharge.PLEDGED, lender=lender, pledged_block=act.block)


def release(draft: Draft, act: Act) -> None:
    """The lender gives its pledge up; signed by two keys of the lender."""
    act.signed_by(2)
    leaf, lender = pledged_and_shown(draft, act, act["discharge"])
    act.must_sign_twice(0, lender)
    unlock(draft, leaf, act["number"])
    draft.vouchers[act["number"]] = moved(free(leaf), act)


def discharge(draft: Draft, act: Act) -> None:
    """A court found that nothing is owed, though the lender does not say so (判决解除质押); signed by court, holder."""
    act.signed_by(2)
    leaf, lender = pledged_and_shown(draft, act, act["judgment"])
    obligor = draft.roots[leaf.root].obligor.organisation
    act.court_before(leaf.pledged_block, leaf.holder.organisation, lender.organisation, obligor)
    act.must_sign(1, leaf.holder)
    unlock(draft, leaf, act["number"])
    draft.vouchers[act["number"]] = moved(free(leaf), act)


def redeem(draft: Draft, act: Act) -> None:
    """The obligor pays a leaf (兑付), early or late, and no other leaf is touched; signed by whom `role` says.

    Holder, obligor, and two keys of the lender if pledged; or, of a pledged leaf that is due, lender, obligor, and
    another key of the lender.
    """
    act.in_time()
    number = act["number"]
    leaf = movable(draft, number)
    if act["amount"] != leaf.face:
        raise Refused("VouchersNotWhole", f"{act['amount']} fen of {leaf.face} fen")
    if act["payment"] == NONE:
        raise Refused("VouchersZeroId", "no payment")
    act.same_head(act["head"], leaf.head)
    root = draft.roots[leaf.root]
    if act["role"] == KeyRole.HOLDER:
        pledged = leaf.charge is LeafCharge.PLEDGED and leaf.lender is not None
        act.count(4 if pledged else 2)
        act.must_sign(0, leaf.holder)
        if pledged and leaf.lender is not None:
            act.must_sign_twice(2, leaf.lender)
    elif act["role"] == KeyRole.LENDER:
        if leaf.charge is not LeafCharge.PLEDGED or leaf.lender is None:
            raise Refused("VouchersNotPledged", number.hex())
        if not is_due(draft, act, leaf):
            raise Refused("VouchersNotDue", f"due at {root.due_at}")
        act.count(3)
        act.must_sign_at(0, 2, leaf.lender)
    else:
        raise Refused("VouchersNotInRole", str(act["role"]))
    act.must_sign(1, root.obligor)
    if leaf.charge is LeafCharge.PLEDGED:
        unlock(draft, leaf, number)
    draft.vouchers[number] = moved(free(leaf), act, state=LeafState.REDEEMED)
    draft.roots[leaf.root] = replace(
        root, living=root.living - leaf.face, redeemed=root.redeemed + leaf.face, leaves=root.leaves - 1
    )


def dishonour(draft: Draft, act: Act) -> None:
    """A leaf was due and not paid (拒付); signed by the holder. The claim stays."""
    act.signed_by(1)
    number = act["number"]
    leaf = living(draft, number)
    if not is_due(draft, act, leaf):
        raise Refused("VouchersNotDue", number.hex())
    if leaf.dishonoured:
        raise Refused("VouchersDishonoured", number.hex())
    if act["reason"] == NONE:
        raise Refused("VouchersZeroId", "no reason")
    act.same_head(act["head"], leaf.head)
    act.must_sign(0, leaf.holder)
    draft.vouchers[number] = moved(leaf, act, dishonoured=True)


def _spend(draft: Draft, act: Act) -> None:
    """Each invoice stands in one voucher for ever."""
    if not 0 < len(act["invoices"]) <= MOST_INVOICES:
        raise Refused("VouchersInvoices", f"{len(act['invoices'])} invoices")
    for invoice in act["invoices"]:
        if invoice == NONE:
            raise Refused("VouchersZeroId", "no invoice")
        if invoice in draft.invoices:
            raise Refused("VouchersInvoiceKnown", invoice.hex())
        draft.invoices[invoice] = act["number"]


RULES = {
    "CreateVoucher": create,
    "SplitVoucher": split,
    "TransferVoucher": transfer,
    "OfferVoucher": offer,
    "WithdrawVoucher": withdraw,
    "AcceptVoucher": accept,
    "ReleaseVoucher": release,
    "DischargeVoucher": discharge,
    "RedeemVoucher": redeem,
    "DishonourVoucher": dishonour,
}
