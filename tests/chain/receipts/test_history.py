"""Histories of the real contracts: every operation comes back as it was signed, and a node that lies is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from tally_chain.anchoring.keys import LocalSigner
from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import (
    AnchorRefusedError,
    ForeignChainError,
    ForeignContractError,
    OperationError,
    RegistryHistoryError,
)
from tally_chain.receipts.checking import check
from tally_chain.receipts.history import (
    OPERATED_TOPIC,
    ReceiptHistory,
    SignedOperation,
    SiteRegistered,
    read_history,
)
from tally_chain.receipts.operation_file import OperationFile, add, begin
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.sending import send
from tally_chain.receipts.signing import sign
from tally_chain.receipts.views import head_of, view
from tally_chain.registry.organisations import key_id_of
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import OWNER, STRANGER, signer
from tests.chain.receipts.yard import KEYS, OUTLINE, TONNE, Yard, yard_on
from tests.chain.registry.parties import REVOKER, Parties, fresh

_YARDS: dict[int, Yard] = {}


def read(yard: Yard, engine: Engine | None = None) -> ReceiptHistory:
    return read_history(engine or yard.parties.stage.engine, yard.places, yard.parties.at.organisations)


def operations(history: ReceiptHistory) -> list[SignedOperation]:
    return [entry for entry in history.entries if isinstance(entry, SignedOperation)]


@pytest.fixture
def yard(parties: Parties) -> Yard:
    """A warehouse where everything has happened once."""
    if id(parties) not in _YARDS:
        _YARDS[id(parties)] = busy(yard_on(parties))
    return _YARDS[id(parties)]


def busy(yard: Yard) -> Yard:
    """Goods in, receipt, split, pledge, order, gate, release, hold, endorsement, delivery; a trade, a voucher."""
    known = yard.parties.known()
    lot = yard.stocked(10)
    receipt = yard.issued(lot, 9)
    first, second = fresh("receipt"), fresh("receipt")
    yard.did(
        "Split", "holder", "keeper",
        receipt=receipt, numbers=(first, second), quantities=(6 * TONNE, 3 * TONNE), pledged=(0, 0),
        documents=(fresh("document"), fresh("document")),
    )  # fmt: skip
    yard.pledged(first, 6)
    picker, window = fresh("picker"), {"from": yard.parties.now(), "until": yard.deadline}
    order = yard.did(
        "Order", "lender", "lender 2", "holder",
        receipt=first, quantity=2 * TONNE, picker=picker, computation=fresh("computation"), **window,
    )  # fmt: skip
    yard.did(
        "Execute", "keeper", "verifier",
        order=order.digest, receipt=first, quantity=2 * TONNE, picker=picker, evidence=(fresh("out"),), serials=(),
        leftAt=yard.parties.now(), places=(),
    )  # fmt: skip
    yard.did("Release", "lender", "lender 2", receipt=first, quantity=4 * TONNE, computation=fresh("computation"))
    held = yard.did("Hold", "court", receipt=second, kind=2, role=8, quantity=0, reason=fresh("judgement"))
    yard.did("Lift", "court", receipt=second, hold=held.digest, reason=fresh("judgement"), role=8)
    yard.did(
        "Endorse", "holder", "keeper", "taker", receipt=second, to=yard.whose("taker"), toSince=yard.parties.known()
    )
    yard.did(
        "Deliver", "taker", "keeper", "verifier",
        receipt=second, quantity=3 * TONNE, evidence=(fresh("out"),), serials=(), last=True,
        leftAt=yard.parties.now(), places=(),
    )  # fmt: skip
    trade, parties = fresh("trade"), {"seller": yard.whose("holder"), "buyer": yard.whose("taker")}
    yard.did(
        "OpenTrade", "holder", "taker", "registrar",
        trade=trade, sellerSince=known, buyerSince=known, terms=fresh("terms"), **parties,
    )  # fmt: skip
    yard.did(
        "CreateVoucher", "holder", "taker", "registrar",
        number=fresh("voucher"), invoices=(fresh("invoice"), fresh("invoice")), supplier=parties["seller"],
        supplierSince=known, obligor=parties["buyer"], obligorSince=known, face=1_000_000_00,
        dueAt=yard.parties.now() + 90 * 86_400, trade=trade,
    )  # fmt: skip
    return yard


def test_every_operation_comes_back_as_it_was_signed(yard: Yard) -> None:
    history = read(yard)
    site, *_ = history.entries
    assert isinstance(site, SiteRegistered)
    assert (site.site, site.owner, site.outline) == (yard.site, yard.whose("owner"), OUTLINE)
    found = operations(history)
    assert [entry.operation for entry in found] == [file.operation for file in yard.files]
    assert len({entry.operation.kind for entry in found}) == 19
    by_address = {key.address: name for name, key in yard.keys.items()}
    for entry, file in zip(found, yard.files, strict=True):
        assert entry.digest == file.digest
        assert [signed.address for signed in entry.signers] == [place.address for place in file.places]
        for signed, place in zip(entry.signers, file.places, strict=True):
            firm, role = KEYS[by_address[signed.address]]
            assert (signed.organisation, signed.role) == (yard.organisations[firm], role)
            assert place.organisation in (None, signed.organisation)
            assert signed.acts_since == history.registry.keys[signed.key_id].bound_block
    moments = [(entry.moment.block_number, entry.moment.index) for entry in history.entries]
    assert moments == sorted(set(moments))


def test_what_is_about_an_object_is_found_by_any_of_its_names(yard: Yard) -> None:
    history = read(yard)
    court = history.about(yard.whose("court"))
    assert [entry.operation.kind for entry in court if isinstance(entry, SignedOperation)] == ["Hold", "Lift"]
    (held, lifted) = operations(replace(history, entries=tuple(court)))
    assert lifted in history.about(held.digest)
    inbound = next(entry for entry in operations(history) if entry.operation.kind == "RecordInbound")
    assert history.about(inbound.operation.values["weighings"][3].evidence) == [inbound]
    assert history.about(yard.site)[0] == history.entries[0]
    assert history.about(fresh("nothing")) == []


class Lying:
    """A node that changes the events that it shows."""

    def __init__(self, engine: Engine, change: Callable[[Event], Event]) -> None:
        self._engine, self._change = engine, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def events(self, *arguments: Any) -> list[Event]:
        return [self._change(event) for event in self._engine.events(*arguments)]


_DATA = ("bytes32", "bytes32", "bytes", "bytes[]", "uint64")


def rewritten(place: int, value: Callable[[Any], Any]) -> Callable[[Event], Event]:
    def change(event: Event) -> Event:
        if event.topics[0] != OPERATED_TOPIC:
            return event
        parts = list(decode(_DATA, event.data))
        parts[place] = value(parts[place])
        return replace(event, data=encode(_DATA, parts))

    return change


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def topics(place: int, value: bytes) -> Callable[[Event], Event]:
    def change(event: Event) -> Event:
        if event.topics[0] != OPERATED_TOPIC:
            return event
        return replace(event, topics=(*event.topics[:place], value, *event.topics[place + 1 :]))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rewritten(0, flipped), "has another digest than its fields"),
        (rewritten(1, flipped), "does not continue the head that was signed"),
        (rewritten(2, flipped), "has another digest than its fields"),
        (rewritten(2, lambda fields: fields + bytes(32)), "another encoding|too short"),
        (rewritten(3, lambda given: [flipped(one) for one in given]), "a signature is none"),
        (
            rewritten(3, lambda given: [one[:10] + b"\1" + one[11:] for one in given]),
            "nobody's good key|a signature is none",
        ),
        (topics(2, b"?" * 32), "is about another object"),
        (topics(3, b"?" * 32), "is of no kind that is known"),
    ],
)
def test_a_node_that_changes_what_it_shows_is_caught(
    solo: Parties, change: Callable[[Event], Event], said: str
) -> None:
    if id(solo) not in _YARDS:
        _YARDS[id(solo)] = busy(yard_on(solo))
    yard = _YARDS[id(solo)]
    with pytest.raises(RegistryHistoryError, match=said):
        read(yard, Lying(yard.parties.stage.engine, change))  # type: ignore[arg-type]


def test_a_node_that_hides_an_operation_is_caught(solo: Parties) -> None:
    yard = yard_on(solo)
    hidden = yard.files[-1].digest

    class Hiding(Lying):
        def events(self, *arguments: Any) -> list[Event]:
            found = self._engine.events(*arguments)
            return [event for event in found if event.topics[0] != OPERATED_TOPIC or event.data[:32] != hidden]

    with pytest.raises(RegistryHistoryError):
        read(yard, Hiding(solo.stage.engine, lambda event: event))  # type: ignore[arg-type]


def test_a_key_counts_as_it_was_when_it_signed(solo: Parties) -> None:
    """A revocation and a vouching that come later change nothing of what was signed before."""
    yard = yard_on(solo, owner=OWNER)
    before = operations(read(yard))
    later = signer(f"later {fresh().hex()}")
    solo.bind(yard.whose("owner"), key_id_of(later.address), KeyRole.SITE_OWNER)
    yard.keys["later"] = later
    lot_slot = {"slot": yard.slot}
    with pytest.raises(AnchorRefusedError, match="SignedByALaterKey"):
        yard.did("DismissKeeper", "later", **lot_slot)
    bound = solo.known() + 1
    solo.transact(yard.keys["owner"], *vouching(yard, later))
    yard.did("DismissKeeper", "later", **lot_slot)
    solo.transact(REVOKER, *revoking(yard, later))
    yard.did("RetireSlot", "owner", **lot_slot)
    history = read(yard)
    found = operations(history)
    assert found[: len(before)] == before
    dismissed = found[len(before)].signers[0]
    assert dismissed.address == later.address
    assert dismissed.acts_since == found[0].signers[0].acts_since < bound
    key = history.registry.keys[dismissed.key_id]
    assert key.revocation is not None
    assert [one.acts_since_before > one.acts_since for one in key.vouchings] == [True]
    assert key.acted_since(key.bound_block, 10**6) == key.bound_block > key.acts_since
    assert not key.good_before(key.revocation.block_number, key.revocation.index, solo.now())
    assert key.good_before(key.revocation.block_number, key.revocation.index - 1, solo.now())


def vouching(yard: Yard, key: LocalSigner) -> tuple[object, ...]:
    return yard.parties.at.organisations, "Organisations", "vouch", key_id_of(key.address)


def revoking(yard: Yard, key: LocalSigner) -> tuple[object, ...]:
    return yard.parties.at.organisations, "Organisations", "revokeKey", key_id_of(key.address), 2, 0


def test_an_operation_is_checked_before_anybody_sends_it(yard: Yard) -> None:
    engine, organisations = yard.parties.stage.engine, yard.parties.at.organisations
    drafted = yard.drafted("AddSlot", slot_of(yard))

    def problems(file: OperationFile, places: dict[str, str] | None = None) -> tuple[str, ...]:
        return check(engine, file, places or yard.places, organisations).problems

    assert problems(drafted) == ()
    good = yard.signed(drafted, "owner")
    checked = check(engine, good, yard.places, organisations)
    assert (checked.problems, checked.complete) == ((), True)
    assert checked.keys[0] is not None
    assert checked.keys[0].organisation == yard.whose("owner")
    (role, organisation, refused) = problems(yard.signed(drafted, "keeper"))
    assert organisation.startswith("ANOTHER ORGANISATION")
    assert "is keeper, and owner of the site must be site-owner" in role
    assert refused.startswith("REFUSED by Sites: SignedByNobodyInRole")
    (stranger, refused) = problems(
        add(drafted, 0, sign(STRANGER, drafted.operation, drafted.chain_id, drafted.contract))
    )
    assert stranger.startswith(f"UNKNOWN KEY: {STRANGER.address}")
    assert refused.startswith("REFUSED")
    stale = with_values(yard, good, head=b"H" * 32)
    assert problems(stale)[0].startswith(f"ANOTHER HEAD: site 0x{yard.site.hex()}")
    late = with_values(yard, good, deadline=yard.parties.now() - 1)
    assert problems(late)[0].startswith("TOO LATE")
    assert problems(late)[1].startswith("REFUSED by Sites: SignedTooLate")
    (chain,) = problems(begin(good.operation, good.chain_id + 1, good.contract))
    assert chain.startswith("ANOTHER CHAIN")
    (contract,) = problems(begin(good.operation, good.chain_id, yard.places["Lots"]))
    assert contract.startswith("ANOTHER CONTRACT")


def slot_of(yard: Yard) -> dict[str, Any]:
    corners = ((3_000, 3_000), (4_000, 3_000), (4_000, 4_000), (3_000, 4_000))
    return {"site": yard.site, "outline": corners, "bottom": 0, "top": 500, "plan": b"P" * 32}


def with_values(yard: Yard, file: OperationFile, **values: Any) -> OperationFile:
    operation = Operation(file.operation.kind, {**file.operation.values, **values})
    return yard.signed(begin(operation, file.chain_id, file.contract), "owner")


def test_of_whom_an_organisation_is_expected_no_other_signs(yard: Yard) -> None:
    values = {"slot": yard.slot, "keeper": yard.whose("verifier"), "keeperSince": yard.parties.known()}
    file = yard.signed(yard.drafted("AssignKeeper", values), "owner", "keeper")
    problems = check(yard.parties.stage.engine, file, yard.places, yard.parties.at.organisations).problems
    assert problems[0].startswith("ANOTHER ORGANISATION")
    assert problems[-1].startswith("REFUSED by Sites:")


def test_sending_refuses_what_is_not_signed_or_for_another_chain_and_never_repeats(solo: Parties) -> None:
    yard = yard_on(solo)
    engine, organisations = solo.stage.engine, solo.at.organisations
    drafted = yard.drafted("AddSlot", slot_of(yard))
    signed = yard.signed(drafted, "owner")
    arguments = (engine, STRANGER, solo.stage.profile)
    with pytest.raises(OperationError, match="not signed yet by: owner of the site"):
        send(*arguments, drafted, organisations)
    other = yard.signed(begin(drafted.operation, drafted.chain_id + 1, drafted.contract), "owner")
    with pytest.raises(ForeignChainError, match="is for chain"):
        send(*arguments, other, organisations)
    misplaced = yard.signed(begin(drafted.operation, drafted.chain_id, yard.places["Lots"]), "owner")
    with pytest.raises(ForeignContractError):
        send(*arguments, misplaced, organisations)
    assert send(*arguments, signed, organisations).succeeded
    with pytest.raises(AnchorRefusedError, match="SitesKnownSlot"):
        send(*arguments, signed, organisations)


def test_views_are_read_by_name(yard: Yard) -> None:
    engine = yard.parties.stage.engine
    slot = view(engine, yard.places["Sites"], "Sites", "slotOf", yard.slot)
    assert (slot["keeper"]["organisation"], slot["living"], slot["top"]) == (yard.whose("keeper"), True, 8_000)
    outline = view(engine, yard.places["Sites"], "Sites", "outlineOf", yard.slot)
    assert outline[1] == {"x": 2_000, "y": 1_000}
    assert head_of(engine, yard.places, "slot", yard.slot) == slot["head"]
    assert head_of(engine, yard.places, "lot", fresh("lot")) == bytes(32)
    with pytest.raises(OperationError, match="the contract Lots is not known here"):
        head_of(engine, {}, "lot", fresh("lot"))


def test_a_file_says_who_must_sign_as_the_contracts_have_it(solo: Parties) -> None:
    yard = yard_on(solo)
    lot = yard.stocked(10)
    receipt = yard.issued(lot, 8)
    void = {"lot": lot, "evidence": yard.files[-3].operation.values["weighings"][0].evidence, "reason": b"R" * 32}
    pieces = {
        "receipt": receipt, "numbers": (fresh("a"), fresh("b")), "quantities": (4 * TONNE,) * 2, "pledged": (0, 0),
        "documents": (fresh("d"), fresh("e")),
    }  # fmt: skip

    def signers(kind: str, **values: Any) -> list[tuple[str, str | None]]:
        firms = {yard.whose(name): name for name in ("owner", "keeper", "verifier", "holder", "lender", "taker")}
        places = yard.drafted(kind, values).places
        return [(place.who, None if place.organisation is None else firms[place.organisation]) for place in places]

    assert signers("VoidWeighing", **void) == [
        ("keeper of the lot", "keeper"),
        ("depositor of that weighing", "holder"),
    ]
    assert [firm for _, firm in signers("Split", **pieces)] == ["holder", "keeper"]
    yard.pledged(receipt, 8)
    assert signers("VoidWeighing", **void)[2:] == [("each lender of the lot", "lender")]
    assert [firm for _, firm in signers("Split", **pieces)] == ["holder", "keeper", "lender"]
    until = {"receipt": receipt, "until": yard.deadline}
    assert [firm for _, firm in signers("SetFloor", floor=TONNE, **until)] == ["lender", "lender", "holder"]
    yard.did("SetFloor", "lender", "lender 2", "holder", floor=TONNE, **until)
    for floor in (0, TONNE, 2 * TONNE):
        assert [firm for _, firm in signers("SetFloor", floor=floor, **until)] == ["lender", "lender"]
    assert [firm for _, firm in signers("SetFloor", floor=1, **until)] == ["lender", "lender", "holder"]
    out = {"receipt": receipt, "quantity": TONNE, "evidence": (fresh("e"),), "serials": ()}
    three = [("holder of the receipt", "holder"), ("keeper of the lot", "keeper"), ("verifier", None)]
    assert signers("Deliver", **out, last=False, leftAt=1, places=()) == three
    seen = signers("Deliver", **out, last=False, leftAt=1, places=(0, 1))
    assert seen[:3] == three
    assert [firm for _, firm in seen[3:]] == ["keeper", "verifier"]
    for role, firm in ((KeyRole.HOLDER, "holder"), (KeyRole.LENDER, "lender")):
        assert [found for _, found in signers("Withdraw", receipt=receipt, role=int(role))] == [firm]
    assert signers("Cure", receipt=fresh("unknown"), computation=fresh("c")) == [("lender of the pledge", None)]

    # A file that leaves the lender out is told so, though everybody in it has signed.
    whole = {**pieces, "pledged": (4 * TONNE,) * 2}
    bare = begin(yard.drafted("Split", whole).operation, 77, yard.places["Receipts"])
    file = yard.signed(replace(bare, chain_id=solo.stage.engine.identity().chain_id), "holder", "keeper")
    checked = check(solo.stage.engine, file, yard.places, solo.at.organisations)
    assert checked.problems[0] == "OTHER PLACES: 1 must sign as lender of the pledge, and the file has 0 places"
    assert checked.problems[1].startswith("REFUSED by Receipts: SignedByTooManyOrFew")
    other = replace(file.places[0], organisation=yard.whose("taker"))
    problems = check(
        solo.stage.engine, replace(file, places=(other, file.places[1])), yard.places, solo.at.organisations
    ).problems
    assert any(problem.startswith("ANOTHER PARTY") for problem in problems)
