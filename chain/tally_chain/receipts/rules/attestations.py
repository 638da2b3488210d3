"""Who says what is in a lot (见证), and what follows where goods are missing (短缺).

A shortage is shared pro rata, as fungible goods that lie together are owned together: nobody comes first. It is shared
seven days after the chain learned of it, and every lender of the lot signs, or a court in its place.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import charging, places, stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Lot, Party, Witness
from tally_chain.registry.roles import KeyRole

MOST_WITNESSES = 8
LEAST_QUORUM = 2
"""Of different organisations, so that no keeper attests alone."""
NOTICE_S = 7 * 86_400
"""How long a shortage is known before it is shared."""

_WITNESS_ROLES = (KeyRole.KEEPER, KeyRole.LENDER, KeyRole.INSPECTOR, KeyRole.VERIFIER)


def attest(draft: Draft, act: Act) -> None:
    """What is there, and so whether the lot is short; signed by witnesses at `places`."""
    lot = stock.opened(draft, act["lot"])
    estimate, lower, upper, as_of = act["estimate"], act["lower"], act["upper"], act["asOf"]
    if not lot.attested_at < as_of <= act.time or as_of < lot.moved_at:
        raise Refused("LotsAttestedAt", f"as of {as_of}, after {max(lot.attested_at, lot.moved_at)}, at {act.time}")
    if not lower <= estimate <= upper:
        raise Refused("LotsBounds", f"{lower} ≤ {estimate} ≤ {upper}")
    if NONE in (act["evidenceRoot"], act["policy"]):
        raise Refused("LotsZeroId", "no evidence or no policy")
    act.same_head(act["head"], lot.head)
    act.signed_by(len(act["places"]))
    stock.witnessed(lot, act, first=0)
    said = moved(
        lot,
        act,
        estimate=estimate,
        lower=lower,
        upper=upper,
        attested_at=as_of,
        evidence_root=act["evidenceRoot"],
        policy=act["policy"],
        said_short=act["short"],
    )
    draft.lots[act["lot"]] = stock.judged(said, act.time)


def apportion(draft: Draft, act: Act) -> None:
    """Shares a shortage: what is in no receipt is written off, then each receipt keeps the same share of its face.

    Signed by the keeper, witnesses at `places`, and every lender. Shares are rounded down, and no pledge is more than
    its face.
    """
    name = act["lot"]
    lot = stock.opened(draft, name)
    if not lot.short:
        raise Refused("LotsNotShort", name.hex())
    if act.time < lot.short_since + NOTICE_S:
        raise Refused("LotsTooEarly", f"from {lot.short_since + NOTICE_S} on")
    stock.must_be_fresh(lot, act)
    if lot.attested_at < lot.moved_at:
        raise Refused("LotsStale", f"attested as of {lot.attested_at}, goods moved at {lot.moved_at}")
    if act["reason"] == NONE:
        raise Refused("LotsZeroId", "no reason")
    act.same_head(act["head"], lot.head)
    first = 1 + len(act["places"])
    act.signed_by(first + len(lot.stakes))
    act.must_sign(0, lot.keeper)
    stock.witnessed(lot, act, first=1)
    for place, stake in enumerate(lot.stakes, first):
        _lender_or_court(lot, act, place, stake.lender)
    _share(draft, act, name, lot)


def _share(draft: Draft, act: Act, name: bytes, lot: Lot) -> None:
    # A gram in a receipt needs a gram that was weighed in, however much the witnesses find.
    left = min(lot.estimate, lot.weighed)
    needed = lot.receipts if left < lot.face else 0
    if len(act["receipts"]) != needed:
        raise Refused("LotsNotAllReceipts", f"{len(act['receipts'])} receipts, not {needed}")
    draft.lots[name] = moved(lot, act, short=False, said_short=False, short_since=0, weighed=left, weighed_ever=0)
    last = NONE
    for number in act["receipts"]:
        if number <= last:
            raise Refused("LotsNotAscending", number.hex())
        last = number
        receipt = draft.receipts.get(number)
        if receipt is None or not receipt.live or receipt.lot != name:
            raise Refused("LotsNotItsReceipt", number.hex())
        charging.write_down(draft, act, number, receipt.quantity * left // lot.face)
    shared = draft.lots[name]
    if needed:
        shared = replace(shared, weighed=shared.face)
    # What nobody has a receipt for is gone altogether: no depositor has a claim to what others bring later.
    draft.lots[name] = replace(shared, deposits={}) if shared.weighed == shared.face else shared


def succeed_keeper(draft: Draft, act: Act) -> None:
    """Gives a lot whose keeper is gone to another; signed by a court, the new keeper, and the owner of the site."""
    name = act["lot"]
    lot = stock.opened(draft, name)
    if act["judgment"] == NONE:
        raise Refused("LotsZeroId", "no judgment")
    act.same_head(act["head"], lot.head)
    act.signed_by(3)
    court = act.signer_since(0, KeyRole.COURT_LIAISON, lot.opened_block - 1)
    keeper = act.newcomer(1, KeyRole.KEEPER, act["keeper"], act["keeperSince"])
    act.must_sign(2, places.owner_of(draft, draft.slots[lot.slot]))
    if court.organisation == keeper.organisation:
        raise Refused("SignedByAnother", "the court keeps nothing itself")
    witnesses = panel(act, keeper.organisation)
    draft.lots[name] = moved(
        lot, act, keeper=keeper, witnesses=witnesses, quorum=act["quorum"], panel_since=act.block - 1
    )


def panel(act: Act, keeper: bytes) -> tuple[Witness, ...]:
    """Different organisations, so that a quorum is as many of them, and can be had without the keeper.

    That they are registered is not known here.
    """
    organisations, roles = act["witnesses"], act["roles"]
    if len(organisations) > MOST_WITNESSES or len(roles) != len(organisations):
        raise Refused("LotsTooManyOrFew", f"{len(organisations)} witnesses, {len(roles)} roles")
    for at, (organisation, role) in enumerate(zip(organisations, roles, strict=True)):
        if role not in _WITNESS_ROLES or organisation in (NONE, *organisations[:at]):
            raise Refused("LotsNoWitness", f"at {at}")
    others = sum(one != keeper for one in organisations)
    if not LEAST_QUORUM <= act["quorum"] <= others:
        raise Refused("LotsQuorum", f"{act['quorum']} of {others} without the keeper")
    return tuple(Witness(one, KeyRole(role)) for one, role in zip(organisations, roles, strict=True))


def _lender_or_court(lot: Lot, act: Act, place: int, lender: Party) -> None:
    if act.signers[place].role is KeyRole.LENDER:
        act.must_sign(place, lender)
    else:
        act.signer_since(place, KeyRole.COURT_LIAISON, lot.opened_block - 1)


RULES = {
    "Attest": attest,
    "Apportion": apportion,
    "SucceedKeeper": succeed_keeper,
}
