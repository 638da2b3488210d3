"""The desk over HTTP: each party sees its own, writes what it may, once; and what is refused says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from tally_chain.receipts.operation_file import decode
from tally_chain.receipts.signing import sign
from tally_finance.api import operation_routes
from tally_finance.api.forms import read, written
from tally_finance.api.rights import DESK_ROLES, RIGHTS, Role
from tally_finance.api.told_desk import operation_told
from tally_finance.book.reservation_events import ReservationEnded
from tally_finance.errors import DeskError
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import TONNE, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import COPPER, DAY, FACILITY, office


@pytest.fixture(scope="module")
def made(embedded: Stage, books: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One counter for all tests, with a pledge of 40 t; a test that changes it uses a receipt of its own."""
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"), database=books)
    office_made.pledged(40)
    with counter(office_made) as opened:
        yield opened


def pledged(made: Counter) -> str:
    """The largest: others are pledged by single tests."""
    pledges = made.get(Role.LENDER, "/v1/pledges", limit=200).json()["items"]
    return str(max(pledges, key=lambda one: int(one["pledged_g"]))["receipt"])


def free_receipt(made: Counter) -> str:
    number = made.office.yard.issued(made.office.lot, 1)
    made.office.sync()
    return written(number)


def test_every_route_has_its_right_in_the_document(made: Counter) -> None:
    document = made.client.get("/openapi.json").json()
    found = {
        (method.upper(), path): one
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if path != "/healthz"
    }
    assert set(found) == set(RIGHTS)
    for route, one in found.items():
        assert one["x-roles"] == sorted(RIGHTS[route].roles)
        assert one["security"] == [{"bearer": []}]


@pytest.mark.parametrize("route", sorted(RIGHTS), ids=" ".join)
def test_nobody_is_let_in_without_a_token_nor_in_another_role(made: Counter, route: tuple[str, str]) -> None:
    method, path = route
    filled = path.replace("{facility}", FACILITY).replace("{commodity}", COPPER)
    for name in ("number", "lot", "site", "slot", "receipt", "order", "digest"):
        filled = filled.replace("{" + name + "}", "0x" + "11" * 32)
    for token in (None, "00" * 32, "x"):
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        assert made.client.request(method, filled, headers=headers).status_code == 401
    for role in set(DESK_ROLES) - RIGHTS[route].roles:
        answer = made.client.request(method, filled, headers=made.headers(role, "a-key-of-mine"))
        assert answer.status_code == 403, (role, answer.text)


@pytest.mark.parametrize("role", [Role.KEEPER, Role.DEPOSITOR, Role.LENDER, Role.INSPECTOR])
def test_a_party_lists_its_receipts(made: Counter, role: Role) -> None:
    found = [one["number"] for one in made.get(role, "/v1/receipts").json()["items"]]
    assert pledged(made) in found


def test_a_stranger_of_the_same_role_sees_nothing(made: Counter) -> None:
    for role in (Role.KEEPER, Role.DEPOSITOR, Role.LENDER, Role.INSPECTOR):
        token = made.token(f"other-{role}-{fresh().hex()[:8]}", fresh("organisation"), role)
        headers = {"authorization": f"Bearer {token}"}
        assert made.client.get("/v1/receipts", headers=headers).json()["items"] == []
        assert made.client.get("/v1/lots", headers=headers).json()["items"] == []
        assert made.client.get(f"/v1/receipts/{pledged(made)}", headers=headers).status_code == 404


def test_another_lender_has_no_book_here(made: Counter) -> None:
    token = made.token(f"rival-{fresh().hex()[:8]}", fresh("rival"), Role.LENDER)
    headers = {"authorization": f"Bearer {token}"}
    for path in ("/v1/facilities", "/v1/prices", "/v1/alerts", "/v1/close", f"/v1/facilities/{FACILITY}"):
        assert made.client.get(path, headers=headers).status_code == 403


