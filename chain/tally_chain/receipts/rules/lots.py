"""Lots (批次): goods that were weighed in, and what their witnesses say is there.

Face ≤ weighed at every issue, pledged ≤ lower at every pledge; both need a young attestation and a lot that is not
short. A shortage (短缺) is shared pro rata, as fungible goods that lie together are owned together: nobody comes first.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.ids import lot_id
from tally_chain.receipts.rules import charging, places, stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Lot, Party, Use, Weighing, Witness
from tally_chain.registry.roles import KeyRole

MOST_WITNESSES = 8
LEAST_QUORUM = 2
"""Of different organisations, so that no keeper attests alone."""
MOST_ALLOWANCE_PPM = 50_000
MOST_AGE_S = 30 * 86_400
PPM = 1_000_000

_WITNESS_ROLES = (KeyRole.KEEPER, KeyRole.LENDER, KeyRole.INSPECTOR, KeyRole.VERIFIER)


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
    witnesses = _witnesses(act)
    name = lot_id(act["slot"], act["head"])
    draft.lots[name] = Lot(
        slot=act["slot"],
        head=act.after(NONE),
        goods=act["goods"],
        keeper=slot.keeper,
        serialised=act["serialised"],
        witnesses=witnesses,
        quorum=act["quorum"],
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
    for evidence, _ in weighings:
        if evidence in draft.weighings:
            raise Refused("LotsSpent", evidence.hex())
    act.same_head(act["head"], lot.head)
    depositor = _three_parties(lot, act)
    for at, (evidence, quantity) in enumerate(weighings):
        serial = serials[at] if needed else NONE
        if needed:
            stock.put_serial(draft, serial, name)
        if quantity == 0:
            raise Refused("LotsZeroQuantity", evidence.hex())
        stock.spend(draft, evidence, Weighing(name, Use.IN, quantity, depositor, serial))
    total = sum(quantity for _, quantity in weighings)
    draft.lots[name] = moved(lot, act, weighed=lot.weighed + total, weighed_ever=lot.weighed_ever + total)


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
        stock.take_serial(draft, weighing.serial, name)
    act.same_head(act["head"], lot.head)
    act.signed_by(2 + len(lot.stakes))
    act.must_sign(0, lot.keeper)
    act.must_sign(1, weighing.depositor)
    for place, stake in enumerate(lot.stakes, 2):
        act.must_sign(place, stake.lender)
    draft.weighings[evidence] = replace(weighing, use=Use.VOIDED)
    draft.lots[name] = moved(
        lot, act, weighed=lot.weighed - weighing.quantity, weighed_ever=lot.weighed_ever - weighing.quantity
    )


def attest(draft: Draft, act: Act) -> None:
    """What is there, and so whether the lot is short; signed by witnesses at `places`."""
    lot = stock.opened(draft, act["lot"])
    estimate, lower, upper = act["estimate"], act["lower"], act["upper"]
    if not lot.attested_at < act["asOf"] <= act.time:
        raise Refused("LotsAttestedAt", f"as of {act['asOf']}, after {lot.attested_at}, at {act.time}")
    if not lower <= estimate <= upper:
        raise Refused("LotsBounds", f"{lower} ≤ {estimate} ≤ {upper}")
    if NONE in (act["evidenceRoot"], act["policy"]):
        raise Refused("LotsZeroId", "no evidence or no policy")
    act.same_head(act["head"], lot.head)
    act.signed_by(len(act["places"]))
    _witnessed(lot, act, first=0)
    # In millionths of a gram, so that nothing rounds.
    missing = upper * PPM + lot.allowance_ppm * lot.weighed_ever < lot.weighed * PPM
    draft.lots[act["lot"]] = moved(
        lot,
        act,
        estimate=estimate,
        lower=lower,
        upper=upper,
        attested_at=act["asOf"],
        evidence_root=act["evidenceRoot"],
        policy=act["policy"],
        short=act["short"] or missing or lot.weighed < lot.face,
    )


def apportion(draft: Draft, act: Act) -> None:
    """Shares a shortage: what is in no receipt is written off, then each receipt keeps the same share of its face.

    Signed by the keeper and witnesses at `places`. Shares are rounded down, and no pledge is more than its face.
    """
    name = act["lot"]
    lot = stock.opened(draft, name)
    if not lot.short:
        raise Refused("LotsNotShort", name.hex())
    stock.must_be_fresh(lot, act)
    if act["reason"] == NONE:
        raise Refused("LotsZeroId", "no reason")
    act.same_head(act["head"], lot.head)
    act.signed_by(1 + len(act["places"]))
    act.must_sign(0, lot.keeper)
    _witnessed(lot, act, first=1)
    # A gram in a receipt needs a gram that was weighed in, however much the witnesses find.
    left = min(lot.estimate, lot.weighed)
    needed = lot.receipts if left < lot.face else 0
    if len(act["receipts"]) != needed:
        raise Refused("LotsNotAllReceipts", f"{len(act['receipts'])} receipts, not {needed}")
    draft.lots[name] = moved(lot, act, short=False, weighed=left)
    if not needed:
        return
    last = NONE
    for number in act["receipts"]:
        if number <= last:
            raise Refused("LotsNotAscending", number.hex())
        last = number
        receipt = draft.receipts.get(number)
        if receipt is None or not receipt.live or receipt.lot != name:
            raise Refused("LotsNotItsReceipt", number.hex())
        charging.write_down(draft, act, number, receipt.quantity * left // lot.face)
    draft.lots[name] = replace(draft.lots[name], weighed=draft.lots[name].face)


def close_lot(draft: Draft, act: Act) -> None:
    """Ends a lot without receipts; signed by its keeper. Its slot is empty again."""
    lot = stock.opened(draft, act["lot"])
    if lot.face or lot.receipts:
        raise Refused("LotsReceipted", f"receipts over {lot.face} g")
    act.same_head(act["head"], lot.head)
    act.signed_by(1)
    act.must_sign(0, lot.keeper)
    draft.lots[act["lot"]] = moved(lot, act, open=False)
    places.vacate(draft, act, lot.slot, serialised=lot.serialised)


def _witnesses(act: Act) -> tuple[Witness, ...]:
    """Different organisations, so that a quorum is as many of them. That they are registered is not known here."""
    organisations, roles = act["witnesses"], act["roles"]
    if len(organisations) > MOST_WITNESSES or len(roles) != len(organisations):
        raise Refused("LotsTooManyOrFew", f"{len(organisations)} witnesses, {len(roles)} roles")
    if not LEAST_QUORUM <= act["quorum"] <= len(organisations):
        raise Refused("LotsQuorum", f"{act['quorum']} of {len(organisations)}")
    for at, (organisation, role) in enumerate(zip(organisations, roles, strict=True)):
        if role not in _WITNESS_ROLES or organisation in (NONE, *organisations[:at]):
            raise Refused("LotsNoWitness", f"at {at}")
    return tuple(Witness(one, KeyRole(role)) for one, role in zip(organisations, roles, strict=True))


def _three_parties(lot: Lot, act: Act) -> Party:
    act.signed_by(3)
    act.must_sign(0, lot.keeper)
    role = act.signers[1].role
    verifier = act.signer(1, role if role is KeyRole.INSPECTOR else KeyRole.VERIFIER)
    depositor = act.named(2, KeyRole.HOLDER, act["depositor"])
    if len({lot.keeper.organisation, verifier.organisation, depositor.organisation}) < 3:
        raise Refused("LotsNotIndependent", "keeper, verifier and depositor are three")
    return depositor


def _witnessed(lot: Lot, act: Act, *, first: int) -> None:
    """Enough witnesses, at ascending places, whose signatures begin at `first`."""
    chosen = act["places"]
    if len(chosen) < lot.quorum:
        raise Refused("LotsQuorum", f"{len(chosen)} of {lot.quorum}")
    for at, place in enumerate(chosen):
        if place >= len(lot.witnesses) or (at and place <= chosen[at - 1]):
            raise Refused("LotsPlace", str(place))
        witness = lot.witnesses[place]
        act.must_sign(first + at, Party(witness.organisation, lot.opened_block - 1, witness.role))


RULES = {
    "OpenLot": open_lot,
    "RecordInbound": record_inbound,
    "VoidWeighing": void_weighing,
    "Attest": attest,
    "Apportion": apportion,
    "CloseLot": close_lot,
}
