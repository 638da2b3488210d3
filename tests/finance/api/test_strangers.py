"""What each role learns of objects that it is no party of: nothing, not even that they exist.

Every route is asked by every role, as a stranger, twice: about what there is, and about what there is not. Status,
title and text must be the same but for the id that was asked. The lender whose desk it is is asked in the same way
about receipts that were never offered to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tally_chain.receipts import encoding
from tally_chain.receipts.operations import KINDS, Operation
from tally_chain.receipts.views import heads_needed
from tally_finance.api.forms import written
from tally_finance.api.rights import DESK_ROLES, KEY_ROLES, RIGHTS, Role
from tally_finance.desk.asked import ReleaseOrder
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import TONNE, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import DAY, FACILITY, office

STRANGERS = [*(f"strange {role}" for role in DESK_ROLES)]
NOT_THERE = written(bytes([0x99]) * 32)


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A pledged receipt with an order, a free one, and an operation that waits for signatures."""
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))
    receipt = office_made.pledged(40)
    office_made.prepared(ReleaseOrder(receipt, TONNE, fresh("picker"), office_made.now(), office_made.now() + DAY))
    office_made.yard.issued(office_made.lot, 1)
    office_made.sync()
    with counter(office_made) as opened:
        body = {"act": "release", "receipt": written(receipt), "quantity_g": "1"}
        assert opened.post(Role.LENDER, "/v1/prepared", body).status_code == 201
        yield opened


def there(made: Counter) -> dict[str, list[str]]:
    """By the names that paths, bodies and operations have for them."""
    book, view, lender = made.office.desk.view.book, written, made.office.yard.whose("lender")
    receipts = [view(one) for one in book.receipts]
    return {
        "number": receipts, "receipt": receipts, "lot": [view(made.office.lot)], "order": [view(*book.orders)],
        "slot": [view(book.lots[made.office.lot].slot)], "site": [view(one) for one in book.sites],
        "digest": [view(one.file.digest) for one in made.service.drafts.all() if one.begun_by == lender],
        "facility": [FACILITY],
    }  # fmt: skip


def stranger(made: Counter, role: Role) -> dict[str, str]:
    token = made.token(f"stranger-{fresh().hex()[:8]}", fresh("stranger"), role)
    return {"authorization": f"Bearer {token}"}


def bodies(route: tuple[str, str], made: Counter) -> list[Any]:
    """What a well-formed request has for a body, with ids in the places of `there`."""
    digest, money = written(fresh()), "1.00"
    receipt = there(made)["receipt"][0]
    acts: list[Any] = [
        {"act": "accept", "ownership": digest, "search": digest},
        {"act": "order", "quantity_g": "1", "picker": digest, "begins": 1, "until": 2},
        {"act": "release", "quantity_g": "1"},
        {"act": "floor", "floor_g": "1", "until": 1},
        {"act": "substitute", "instead": receipt, "quantity_g": "1", "filing": digest},
        {"act": "call", "until": 1},
        {"act": "cure"},
    ]
    known: Mapping[str, list[Any]] = {
        "/v1/receipts/{number}/ownership": [
            {"contract": digest, "invoice": digest, "payment": digest, "search": digest, "clear": True}
        ],
        "/v1/receipts/{number}/filing": [{"facility": FACILITY, "filing": digest, "lapses_at": 4_000_000_000}],
        "/v1/lots/{lot}/evidence": [b"nonsense"],
        "/v1/facilities/{facility}/draws": [{"amount": money}],
        "/v1/facilities/{facility}/repayments": [{"amount": money, "payment": digest, "paid_at": 1}],
        "/v1/facilities/{facility}/fees": [{"amount": money, "reason": "r"}],
        "/v1/facilities/{facility}/searches": [{"search": digest, "clear": True, "searched_at": 1}],
        "/v1/facilities/{facility}/reserve": [{"reserve": money}],
        "/v1/prepared": [{**one, "receipt": receipt} for one in acts],
        "/v1/operations/{digest}/withdraw": [{"reason": "r"}],
        "/v1/papers": [b"a paper"],
        "/v1/operations/{digest}/signatures": [{"place": 0, "signature": "0x" + "11" * 65}],
    }
    return known.get(route[1], [None])


def asked(made: Counter, headers: dict[str, str], method: str, path: str, body: Any) -> Any:
    keyed = {**headers, "idempotency-key": fresh().hex()[:32]}
    if isinstance(body, bytes):
        return made.client.request(method, path, headers=keyed, content=body)
    return made.client.request(method, path, headers=keyed, json=body)


def exchanged(value: Any, name: str, by: str) -> Any:
    """The same with an id for another."""
    if isinstance(value, str):
        return value.replace(name, by)
    return value if value is None or isinstance(value, bytes) else json.loads(json.dumps(value).replace(name, by))