def test_facilities_are_listed_without_their_lots_and_by_what_secures_them(made: Counter) -> None:
    number = pledged(made)
    whole = made.get(Role.LENDER, "/v1/facilities").json()
    assert any(number in lot["receipts"] for one in whole for lot in one["lots"])
    close = made.get(Role.LENDER, "/v1/close", lots="false").json()
    assert close["positions"]
    assert all(one["lots"] == [] for one in close["positions"])
    heads = made.get(Role.LENDER, "/v1/facilities", lots="false").json()
    assert [one["digest"] for one in heads] == [one["digest"] for one in whole]
    assert all(one["lots"] == [] for one in heads)
    found = made.get(Role.LENDER, "/v1/facilities", secured_by=number).json()
    assert found == [one for one in whole if any(number in lot["receipts"] for lot in one["lots"])]
    assert made.get(Role.LENDER, "/v1/facilities", secured_by=written(bytes(32))).json() == []
    assert made.get(Role.LENDER, "/v1/facilities", secured_by="R-1").status_code == 400


def test_a_court_asks_by_number_alone(made: Counter) -> None:
    assert made.get(Role.COURT, "/v1/receipts").status_code == 403
    told = made.get(Role.COURT, f"/v1/receipts/{pledged(made)}").json()
    assert (told["encumbrance"], told["holds"]) == ("registered", [])


def test_a_borrower_sees_its_facility_and_no_other_does(made: Counter) -> None:
    mine = made.get(Role.DEPOSITOR, "/v1/facilities").json()
    assert FACILITY in [one["facility"] for one in mine]
    assert {one["borrower"] for one in mine} == {written(made.office.yard.whose("holder"))}
    token = made.token(f"holder-{fresh().hex()[:8]}", fresh("another"), Role.DEPOSITOR)
    headers = {"authorization": f"Bearer {token}"}
    assert made.client.get("/v1/facilities", headers=headers).json() == []
    assert made.client.get(f"/v1/facilities/{FACILITY}", headers=headers).status_code == 404


def test_pages_follow_one_another(made: Counter) -> None:
    numbers, after, begins = [], None, []
    for _ in range(3):
        free_receipt(made)
    while True:
        query = {"limit": 2} if after is None else {"limit": 2, "after": after}
        page = made.get(Role.KEEPER, "/v1/receipts", **query).json()
        assert (page["skipped"], page["previous"]) == (len(numbers), begins[-1] if begins else None)
        numbers += [one["number"] for one in page["items"]]
        assert len(numbers) <= page["total"]
        begins.append(after)
        after = page["next"]
        if after is None:
            break
    assert len(numbers) == page["total"]
    assert numbers == sorted(set(numbers))
    assert numbers == [one["number"] for one in made.get(Role.KEEPER, "/v1/receipts", limit=200).json()["items"]]


def test_operations_come_by_id_or_the_newest_first(made: Counter) -> None:
    for _ in range(2):
        values = {"receipt": free_receipt(made), "quantity": "1000", "document": written(fresh())}
        values |= {"deadline": str(made.office.yard.deadline)}
        assert made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Amend", "values": values}).status_code == 201
    by_id = made.get(Role.DEPOSITOR, "/v1/operations", limit=200).json()
    newest = made.get(Role.DEPOSITOR, "/v1/operations", limit=200, newest=True).json()
    begun = [one["begun_at"] for one in newest["items"]]
    assert begun == sorted(begun, reverse=True)
    names = [one["digest"] for one in newest["items"]]
    assert sorted(names) == [one["digest"] for one in by_id["items"]]
    rest = made.get(Role.DEPOSITOR, "/v1/operations", limit=200, newest=True, after=names[0]).json()
    assert ([one["digest"] for one in rest["items"]], rest["skipped"]) == (names[1:], 1)
    lost = made.get(Role.DEPOSITOR, "/v1/operations", newest=True, after=written(fresh()))
    assert (lost.status_code, lost.json()["title"]) == (400, "the request is not understood")


def test_the_same_request_under_one_key_is_done_once(made: Counter) -> None:
    draw(made)
    body = {"amount": "10.00", "payment": written(fresh("payment")), "paid_at": made.office.desk.now()}
    path, key = f"/v1/facilities/{FACILITY}/repayments", "pay-" + fresh().hex()[:16]
    first = made.post(Role.LENDER, path, body, key)
    seq = made.office.desk.book.head().seq
    again = made.post(Role.LENDER, path, body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]) == ("false", "true")
    assert made.office.desk.book.head().seq == seq
    other = made.post(Role.LENDER, path, {**body, "amount": "11.00"}, key)
    assert other.status_code == 409
    assert other.json()["title"] == "the key was used"
    elsewhere = made.post(Role.LENDER, f"/v1/facilities/{FACILITY}/fees", body, key)
    assert elsewhere.status_code in (400, 409)


