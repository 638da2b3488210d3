"""schemathesis over the whole interface, for every role, for strangers and for nobody: no 5xx, no unauthorised success.

The oracle is the table of rights: an answer below 300 is right only where the role has the route; and of a stranger,
who has the role and owns nothing, no answer may name anything that is another's. TALLYSTICK_FUZZ_EXAMPLES makes it
longer.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tally_chain.receipts.operations import KINDS, Operation
from tally_chain.receipts.views import heads_needed
from tally_finance.api.forms import written
from tally_finance.api.rights import DESK_ROLES, KEY_ROLES, RIGHTS, Right, Role
from tally_finance.desk import preparing
from tally_finance.desk.asked import PartRelease, ReleaseOrder
from tally_finance.desk.drafts import Drafts
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.values import operations, operations_of
from tests.chain.receipts.yard import TONNE, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import DAY, FACILITY, office
from tests.finance.generated_requests import Generated, generated

EXAMPLES = int(os.environ.get("TALLYSTICK_FUZZ_EXAMPLES", "6"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
BEGUN: set[tuple[str, str]] = set()
"""Who began which operation."""
WHO = [*DESK_ROLES, *(f"strange {role}" for role in DESK_ROLES), "nobody", "reader"]


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))
    receipt = office_made.pledged(40)
    office_made.prepared(ReleaseOrder(receipt, TONNE, fresh("picker"), office_made.now(), office_made.now() + DAY))
    draft = preparing.prepare(office_made.desk, PartRelease(receipt, TONNE)).file
    Drafts(office_made.desk.engine, "bank-1").begin(draft, by=office_made.yard.whose("lender"), at=office_made.now())
    office_made.yard.did("Hold", "court", receipt=receipt, kind=2, role=8, quantity=0, reason=fresh("order"))
    office_made.sync()
    with counter(office_made) as opened:
        yield opened


def known(made: Counter) -> dict[str, list[str]]:
    """What there is, by the names that paths and bodies have for it."""
    book = made.office.desk.view.book
    receipts = [written(one) for one in book.receipts]
    drafts = [written(one.file.digest) for one in made.service.drafts.all()]
    return {
        "number": receipts, "receipt": receipts, "instead": receipts, "lot": [written(one) for one in book.lots],
        "slot": [written(one) for one in book.slots], "order": [written(one) for one in book.orders] or receipts,
        "facility": [FACILITY], "digest": drafts or receipts,
    }  # fmt: skip


def headers(made: Counter, who: str) -> tuple[dict[str, str], Role | None]:
    if who == "nobody":
        return {}, None
    if who == "reader":
        token = made.token(
            f"reader-{fresh().hex()[:8]}", made.office.yard.whose("lender"), Role.LENDER, may_write=False
        )
        return {"authorization": f"Bearer {token}"}, Role.LENDER
    if who.startswith("strange "):
        role = Role(who.removeprefix("strange "))
        token = made.token(f"strange-{fresh().hex()[:8]}", fresh("stranger"), role)
        return {"authorization": f"Bearer {token}"}, role
    return made.headers(Role(who)), Role(who)


def may(who: str, role: Role | None, right: Right) -> bool:
    if role is None or role not in right.roles:
        return False
    if who == "reader" and right.writes:
        return False
    return not (who == "strange lender" and right.own_book)


@pytest.fixture(scope="module")
def interface(made: Counter) -> list[Generated]:
    return generated(made.client.get("/openapi.json").json(), RIGHTS)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_nothing_breaks_and_nothing_opens(made: Counter, interface: list[Generated], who: str) -> None:
    told, role = headers(made, who)
    answered = 0
    for asked in interface:
        answered += play(made, asked, who, told, may(who, role, RIGHTS[asked.route]))
    assert answered > len(RIGHTS)


def play(made: Counter, asked: Generated, who: str, told: dict[str, str], allowed: bool) -> int:
    """Some generated requests, half of them with ids of things that there are."""
    dice, count = random.Random(f"{who} {asked.route[1]}"), 0

    @seed(20260302)
    @settings(
        max_examples=EXAMPLES if allowed else 2, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(case=asked.requests)
    def once(case: Any) -> None:
        nonlocal count
        if dice.random() < 0.5:
            put_in(case, known(made), dice)
        given_headers = {**told, "idempotency-key": fresh().hex()[:32]} if dice.random() < 0.9 else told
        answer = case.call(base_url=str(made.client.base_url), headers=given_headers)
        count += 1
        judge(made, case, answer, who, allowed)

    once()
    return count


def put_in(case: Any, there_is: dict[str, list[str]], dice: random.Random) -> None:
    """Ids of things that there are, in path and body."""
    for part in (case.path_parameters, case.body):
        if isinstance(part, dict):
            put_in_body(part, there_is, dice)


def put_in_body(part: dict[str, Any], there_is: dict[str, list[str]], dice: random.Random) -> None:
    """Ids of things that there are, at their names."""
    for name in sorted(part.keys() & there_is.keys()):
        part[name] = dice.choice(there_is[name])


def judge(made: Counter, case: Any, answer: Any, who: str, allowed: bool) -> None:
    where = f"{who} {case.method} {case.formatted_path}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, where
    if who == "nobody":
        assert answer.status_code in (400, 401, 404, 405), where
    if not allowed:
        assert answer.status_code >= 400, where
    if case.method == "POST" and case.formatted_path == "/v1/operations" and answer.status_code == 201:
        BEGUN.add((who, answer.json()["digest"]))
    # What a stranger has begun itself it sees again.
    own = any(begun == who and digest in case.formatted_path for begun, digest in BEGUN)
    if who.startswith("strange ") and answer.status_code < 300 and "court" not in who and not own:
        theirs = {one for names in known(made).values() for one in names} - {FACILITY}
        sent = f"{case.formatted_path} {case.body!r}"
        assert not [one for one in theirs if one in answer.text and one not in sent], where
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize("role", DESK_ROLES)
def test_any_operation_is_begun_or_refused(made: Counter, role: Role) -> None:
    """Well-formed ones of every kind, about what there is and what there is not."""
    there_is = known(made)
    statuses: set[int] = set()
    # Half of them are of kinds that a key of this role signs: of a court's there are few.
    keys = KEY_ROLES[role]
    theirs = sorted(name for name, kind in KINDS.items() if any(keys & set(one.roles) for one in kind.signers))

    @seed(20260303)
    @settings(max_examples=12 * EXAMPLES, deadline=None, database=None, phases=(Phase.generate,))
    @given(
        operation=operations | st.sampled_from(theirs).flatmap(operations_of), dice=st.randoms(use_true_random=False)
    )
    def once(operation: Operation, dice: random.Random) -> None:
        values = operation.plain()
        put_in_body(values, there_is, dice)
        if dice.random() < 0.7:
            for name in heads_needed(operation.about):
                values.pop(name, None)
        body = {"kind": operation.kind, "values": values}
        answer = made.post(role, "/v1/operations", body)
        assert answer.status_code < 500, answer.text
        statuses.add(answer.status_code)
        if answer.status_code == 201:
            again = made.get(role, f"/v1/operations/{answer.json()['digest']}")
            assert again.json()["file"] == answer.json()["file"]
            assert made.post(role, f"/v1/operations/{answer.json()['digest']}/send").status_code in (409, 422)

    once()
    assert 403 in statuses
    assert statuses & {201, 409, 422}


def test_a_stranger_begins_nothing_on_what_it_does_not_see(made: Counter) -> None:
    receipt = made.get(Role.KEEPER, "/v1/receipts").json()["items"][0]["number"]
    told, _ = headers(made, "strange keeper")
    values = {
        "receipt": receipt,
        "quantity": str(TONNE),
        "document": written(fresh()),
        "deadline": str(made.office.now() + DAY),
    }
    body = {"kind": "Amend", "values": values}
    answer = made.client.post("/v1/operations", json=body, headers={**told, "idempotency-key": "a-key-of-mine"})
    assert answer.status_code == 422
    assert "not one that you see" in answer.json()["detail"]
