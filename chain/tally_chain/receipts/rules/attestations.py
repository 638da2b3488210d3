"""Who says what is in a lot (见证), and what follows where goods are missing (短缺).

A shortage is shared pro rata, as fungible goods that lie together are owned together: nobody comes first, in a receipt
or in none. It is shared seven days after the chain learned how much is missing, and every lender of the lot signs, or a
court in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tally_chain.receipts.rules import charging, places, stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Deposit, Lot, Party, Witness
from tally_chain.registry.roles import KeyRole

MOST_WITNESSES = 8
LEAST_QUORUM = 2
"""Of different organisations, so that no keeper attests alone."""
NOTICE_S = 7 * 86_400
"""How long a shortage is known, as large as it is, before it is shared."""

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
    """Shares a shortage: each receipt keeps the same share of its face, and each depositor of what is in none.

    Signed by the keeper, witnesses at `places`, and every lender. Shares are rounded down, and no pledge is more than
    its face. Where the witnesses' estimate covers all claims none is touched, and what the book missed is found again.
    """
    name = act["lot"]
    lot = stock.opened(draft, name)
    if not lot.short:
        raise Refused("LotsNotShort", name.hex())
    if act.time < lot.noticed_at + NOTICE_S:
        raise Refused("LotsTooEarly", f"from {lot.noticed_at + NOTICE_S} on")
    stock.must_be_fresh(lot, act)
    if lot.attested_at < lot.moved_at:
        raise Refused("LotsStale", f"attested as of {lot.attested_at}, goods moved at {lot.moved_at}")
    if act["reason"] == NONE:
        raise Refused("LotsZeroId", "no reason")
    act.same_head(act["head"], lot.head)
    first = 1 + len(act["places"])
    act.signed_by(first + len(lot.stakes))
    act.must_sign(0, lot.keeper)
    stock.must_witness(lot, act, needed=True, first=1)
    court = _parties_or_court(lot, act, first, [stake.lender for stake in lot.stakes])
    _share(draft, act, name, lot, court)


def _share(draft: Draft, act: Act, name: bytes, lot: Lot, court: bytes) -> None:
    # What is there is what its witnesses found, whatever the book says went out; claims never rise by it.
    left, claims = lot.estimate, lot.face + lot.deposited
    receipts, depositors = act["receipts"], act["depositors"]
    scaled = left < claims
    if len(receipts) != lot.receipts * scaled:
        raise Refused("LotsNotAllReceipts", f"{len(receipts)} receipts")
    if len(depositors) != len(lot.deposits) * scaled:
        raise Refused("LotsNotAllDepositors", f"{len(depositors)} depositors")
    draft.lots[name] = moved(lot, act)
    for number in _ascending(receipts):
        receipt = draft.receipts.get(number)
        if receipt is None or not receipt.live or receipt.lot != name:
            raise Refused("LotsNotItsReceipt", number.hex())
        charging.write_down(draft, act, number, receipt.quantity * left // claims, court)
    deposits = dict(lot.deposits)
    for depositor in _ascending(depositors):
        if depositor == court:
            raise Refused("SignedByAParty", "the court is a depositor")
        has = _deposit(lot, depositor)
        deposits[depositor] = replace(has, quantity=has.quantity * left // claims)
    shared = replace(draft.lots[name], deposits={one: has for one, has in deposits.items() if has.quantity})
    weighed = shared.face + shared.deposited
    over = replace(shared, short=False, said_short=False, short_since=0, noticed_at=0, noticed=0)
    draft.lots[name] = replace(over, weighed=weighed, weighed_ever=weighed)


def close_lot(draft: Draft, act: Act) -> None:
    """Ends a lot without receipts (注销批次); signed by its keeper.

    Where goods are left in it, also by witnesses, and by each depositor that has some of them or a court in its place.
    """
    name, depositors = act["lot"], act["depositors"]
    lot = stock.opened(draft, name)
    if lot.face or lot.receipts:
        raise Refused("LotsReceipted", f"receipts over {lot.face} g")
    if len(depositors) != len(lot.deposits):
        raise Refused("LotsNotAllDepositors", f"{len(depositors)} depositors, not {len(lot.deposits)}")
    act.same_head(act["head"], lot.head)
    first = 1 + len(act["places"])
    act.signed_by(first + len(depositors))
    act.must_sign(0, lot.keeper)
    stock.must_witness(lot, act, needed=bool(lot.weighed or lot.deposits), first=1)
    parties = (Party(one, _deposit(lot, one).since, KeyRole.HOLDER) for one in _ascending(depositors))
    _parties_or_court(lot, act, first, parties)
    draft.lots[name] = moved(lot, act, open=False)
    places.vacate(draft, act, lot.slot, serialised=lot.serialised)


def succeed_keeper(draft: Draft, act: Act) -> None:
    """Gives a lot whose keeper is gone to another; signed by a court and the new keeper.

    Its slot goes with it where it was the same keeper's. All live receipts are named: nobody keeps what is its own or
    pledged to it. The owner of the site is not asked: it may be the keeper that is gone.
    """
    name = act["lot"]
    lot = stock.opened(draft, name)
    if act["judgment"] == NONE:
        raise Refused("LotsZeroId", "no judgment")
    act.same_head(act["head"], lot.head)
    act.signed_by(2)
    before, owner = lot.keeper.organisation, places.owner_of(draft, draft.slots[lot.slot]).organisation
    court = act.court_before(lot.opened_block, act["keeper"], before, owner).organisation
    keeper = act.newcomer(1, KeyRole.KEEPER, act["keeper"], act["keeperSince"])
    _must_be_strangers(draft, act, lot, court)
    witnesses = panel(act, keeper.organisation)
    places.succeed(draft, act, lot.slot, before, keeper)
    draft.lots[name] = moved(
        lot, act, keeper=keeper, witnesses=witnesses, quorum=act["quorum"], panel_since=act.block - 1
    )


def _must_be_strangers(draft: Draft, act: Act, lot: Lot, court: bytes) -> None:
    """Neither the new keeper nor the court holds a receipt of the lot, lends on one, or has goods there in none."""
    if len(act["receipts"]) != lot.receipts:
        raise Refused("LotsNotAllReceipts", f"{len(act['receipts'])} receipts, not {lot.receipts}")
    for number in _ascending(act["receipts"]):
        receipt = draft.receipts.get(number)
        if receipt is None or not receipt.live or receipt.lot != act["lot"]:
            raise Refused("LotsNotItsReceipt", number.hex())
        _must_be_neither(act, court, receipt.holder.organisation)
    for stake in lot.stakes:
        _must_be_neither(act, court, stake.lender.organisation)
    for depositor in (act["keeper"], court):
        if depositor in lot.deposits:
            _must_be_neither(act, court, depositor)


def _must_be_neither(act: Act, court: bytes, party: bytes) -> None:
    if party == act["keeper"]:
        raise Refused("LotsKeeperIsAParty", party.hex())
    if party == court:
        raise Refused("SignedByAParty", "the court is a party")


def panel(act: Act, keeper: bytes) -> tuple[Witness, ...]:
    """Different organisations, so that a quorum is as many of them, and can be had without the keeper.

    One that verifies and one that inspects are not the keeper: without them nothing comes in, is receipted, or leaves.

    That they are registered is not known here.
    """
    organisations, roles = act["witnesses"], act["roles"]
    if len(organisations) > MOST_WITNESSES or len(roles) != len(organisations):
        raise Refused("LotsTooManyOrFew", f"{len(organisations)} witnesses, {len(roles)} roles")
    for at, (organisation, role) in enumerate(zip(organisations, roles, strict=True)):
        if role not in _WITNESS_ROLES or organisation in (NONE, *organisations[:at]):
            raise Refused("LotsNoWitness", f"at {at}")
    witnesses = tuple(Witness(one, KeyRole(role)) for one, role in zip(organisations, roles, strict=True))
    others = [one.role for one in witnesses if one.organisation != keeper]
    if not LEAST_QUORUM <= act["quorum"] <= len(others):
        raise Refused("LotsQuorum", f"{act['quorum']} of {len(others)} without the keeper")
    if KeyRole.VERIFIER not in others or KeyRole.INSPECTOR not in others:
        raise Refused("LotsPanel", "nobody but the keeper verifies, or nobody inspects")
    return witnesses


def _parties_or_court(lot: Lot, act: Act, first: int, parties: Iterable[Party]) -> bytes:
    """Each signs, or one court for all that are silent, which is none of them; that court, or NONE."""
    court, asked = NONE, {lot.keeper.organisation}
    for place, party in enumerate(parties, first):
        asked.add(party.organisation)
        if act.signers[place].role is party.role:
            act.must_sign(place, party)
            continue
        found = act.signer_since(place, KeyRole.COURT_LIAISON, lot.opened_block - 1)
        if court not in (NONE, found.organisation):
            raise Refused("SignedByAnother", "one court for all that are silent")
        court = found.organisation
    if court in asked:
        raise Refused("SignedByAParty", "the court is a party")
    return court


def _ascending(ids: Sequence[bytes]) -> Iterator[bytes]:
    for at, one in enumerate(ids):
        if at and one <= ids[at - 1]:
            raise Refused("LotsNotAscending", one.hex())
        yield one


def _deposit(lot: Lot, depositor: bytes) -> Deposit:
    if depositor not in lot.deposits:
        raise Refused("LotsNotDeposited", f"{depositor.hex()} has nothing there")
    return lot.deposits[depositor]


RULES = {
    "Attest": attest,
    "Apportion": apportion,
    "CloseLot": close_lot,
    "SucceedKeeper": succeed_keeper,
}