def test_a_refused_request_may_be_tried_again_under_its_key(made: Counter) -> None:
    path, key = f"/v1/facilities/{FACILITY}/draws", "draw-" + fresh().hex()[:16]
    refused = made.post(Role.LENDER, path, {"amount": "9999999.00"}, key)
    assert refused.status_code == 409
    assert "not-covered" in refused.json()["detail"]
    assert made.post(Role.LENDER, path, {"amount": "9999999.00"}, key).status_code == 409
    made.office.searched()
    assert made.post(Role.LENDER, path, {"amount": "1000.00"}, key).status_code == 201


def test_a_request_without_a_key_is_refused(made: Counter) -> None:
    answer = made.client.post("/v1/sync", headers=made.headers(Role.LENDER))
    assert answer.status_code == 400
    assert "idempotency" in answer.json()["detail"].lower()


def test_a_token_that_only_reads_writes_nothing(made: Counter) -> None:
    reader = made.token(f"reader-{fresh().hex()[:8]}", made.office.yard.whose("lender"), Role.LENDER, may_write=False)
    headers = {"authorization": f"Bearer {reader}", "idempotency-key": "a-key-of-mine"}
    assert made.client.get("/v1/close", headers=headers).status_code == 200
    assert made.client.post("/v1/sync", headers=headers).status_code == 403


def test_a_revoked_token_and_one_that_is_over_open_nothing(made: Counter) -> None:
    name = f"gone-{fresh().hex()[:8]}"
    token = made.token(name, made.office.yard.whose("keeper"), Role.KEEPER)
    headers = {"authorization": f"Bearer {token}"}
    assert made.client.get("/v1/me", headers=headers).status_code == 200
    made.service.tokens.revoke(name, 1)
    assert made.client.get("/v1/me", headers=headers).status_code == 401
    bearer = made.service.tokens.all()[0].bearer
    late = made.service.tokens.make(type(bearer)(name + "x", bearer.organisation, bearer.role, True), now=1, valid_s=1)
    assert made.client.get("/v1/me", headers={"authorization": f"Bearer {late}"}).status_code == 401


def test_an_order_is_prepared_signed_by_all_and_sent(made: Counter) -> None:
    office_made, receipt = made.office, pledged(made)
    now = office_made.now()
    body = {
        "act": "order", "receipt": receipt, "quantity_g": str(TONNE), "picker": written(fresh("picker")),
        "begins": now, "until": now + DAY,
    }  # fmt: skip
    begun = made.post(Role.LENDER, "/v1/prepared", body)
    assert begun.status_code == 201, begun.text
    told = begun.json()
    digest, file = told["digest"], decode(told["file"].encode())
    computation = made.get(Role.LENDER, f"/v1/computations/{told['computation']}").json()
    assert (computation["act"], computation["is_allowed"]) == ("release", True)
    assert int(computation["after"]["counted_fen"]) < int(computation["before"]["counted_fen"])
    assert made.post(Role.LENDER, f"/v1/operations/{digest}/send").status_code == 422
    stranger = sign(office_made.yard.keys["keeper"], file.operation, file.chain_id, file.contract)
    refused = made.post(Role.LENDER, f"/v1/operations/{digest}/signatures", _signature(0, stranger))
    assert (refused.status_code, refused.json()["title"]) == (403, "another's key")
    signers = ((Role.LENDER, "lender"), (Role.LENDER, "lender 2"), (Role.DEPOSITOR, "holder"))
    for place, (role, key) in enumerate(signers):
        made_by = sign(office_made.yard.keys[key], file.operation, file.chain_id, file.contract)
        answer = made.post(role, f"/v1/operations/{digest}/signatures", _signature(place, made_by))
        assert answer.status_code == 201, answer.text
        assert answer.json()["places"][place]["is_signed"]
    sent = made.post(Role.LENDER, f"/v1/operations/{digest}/send")
    assert sent.status_code == 201, sent.text
    assert sent.json()["sent"] is not None
    for query, is_there in (({}, True), ({"receipt": receipt}, True), ({"receipt": written(fresh())}, False)):
        orders = made.get(Role.KEEPER, "/v1/orders", limit=200, **query).json()["items"]
        assert (digest in [one["order"] for one in orders]) is is_there