def must_not_tell(made: Counter, headers: dict[str, str], method: str, path: str, body: Any, names: list[str]) -> None:
    """The answer about each of `names` is the one about nothing that there is."""
    for name in names:
        missing = "F-none" if name == FACILITY else NOT_THERE
        real = asked(made, headers, method, path, body)
        none = asked(made, headers, method, exchanged(path, name, missing), exchanged(body, name, missing))
        where = f"{method} {path} {body!r}"
        assert real.status_code == none.status_code, (where, real.text, none.text)
        assert _without(real.text, name) == _without(none.text, missing), where
        secret = {one for group in there(made).values() for one in group} | {
            written(made.office.yard.whose(key)) for key in ("keeper", "holder", "lender")
        }
        sent = f"{path} {body!r}"
        assert not [one for one in secret if one in real.text and one not in sent], (where, real.text)


def filled(path: str, there_is: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    names = []
    for field, found in there_is.items():
        if "{" + field + "}" in path:
            path = path.replace("{" + field + "}", found[0])
            names.append(found[0])
    return path, names


@pytest.mark.parametrize("role", DESK_ROLES)
@pytest.mark.parametrize("route", sorted(RIGHTS), ids=" ".join)
def test_a_stranger_learns_nothing_by_any_route(made: Counter, route: tuple[str, str], role: Role) -> None:
    if role is Role.COURT and route[1].startswith("/v1/receipts/{number}"):
        return  # a court asks by number: by its right
    headers = stranger(made, role)
    path, names = filled(route[1], there(made))
    for body in bodies(route, made):
        named = [*names, *([there(made)["receipt"][0]] if route[1] == "/v1/prepared" else [])]
        if named:
            must_not_tell(made, headers, route[0], path, body, named)
        elif route[1] != "/v1/operations":
            answer = asked(made, headers, route[0], path, body).text
            assert not [one for group in there(made).values() for one in group if one in answer]


@pytest.mark.parametrize("role", DESK_ROLES)
def test_a_stranger_begins_no_operation_of_any_kind_on_what_is_anothers(made: Counter, role: Role) -> None:
    """With the heads named by itself too, so that nothing needs to be filled in."""
    headers, there_is = stranger(made, role), there(made)
    there_is |= {"with": there_is["receipt"], "number": [], "digest": []}
    tried = 0
    for kind in KINDS.values():
        if not any(KEY_ROLES[role] & set(one.roles) for one in kind.signers):
            continue
        if role is Role.COURT and dict(kind.shape).keys() & {"receipt", "lot"}:
            continue  # which it names by their ids: by its right
        operation = Operation(kind.name, {field: _value(of) for field, of in kind.shape})
        for with_heads in (True, False):
            values = operation.plain()
            for name in () if with_heads else heads_needed(kind):
                values.pop(name, None)
            for field in values.keys() & {name for name, found in there_is.items() if found}:
                values[field] = there_is[field][0]
                body = {"kind": kind.name, "values": values}
                must_not_tell(made, headers, "POST", "/v1/operations", body, [there_is[field][0]])
                tried += 1
    assert tried or role is Role.COURT


@pytest.mark.parametrize("route", [
    ("GET", "/v1/receipts/{number}"), ("GET", "/v1/receipts/{number}/history"), ("GET", "/v1/pledges/{number}"),
    ("POST", "/v1/receipts/{number}/ownership"), ("POST", "/v1/receipts/{number}/filing"),
], ids=" ".join)  # fmt: skip
def test_the_desks_own_lender_learns_nothing_of_receipts_never_offered_to_it(
    made: Counter, route: tuple[str, str]
) -> None:
    free = free_receipt(made)
    for body in bodies(route, made):
        must_not_tell(made, made.headers(Role.LENDER), route[0], route[1].replace("{number}", free), body, [free])


def test_the_desks_own_lender_substitutes_by_the_pledgors_receipts_alone(made: Counter) -> None:
    yard, pledge = made.office.yard, there(made)["receipt"][0]
    other = written(yard.issued(made.office.lot, 1))
    yard.did(
        "Endorse", "holder", "keeper", "taker",
        receipt=bytes.fromhex(other[2:]), to=yard.whose("taker"), toSince=yard.parties.known(),
    )  # fmt: skip
    made.office.sync()
    body = {"act": "substitute", "receipt": pledge, "instead": other, "quantity_g": "1", "filing": written(fresh())}
    before = made.office.desk.book.head()
    must_not_tell(made, made.headers(Role.LENDER), "POST", "/v1/prepared", body, [other])
    assert made.office.desk.book.head() == before  # and nothing of it went into the book


def test_the_desks_own_lender_prepares_nothing_on_receipts_never_offered_to_it(made: Counter) -> None:
    free, pledge = free_receipt(made), there(made)["receipt"][0]
    for body in (exchanged(one, pledge, free) for one in bodies(("POST", "/v1/prepared"), made)):
        must_not_tell(made, made.headers(Role.LENDER), "POST", "/v1/prepared", body, [free])


def _without(text: str, name: str) -> str:
    return text.replace(name.removeprefix("0x"), "?")


def test_an_operation_is_shown_to_who_signs_it_and_to_nobody_for_having_the_goods(made: Counter) -> None:
    """A court's hold is no news to holder, keeper and lender before it is set; nor an offer to who holds it next."""
    yard, pledge = made.office.yard, there(made)["receipt"][0]
    hold = {"receipt": pledge, "kind": "2", "role": "8", "quantity": "0", "reason": written(fresh())}
    begun = made.post(
        Role.COURT, "/v1/operations", {"kind": "Hold", "values": {**hold, "deadline": str(yard.deadline)}}
    )
    assert begun.status_code == 201, begun.text
    number = yard.issued(made.office.lot, 1)
    made.office.sync()
    offer = {
        "receipt": written(number), "lender": written(yard.whose("lender")), "lenderSince": str(yard.parties.known()),
        "quantity": "1000000", "terms": written(fresh()), "until": str(yard.deadline), "maturity": str(yard.deadline),
        "deadline": str(yard.deadline),
    }  # fmt: skip
    offered = made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Offer", "values": offer})
    assert offered.status_code == 201, offered.text
    yard.did(
        "Endorse", "holder", "keeper", "taker", receipt=number, to=yard.whose("taker"), toSince=yard.parties.known()
    )
    made.office.sync()
    taker = made.token(f"taker-{fresh().hex()[:8]}", yard.whose("taker"), Role.DEPOSITOR)
    sees = {
        "court": made.headers(Role.COURT), "holder": made.headers(Role.DEPOSITOR), "keeper": made.headers(Role.KEEPER),
        "lender": made.headers(Role.LENDER), "taker": {"authorization": f"Bearer {taker}"},
    }  # fmt: skip
    for answer, seen_by in ((begun, {"court"}), (offered, {"holder", "keeper"})):
        digest = answer.json()["digest"]
        for who, headers in sees.items():
            found = made.client.get(f"/v1/operations/{digest}", headers=headers).status_code
            listed = made.client.get("/v1/operations", headers=headers, params={"limit": 200}).json()["items"]
            assert (found == 200, digest in [one["digest"] for one in listed]) == (who in seen_by,) * 2, who


def test_a_receipt_that_is_over_opens_no_lot_and_is_no_pledge(made: Counter) -> None:
    """A piece is pledged, what it was cut from no more; and who endorsed its last receipt on sees the goods no more."""
    office_made, yard = made.office, made.office.yard
    whole, pieces = office_made.pledged(2), (fresh("one"), fresh("other"))
    yard.did(
        "Split", "holder", "keeper", "lender",
        receipt=whole, numbers=pieces, quantities=(TONNE, TONNE), pledged=(TONNE, TONNE),
        documents=(fresh("d"), fresh("d")),
    )  # fmt: skip
    lot, taker = written(office_made.lot), yard.whose("taker")
    number = yard.issued(office_made.lot, 1)
    yard.did("Endorse", "holder", "keeper", "taker", receipt=number, to=taker, toSince=yard.parties.known())
    office_made.sync()
    for role in (Role.LENDER, Role.DEPOSITOR, Role.KEEPER):
        listed = {one["receipt"] for one in made.get(role, "/v1/pledges", limit=200).json()["items"]}
        assert {written(one) for one in pieces} <= listed
        assert written(whole) not in listed
        assert made.get(role, f"/v1/pledges/{written(whole)}").status_code == 404
    headers = {"authorization": f"Bearer {made.token(f'taker-{fresh().hex()[:8]}', taker, Role.DEPOSITOR)}"}
    assert made.client.get(f"/v1/lots/{lot}", headers=headers).status_code == 200
    for mine in [
        one for one, receipt in office_made.desk.view.book.receipts.items() if receipt.holder.organisation == taker
    ]:
        yard.did(
            "Split", "taker", "keeper", receipt=mine, numbers=(fresh("a"), fresh("b")),
            quantities=(TONNE // 2, TONNE // 2), pledged=(0, 0), documents=(fresh("d"), fresh("d")),
        )  # fmt: skip
        office_made.sync()
        for piece, receipt in list(office_made.desk.view.book.receipts.items()):
            if receipt.live and receipt.holder.organisation == taker and receipt.parent == mine:
                yard.did(
                    "Endorse", "taker", "keeper", "holder",
                    receipt=piece, to=yard.whose("holder"), toSince=yard.parties.known(),
                )  # fmt: skip
    office_made.sync()
    assert made.client.get("/v1/receipts", headers=headers).json()["items"]  # its own, which are over
    assert made.client.get(f"/v1/lots/{lot}", headers=headers).status_code == 404
    assert made.client.get("/v1/lots", headers=headers).json()["items"] == []


def _value(of: str) -> Any:
    """Some value of a type in Solidity; a list has one."""
    item = encoding.item_of(of)
    if item is not None:
        return (_value(item),)
    if of in encoding.STRUCTS:
        return tuple(_value(one) for _, one in encoding.STRUCTS[of][1])
    return {"bytes32": fresh(), "bool": True}.get(of, 1)


def free_receipt(made: Counter) -> str:
    book = made.office.desk.view.book
    return next(written(name) for name, one in book.receipts.items() if one.charge.lender is None)
