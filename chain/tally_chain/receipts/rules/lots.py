"""Lots (批次): goods that were weighed in; what their witnesses say is there stands in attestations.py.

Face ≤ weighed and ≤ upper at every issue, to nobody more than it brought; pledged ≤ lower at every pledge; both need a
young attestation and a lot that is not short.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.ids import lot_id
from tally_chain.receipts.rules import attestations, places, stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Lot, Party, Use, Weighing
from tally_chain.registry.roles import KeyRole

MOST_ALLOWANCE_PPM = 50_000
MOST_AGE_S = 30 * 86_400
GRACE_S = 7 * 86_400
"""Three parties sign after the scale has."""


def open_lot(draft: Draft, act: Act) -> None:
    """Opens a lot in an empty slot; signed by the slot's keeper."""
    slot = places.living(draft, act["slot"])
    if slot.keeper is None:
        raise Refused("LotsNobodyKeeps", act["slot"].hex())
    if act["goods"] == NONE:
        raise Refused("LotsZeroId", "no goods")
    if act["allowancePpm"] > MOST_ALLOWANCE_PPM:
        raise Refused("LotsAllowance", f"{act['allowancePpm']} ppm")
    if not 0 < act["maxAgeSeconds"] <= MOST_AGE_S:
        raise Refused("LotsMaxAge", f"{act['maxAgeSeconds']} s")
    act.same_head(act["head"], slot.head)
    act.signed_by(1)
    act.must_sign(0, slot.keeper)
    witnesses = attestations.panel(act, slot.keeper.organisation)
    name = lot_id(act["slot"], act["head"])
    draft.lots[name] = Lot(
        slot=act["slot"],
        head=act.after(NONE),
        goods=act["goods"],
        keeper=slot.keeper,
        serialised=act["serialised"],
        witnesses=witnesses,
        quorum=act["quorum"],
        panel_since=act.block - 1,
        allowance_ppm=act["allowancePpm"],
        max_age_s=act["maxAgeSeconds"],
        opened_block=act.block,
    )
    places.occupy(draft, act, act["slot"], name, serialised=act["serialised"])


def record_inbound(draft: Draft, act: Act) -> None:
    """Goods came in (入库); signed by the keeper, a verifier or inspector, and the depositor, three organisations."""
    name, weighings, serials = act["lot"], act["weighings"], act["serials"]
    lot = stock.opened(draft, name)
    stock.some(weighings)
    needed = len(weighings) if lot.serialised else 0
    if len(serials) != needed:
        raise Refused("LotsSerials", f"{len(serials)} serials, not {needed}")
    if not act["weighedAt"] <= act.time <= act["weighedAt"] + GRACE_S:
        raise Refused("LotsWeighedAt", f"weighed at {act['weighedAt']}, it is {act.time}")
    for evidence, _ in weighings:
        if evidence in draft.weighings:
            raise Refused("LotsSpent", evidence.hex())
    act.same_head(act["head"], lot.head)
    depositor = _three_parties(lot, act)
    for at, (evidence, quantity) in enumerate(weighings):
        serial = serials[at] if needed else NONE
        if needed:
            stock.put_serial(draft, serial, evidence)
        if quantity == 0:
            raise Refused("LotsZeroQuantity", evidence.hex())
        stock.spend(draft, evidence, Weighing(name, Use.IN, quantity, depositor, serial))
    total = sum(quantity for _, quantity in weighings)
    draft.lots[name] = moved(
        lot,
        act,
        weighed=lot.weighed + total,
        weighed_ever=lot.weighed_ever + total,
        moved_at=max(lot.moved_at, act["weighedAt"]),
        noticed=lot.noticed + total * lot.short,
        deposits=stock.deposited(lot, act, act["depositor"], total, stock.MOST_DEPOSITORS_BY_INBOUND),
    )


def void_weighing(draft: Draft, act: Act) -> None:
    """Takes back a weighing that was none; signed by keeper, depositor and every lender of the lot.

    Its evidence stays spent.
    """
    name, evidence = act["lot"], act["evidence"]
    lot = stock.opened(draft, name)
    weighing = draft.weighings.get(evidence)
    if weighing is None or weighing.use is not Use.IN or weighing.lot != name or weighing.depositor is None:
        raise Refused("LotsNotInbound", evidence.hex())
    if act["reason"] == NONE:
        raise Refused("LotsZeroId", "no reason")
    if lot.weighed < lot.face + weighing.quantity:
        raise Refused("LotsReceipted", f"receipts over {lot.face} g")
    if lot.serialised:
        if draft.serials.get(weighing.serial) != evidence:
            raise Refused("LotsSerialNotHere", weighing.serial.hex())
        draft.serials[weighing.serial] = NONE
    act.same_head(act["head"], lot.head)
    act.signed_by(2 + len(lot.stakes))
    act.must_sign(0, lot.keeper)
    act.must_sign(1, weighing.depositor)
    for place, stake in enumerate(lot.stakes, 2):
        act.must_sign(place, stake.lender)
    draft.weighings[evidence] = replace(weighing, use=Use.VOIDED)
    draft.lots[name] = moved(
        lot,
        act,
        weighed=lot.weighed - weighing.quantity,
        weighed_ever=max(0, lot.weighed_ever - weighing.quantity),
        deposits=stock.withdrawn(lot, weighing.depositor.organisation, weighing.quantity),
    )


def _three_parties(lot: Lot, act: Act) -> Party:
    act.signed_by(3)
    act.must_sign(0, lot.keeper)
    role = act.signers[1].role
    verifier = act.signer(1, role if role is KeyRole.INSPECTOR else KeyRole.VERIFIER)
    depositor = act.named(2, KeyRole.HOLDER, act["depositor"])
    if len({lot.keeper.organisation, verifier.organisation, depositor.organisation}) < 3:
        raise Refused("LotsNotIndependent", "keeper, verifier and depositor are three")
    if not lot.has_witness(verifier):
        raise Refused("LotsNotItsWitness", verifier.organisation.hex())
    return depositor


RULES = {
    "OpenLot": open_lot,
    "RecordInbound": record_inbound,
    "VoidWeighing": void_weighing,
}