def test_operations_are_told_by_how_they_stand_and_what_they_name(made: Counter) -> None:
    receipt = office_pledged(made)
    body = {"act": "release", "receipt": receipt, "quantity_g": str(TONNE)}
    digest = made.post(Role.LENDER, "/v1/prepared", body).json()["digest"]
    queries: tuple[tuple[dict[str, str], bool], ...] = (
        ({"under_way": "true"}, True), ({"under_way": "false"}, False), ({"about": receipt}, True),
        ({"about": receipt, "under_way": "true"}, True), ({"about": written(fresh())}, False),
    )  # fmt: skip
    for query, is_there in queries:
        told = made.get(Role.LENDER, "/v1/operations", limit=200, **query).json()["items"]
        assert (digest in [one["digest"] for one in told]) is is_there, query


def test_the_second_signature_is_another_keys(made: Counter) -> None:
    body = {"act": "release", "receipt": office_pledged(made), "quantity_g": str(TONNE)}
    told = made.post(Role.LENDER, "/v1/prepared", body).json()
    path, file = f"/v1/operations/{told['digest']}/signatures", decode(told["file"].encode())
    mine = sign(made.office.yard.keys["lender"], file.operation, file.chain_id, file.contract)
    assert made.post(Role.LENDER, path, _signature(1, mine)).status_code == 201
    refused = made.post(Role.LENDER, path, _signature(0, mine))
    assert (refused.status_code, refused.json()["title"]) == (409, "another key signs")


def test_since_when_a_new_partys_key_acts_is_filled_in(made: Counter) -> None:
    values = {"receipt": free_receipt(made), "to": written(made.office.yard.whose("taker")), "deadline": "1999999999"}
    told = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Endorse", "values": values})
    assert told.status_code == 201, told.text
    since = decode(told.json()["file"].encode()).operation.values["toSince"]
    assert 0 < since < made.office.desk.view.history.last_block
    given = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Endorse", "values": values | {"toSince": "1"}})
    assert decode(given.json()["file"].encode()).operation.values["toSince"] == 1


def test_a_release_that_all_signed_is_tested_on_the_loan_of_now(made: Counter) -> None:
    office_made, receipt = made.office, office_pledged(made)
    draw(made)
    told = made.post(
        Role.LENDER, "/v1/prepared", {"act": "release", "receipt": receipt, "quantity_g": str(TONNE)}
    ).json()
    digest, file = told["digest"], decode(told["file"].encode())
    for place, key in enumerate(("lender", "lender 2")):
        made_by = sign(office_made.yard.keys[key], file.operation, file.chain_id, file.contract)
        assert (
            made.post(Role.LENDER, f"/v1/operations/{digest}/signatures", _signature(place, made_by)).status_code == 201
        )
    withdrawn = made.post(Role.LENDER, f"/v1/operations/{digest}/withdraw", {"reason": "changed our mind"})
    assert (withdrawn.status_code, "has signed it already" in withdrawn.json()["detail"]) == (422, True)
    office_made.priced(1)
    try:
        refused = made.post(Role.LENDER, f"/v1/operations/{digest}/send")
        assert refused.status_code == 409
        assert "not any more: not-covered" in refused.json()["detail"]
        assert made.get(Role.LENDER, f"/v1/operations/{digest}").json()["sent"] is None
    finally:
        office_made.priced(70_000)
    assert made.post(Role.LENDER, f"/v1/operations/{digest}/send").status_code == 201


def test_whoever_asks_again_after_a_crash_is_given_what_is_held_for_already(
    made: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"act": "release", "receipt": office_pledged(made), "quantity_g": str(TONNE)}
    made.office.priced(70_000)  # another test leaves another price
    before = _available(made)
    drafts = {one.file.digest for one in made.service.drafts.all()}

    def died(*_: object) -> None:
        raise DeskError("died before the answer")

    monkeypatch.setattr(operation_routes, "operation_told", died)
    assert made.post(Role.LENDER, "/v1/prepared", body, "a-key-that-died").status_code == 422
    (kept,) = [one for one in made.service.drafts.all() if one.file.digest not in drafts]
    assert _available(made) == before - 4_900_000
    monkeypatch.setattr(operation_routes, "operation_told", operation_told)
    made.office.yard.parties.wait()
    again = made.post(Role.LENDER, "/v1/prepared", body, "a-key-that-died").json()
    assert again["digest"] == written(kept.file.digest)
    assert _available(made) == before - 4_900_000
    path = f"/v1/operations/{again['digest']}/withdraw"
    made.service.drafts.discard(kept.file.digest, lambda _: None)  # as if the withdrawal had died in the middle
    unsure = made.post(Role.LENDER, path, {"reason": "not coming"})
    assert (unsure.status_code, "is not kept here" in unsure.json()["detail"]) == (422, True)
    sure = made.post(Role.LENDER, path, {"reason": "not coming", "no_copy_was_signed": True})
    assert sure.status_code == 201
    assert _available(made) == before


