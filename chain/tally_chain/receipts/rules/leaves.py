"""What leaves of a voucher are, and disputes (争议), which freeze all leaves of what one obligor accepted."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import trades
from tally_chain.receipts.rules.acts import Act, Refused, moved, no_party
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Dispute, LeafCharge, LeafState, Party, Root, Voucher
from tally_chain.registry.roles import KeyRole


def dispute(draft: Draft, act: Act) -> None:
    """Freezes all leaves; signed by the holder of `leaf`, the obligor where there is none, or a court."""
    act.signed_by(1)
    name = act["root"]
    root = draft.roots.get(name)
    if root is None:
        raise Refused("VouchersUnknown", name.hex())
    if root.living == 0:
        raise Refused("VouchersNotLiving", name.hex())
    if act["reason"] == NONE:
        raise Refused("VouchersZeroId", "no reason")
    first = draft.vouchers[name]
    act.same_head(act["head"], first.head)
    by = _disputant(draft, act, root)
    spoken = {one.by.organisation for one in root.disputes.values() if one.by.role is not KeyRole.COURT_LIAISON}
    disputed_for = root.disputed_for
    if act["role"] != KeyRole.COURT_LIAISON:
        said = (by.organisation, act["reason"])
        if by.organisation in spoken | root.silenced or said in disputed_for:
            raise Refused("VouchersDisputedAlready", name.hex())
        disputed_for = disputed_for | {said}
    disputes = {**root.disputes, act.digest: Dispute(by, act.block)}
    draft.roots[name] = replace(root, disputes=disputes, disputed_for=disputed_for)
    draft.vouchers[name] = moved(first, act)


def settle_dispute(draft: Draft, act: Act) -> None:
    """A dispute ends; signed by who began it, or a court that acts since before it, or before the court that began it.

    That court is neither obligor nor disputant nor holds the root. After a court's word the same party begins none
    again, and after its own none for the same reason.
    """
    act.signed_by(1)
    name = act["root"]
    root = draft.roots.get(name)
    if root is None or act["dispute"] not in root.disputes:
        raise Refused("VouchersNoDispute", act["dispute"].hex())
    if act["reason"] == NONE:
        raise Refused("VouchersZeroId", "no reason")
    first = draft.vouchers[name]
    act.same_head(act["head"], first.head)
    begun = root.disputes[act["dispute"]]
    silenced = root.silenced
    if act["role"] == KeyRole.COURT_LIAISON:
        act.court_ends(begun.by, begun.block)
        parties = [root.obligor.organisation, first.holder.organisation]
        if begun.by.role is not KeyRole.COURT_LIAISON:
            parties.append(begun.by.organisation)
            silenced = silenced | {begun.by.organisation}
        no_party(act.signer(0, KeyRole.COURT_LIAISON), *parties)
    elif act["role"] == begun.by.role:
        act.must_sign(0, begun.by)
    else:
        raise Refused("VouchersNotInRole", str(act["role"]))
    left = {key: one for key, one in root.disputes.items() if key != act["dispute"]}
    draft.roots[name] = replace(root, disputes=left, silenced=silenced)
    draft.vouchers[name] = moved(first, act)


def living(draft: Draft, number: bytes) -> Voucher:
    """A leaf that is neither split nor redeemed."""
    leaf = draft.vouchers.get(number)
    if leaf is None:
        raise Refused("VouchersUnknown", number.hex())
    if leaf.state is not LeafState.LIVING:
        raise Refused("VouchersNotLiving", leaf.state.name.lower())
    return leaf


def movable(draft: Draft, number: bytes) -> Voucher:
    """A living leaf without a dispute, which is not just offered."""
    leaf = living(draft, number)
    must_not_be_disputed(draft, leaf)
    if leaf.charge is LeafCharge.OFFERED:
        raise Refused("VouchersOffered", number.hex())
    return leaf


def offered(draft: Draft, number: bytes) -> Voucher:
    """A living leaf that is offered and not yet pledged."""
    leaf = living(draft, number)
    if leaf.charge is LeafCharge.PLEDGED:
        raise Refused("VouchersPledged", number.hex())
    if leaf.charge is LeafCharge.FREE:
        raise Refused("VouchersNotOffered", number.hex())
    return leaf


def must_be_new(draft: Draft, number: bytes) -> None:
    """A number is used once for ever."""
    if number == NONE:
        raise Refused("VouchersZeroId", "no number")
    if number in draft.vouchers:
        raise Refused("VouchersKnown", number.hex())


def must_not_be_disputed(draft: Draft, leaf: Voucher) -> None:
    """A dispute freezes all leaves of the root."""
    if draft.roots[leaf.root].disputes:
        raise Refused("VouchersDisputed", leaf.root.hex())


def pledged_and_shown(draft: Draft, act: Act, shown: bytes) -> tuple[Voucher, Party]:
    """A living leaf that is pledged, at that head, and its lender; `shown` is never zero."""
    leaf = living(draft, act["number"])
    if leaf.charge is not LeafCharge.PLEDGED or leaf.lender is None:
        raise Refused("VouchersNotPledged", act["number"].hex())
    if shown == NONE:
        raise Refused("VouchersZeroId", "nothing is shown")
    act.same_head(act["head"], leaf.head)
    return leaf, leaf.lender


def is_due(draft: Draft, act: Act, leaf: Voucher) -> bool:
    """Whether its last second is over."""
    return act.time > draft.roots[leaf.root].due_at


def must_not_be_due(draft: Draft, act: Act, leaf: Voucher) -> None:
    """Refuses what is for leaves that are not due."""
    if is_due(draft, act, leaf):
        raise Refused("VouchersDue", leaf.root.hex())


def signed_by_holder(act: Act, leaf: Voucher, *, others: int = 0) -> None:
    """The holder first, so many others, and last the lender while it is pledged; the others are not looked at here."""
    pledged = leaf.charge is LeafCharge.PLEDGED
    act.count(1 + others + pledged)
    act.must_sign(0, leaf.holder)
    if pledged and leaf.lender is not None:
        act.must_sign(1 + others, leaf.lender)


def free(leaf: Voucher) -> Voucher:
    """A leaf without offer or pledge."""
    return replace(leaf, charge=LeafCharge.FREE, lender=None, terms=NONE, until=0, pledged_block=0)


def lock(draft: Draft, leaf: Voucher, number: bytes) -> None:
    """The leaf's trade is financed by its lender."""
    trade = draft.roots[leaf.root].trade
    if trade != NONE and leaf.lender is not None:
        trades.lock(draft, trade, leaf.lender.organisation, "Vouchers", number)


def unlock(draft: Draft, leaf: Voucher, number: bytes) -> None:
    """The leaf finances its trade no more."""
    trade = draft.roots[leaf.root].trade
    if trade != NONE and leaf.lender is not None:
        trades.unlock(draft, trade, leaf.lender.organisation, "Vouchers", number)


def _disputant(draft: Draft, act: Act, root: Root) -> Party:
    if act["role"] == KeyRole.COURT_LIAISON and act["leaf"] == NONE:
        return act.signer(0, KeyRole.COURT_LIAISON)
    if act["role"] != KeyRole.HOLDER:
        raise Refused("VouchersNotInRole", str(act["role"]))
    by = root.obligor
    if act["leaf"] != NONE:
        leaf = living(draft, act["leaf"])
        if leaf.root != act["root"]:
            raise Refused("VouchersUnknown", act["leaf"].hex())
        by = leaf.holder
    act.must_sign(0, by)
    return by


RULES = {"DisputeVoucher": dispute, "SettleDispute": settle_dispute}