def test_why_an_order_may_not_go_any_more_is_told_the_lender_alone(made: Counter) -> None:
    office_made, receipt, now = made.office, office_pledged(made), made.office.now()
    draw(made)
    body = {
        "act": "order", "receipt": receipt, "quantity_g": str(TONNE), "picker": written(fresh("picker")),
        "begins": now, "until": now + DAY,
    }  # fmt: skip
    told = made.post(Role.LENDER, "/v1/prepared", body).json()
    digest, file = told["digest"], decode(told["file"].encode())
    signers = ((Role.LENDER, "lender"), (Role.LENDER, "lender 2"), (Role.DEPOSITOR, "holder"))
    for place, (role, key) in enumerate(signers):
        made_by = sign(office_made.yard.keys[key], file.operation, file.chain_id, file.contract)
        assert made.post(role, f"/v1/operations/{digest}/signatures", _signature(place, made_by)).status_code == 201
    office_made.priced(1)
    try:
        own = made.post(Role.LENDER, f"/v1/operations/{digest}/send")
        assert (own.status_code, "not-covered" in own.json()["detail"]) == (409, True)
        others = made.post(Role.DEPOSITOR, f"/v1/operations/{digest}/send")
        told = (others.status_code, others.json()["detail"])
        assert told == (409, "the lender's desk does not let it go as things stand")
    finally:
        office_made.priced(70_000)
    assert made.post(Role.DEPOSITOR, f"/v1/operations/{digest}/send").status_code == 201


def test_what_a_prepared_release_holds_is_not_lent_on_until_it_is_withdrawn(made: Counter) -> None:
    receipt = office_pledged(made)
    made.office.priced(70_000)
    before = _available(made)
    told = made.post(
        Role.LENDER, "/v1/prepared", {"act": "release", "receipt": receipt, "quantity_g": str(TONNE)}
    ).json()
    assert _available(made) == before - 4_900_000
    path = f"/v1/operations/{told['digest']}/withdraw"
    assert made.post(Role.DEPOSITOR, path, {"reason": "mine"}).status_code == 403
    answer = made.post(Role.LENDER, path, {"reason": "the truck is not coming"})
    assert answer.status_code == 201, answer.text
    assert _available(made) == before
    assert made.post(Role.LENDER, path, {"reason": "again"}).status_code == 422
    file = decode(told["file"].encode())
    mine = sign(made.office.yard.keys["lender"], file.operation, file.chain_id, file.contract)
    assert made.post(Role.LENDER, path.replace("withdraw", "signatures"), _signature(0, mine)).status_code == 404


def test_a_lender_signs_no_prepared_operation_that_holds_nothing_any_more(made: Counter) -> None:
    receipt = office_pledged(made)
    body = {"act": "release", "receipt": receipt, "quantity_g": str(TONNE)}
    told = made.post(Role.LENDER, "/v1/prepared", body).json()
    digest, file = told["digest"], decode(told["file"].encode())
    desk = made.office.desk
    desk.record(ReservationEnded(FACILITY, read(digest), "overtaken"), key=fresh().hex())
    mine = sign(made.office.yard.keys["lender"], file.operation, file.chain_id, file.contract)
    refused = made.post(Role.LENDER, f"/v1/operations/{digest}/signatures", _signature(0, mine))
    assert (refused.status_code, "nothing is held for this operation" in refused.json()["detail"]) == (409, True)


def test_a_pledge_is_accepted_on_papers_that_the_desk_holds(made: Counter) -> None:
    office_made = made.office
    receipt = office_made.yard.issued(office_made.lot, 1)
    office_made.offered(receipt, 1)
    office_made.papers(receipt)
    body = {"act": "accept", "receipt": written(receipt), "ownership": written(fresh()), "search": written(fresh())}
    refused = made.post(Role.LENDER, "/v1/prepared", body)
    assert (refused.status_code, "does not hold the ownership pack" in refused.json()["detail"]) == (422, True)
    digests = [made.post(Role.LENDER, "/v1/papers", fresh(name)).json()["digest"] for name in ("pack", "search")]
    answer = made.post(Role.LENDER, "/v1/prepared", body | {"ownership": digests[0], "search": digests[1]})
    assert answer.status_code == 201, answer.text
    assert made.post(Role.LENDER, "/v1/papers", b"").status_code in (400, 422)
    assert (
        made.post(Role.LENDER, f"/v1/operations/{answer.json()['digest']}/withdraw", {"reason": "x"}).status_code == 201
    )


def test_searches_and_payments_say_when_they_were(made: Counter) -> None:
    now = made.office.desk.now()
    search = {"search": written(fresh("search")), "clear": True}
    path = f"/v1/facilities/{FACILITY}/searches"
    assert made.post(Role.LENDER, path, search).status_code == 400
    late = made.post(Role.LENDER, path, search | {"searched_at": now + 100_000})
    assert (late.status_code, "lies in the future" in late.json()["detail"]) == (409, True)
    early = made.post(Role.LENDER, path, search | {"searched_at": 1})
    assert (early.status_code, "before facility" in early.json()["detail"]) == (409, True)
    assert made.post(Role.LENDER, path, search | {"searched_at": now}).status_code == 201
    again = made.post(Role.LENDER, path, search | {"searched_at": now})
    assert (again.status_code, "each serves once" in again.json()["detail"]) == (409, True)
    paid = {"amount": "1.00", "payment": written(fresh("payment"))}
    assert made.post(Role.LENDER, f"/v1/facilities/{FACILITY}/repayments", paid).status_code == 400


def test_what_the_lender_signs_untested_is_not_begun(made: Counter) -> None:
    values = {"receipt": pledged(made), "quantity": "1", "computation": written(fresh()), "deadline": "4000000000"}
    answer = made.post(Role.LENDER, "/v1/operations", {"kind": "Release", "values": values})
    assert (answer.status_code, answer.json()["title"]) == (409, "not tested")


def test_an_endorsement_passes_from_party_to_party(made: Counter) -> None:
    yard, receipt = made.office.yard, free_receipt(made)
    values = {
        "receipt": receipt, "to": written(yard.whose("taker")), "toSince": str(yard.parties.known()),
        "deadline": str(yard.deadline),
    }  # fmt: skip
    begun = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Endorse", "values": values})
    assert begun.status_code == 201, begun.text
    digest = begun.json()["digest"]
    assert digest in [one["digest"] for one in made.get(Role.KEEPER, "/v1/operations").json()["items"]]
    assert made.get(Role.LENDER, f"/v1/operations/{digest}").status_code == 404
    file = decode(begun.json()["file"].encode())
    taker = made.token(f"taker-{fresh().hex()[:8]}", yard.whose("taker"), Role.DEPOSITOR)
    made.tokens[Role.COURT], court = taker, made.tokens[Role.COURT]
    try:
        for place, (role, key) in enumerate(
            ((Role.DEPOSITOR, "holder"), (Role.KEEPER, "keeper"), (Role.COURT, "taker"))
        ):
            signature = sign(yard.keys[key], file.operation, file.chain_id, file.contract)
            answer = made.post(role, f"/v1/operations/{digest}/signatures", _signature(place, signature))
            assert answer.status_code == 201, answer.text
    finally:
        made.tokens[Role.COURT] = court
    assert made.post(Role.DEPOSITOR, f"/v1/operations/{digest}/send").status_code == 201
    assert made.get(Role.KEEPER, f"/v1/receipts/{receipt}").json()["holder"] == written(yard.whose("taker"))
    assert made.get(Role.DEPOSITOR, f"/v1/receipts/{receipt}").status_code == 404  # it is another's now
    again = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Endorse", "values": values})
    assert again.status_code == 422  # and its head is not told
    history = made.get(Role.KEEPER, f"/v1/receipts/{receipt}/history").json()
    assert [one["kind"] for one in history["items"]] == ["Endorse", "Issue"]


def test_what_was_brought_by_another_way_is_not_sent_again(made: Counter) -> None:
    yard, receipt = made.office.yard, free_receipt(made)
    values = {"receipt": receipt, "quantity": "500000", "document": written(fresh()), "deadline": str(yard.deadline)}
    begun = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Amend", "values": values})
    assert begun.status_code == 201, begun.text
    digest, file = begun.json()["digest"], decode(begun.json()["file"].encode())
    for place, (role, key) in enumerate(((Role.DEPOSITOR, "holder"), (Role.KEEPER, "keeper"))):
        signature = sign(yard.keys[key], file.operation, file.chain_id, file.contract)
        assert made.post(role, f"/v1/operations/{digest}/signatures", _signature(place, signature)).status_code == 201
    outcome = yard.sent(made.service.drafts.get(bytes.fromhex(digest[2:])).file)
    made.office.sync()
    sent = made.post(Role.DEPOSITOR, f"/v1/operations/{digest}/send")
    assert (sent.status_code, sent.json()["sent"]) == (201, written(outcome.tx_hash))


def test_a_bundle_that_is_none_is_refused_and_a_long_one_is_not_read(made: Counter) -> None:
    path = f"/v1/lots/{written(made.office.lot)}/evidence"
    assert made.post(Role.KEEPER, path, b"nonsense").status_code == 422
    assert made.post(Role.LENDER, f"/v1/lots/{written(fresh())}/evidence", b"x").status_code == 422
    assert made.post(Role.KEEPER, f"/v1/lots/{written(fresh())}/evidence", b"x").status_code == 404
    assert made.post(Role.LENDER, "/v1/quotes", b"x" * 300_000).status_code == 413


def test_a_facility_is_opened_once_and_known_by_its_terms(made: Counter) -> None:
    body = _facility(made, "F-" + fresh().hex()[:8])
    answer = made.post(Role.LENDER, "/v1/facilities", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["terms"].startswith("0x")
    assert made.post(Role.LENDER, "/v1/facilities", body).status_code == 409
    wrong = _facility(made, "F-" + fresh().hex()[:8]) | {"warning": "0.500000"}
    assert made.post(Role.LENDER, "/v1/facilities", wrong).status_code == 409
    no_day = _facility(made, "F-" + fresh().hex()[:8]) | {"matures": "2030-02-31"}
    assert made.post(Role.LENDER, "/v1/facilities", no_day).status_code == 400


def test_the_close_is_as_it_was_known(made: Counter) -> None:
    made.office.yard.parties.wait()
    before = made.get(Role.LENDER, "/v1/close").json()
    made.office.priced(71_000)
    running = made.get(Role.LENDER, "/v1/close", known_at=made.office.now()).json()
    assert (running["head"], running["known_at"]) == (before["head"], made.office.now() - 1)  # more may come in it
    made.office.yard.attested(made.office.lot, 100)
    made.office.yard.parties.wait()
    made.office.sync()
    made.office.yard.parties.wait()
    after = made.get(Role.LENDER, "/v1/close").json()
    assert after["head"] != before["head"]
    assert after["block"] > before["block"] > 0
    assert (
        made.get(Role.LENDER, "/v1/close", known_at=before["known_at"]).json() == before
    )  # its own block, not today's
    assert made.get(Role.LENDER, "/v1/close", known_at=1).status_code == 404


def draw(made: Counter) -> None:
    """Something is owed, on a search of its own."""
    made.office.searched()
    answer = made.post(Role.LENDER, f"/v1/facilities/{FACILITY}/draws", {"amount": "1000.00"})
    assert answer.status_code == 201, answer.text


def office_pledged(made: Counter) -> str:
    """A receipt of one tonne of its own."""
    return written(made.office.pledged(1))


def _available(made: Counter) -> int:
    made.office.searched()
    return int(made.get(Role.LENDER, f"/v1/facilities/{FACILITY}").json()["available_fen"])


def _signature(place: int, signature: bytes) -> dict[str, Any]:
    return {"place": place, "signature": written(signature)}


def _facility(made: Counter, name: str) -> dict[str, Any]:
    goods = {"commodity": "copper", "advance": "0.7", "grade": "1", "price_age_s": DAY, "quantity_age_s": DAY}
    return {
        "facility": name, "borrower": written(made.office.yard.whose("holder")), "limit": "1000000.00",
        "goods": [goods], "warning": "0.8", "liquidation": "0.9", "yearly_rate": "0.0435", "penalty": "1.5",
        "matures": "2030-02-28", "pledging": "static", "search_age_s": DAY, "utc_offset_s": 28800, "reserve": "0.00",
    }  # fmt: skip
