"""The whole portal, filled: strangers of every role at every page, programs' tokens, and generated requests.

What there is, is found by walking the links as the people of the demonstration; then strangers ask for the same.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from tally_finance.portal.accounts import audit
from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.sessions import form_token
from tally_finance.portal.signing.widgets import local
from tally_finance.portal.visitor import OPERATOR, ROLES
from tally_gateway.pages.shown import CHINA
from tests.browser.crawl import Reached, accounts_of, cookie
from tests.browser.house import House
from tests.finance.portal.walker import HTML, Walk, flat

STRANGERS = b"\x77" * 32
GENERAL = frozenset({"/operations/begin/{kind}", "/operations/prepare/{name}"})
LONG = int(os.environ.get("TALLYSTICK_FUZZ_EXAMPLES", "1"))
HERE = frozenset(ROLES - {OPERATOR})
"""What a stranger may be: who looks after the gateways is of the organisation whose portal it is."""


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.address, trust_env=False, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def strangers(house: House) -> dict[str, str]:
    """Account names by role, of an organisation that has nothing here."""
    accounts, now = accounts_of(house), int(time.time())
    accounts.directory.add_organisation(organisation_of(STRANGERS, "Strangers", "外人", HERE), now)
    for role in sorted(HERE):
        accounts.directory.add(Account(f"strange-{role}", STRANGERS, frozenset({role}), State.ACTIVE), now)
    return {role: f"strange-{role}" for role in sorted(HERE)}


@pytest.fixture(scope="module")
def found(house: House, reached: dict[str, Reached]) -> dict[str, list[str]]:
    """Values of parameters of paths, as links and forms of people's own pages have them."""
    templates = [
        re.compile(re.sub(r"\\\{(\w+)(?::\w+)?\\\}", r"(?P<\1>[^/?]+)", re.escape(one.path)))
        for one in flat(house.made_pages().routes)
        if "{" in one.path
    ]
    values: dict[str, set[str]] = defaultdict(set)
    for target in sorted({one for person in reached.values() for one in person.targets}):
        for match in filter(None, (template.fullmatch(target) for template in templates)):
            for parameter, value in match.groupdict().items():
                values[parameter].add(value)
    return {name: sorted(of)[:LONG] for name, of in values.items()}


@pytest.mark.slow
def test_strangers_are_shown_and_do_nothing(
    house: House, client: httpx.Client, found: dict[str, list[str]], strangers: dict[str, str]
) -> None:
    assert len(found) >= 3, found
    marks = [value for values in found.values() for value in values if len(value) >= 24]
    walk = Walk(house.made_pages(), client, found, marks, GENERAL)
    assert walk.nobody() > 60
    for role, name in strangers.items():
        # A court's liaison sees the receipts whose numbers it knows, and here it is told them.
        walk.stranger(role, cookie(house, name), knows=role == "court")
    assert walk.wrong == []


@pytest.mark.slow
def test_a_token_of_a_person_is_of_its_own_organisation_and_ends_with_the_account(
    house: House, client: httpx.Client, strangers: dict[str, str]
) -> None:
    accounts = accounts_of(house)
    name, secret = cookie(house, strangers["lender"])
    headers = {**HTML, "cookie": f"{name}={secret}"}
    guard = {"csrf": form_token(secret), "once": "0123456789abcdef"}
    answer = client.post("/account/tokens", data={**guard, "name": "stranger-1", "role": "lender"}, headers=headers)
    assert answer.status_code == 200, answer.text
    token = re.findall(r'class="typed">([0-9a-f]{64})<', answer.text)[0]
    assert token not in client.get("/account/tokens", headers=headers).text
    bearer = {"authorization": f"Bearer {token}"}
    me = client.get("/v1/me", headers=bearer)
    assert (me.status_code, me.json()["organisation"]) == (200, "0x" + STRANGERS.hex())
    assert client.get("/v1/facilities", headers=bearer).status_code == 403  # another lender's book
    assert client.post("/v1/sync", headers=bearer).status_code == 403
    keeper = client.post("/account/tokens", data={**guard, "name": "stranger-2", "role": "keeper"}, headers=headers)
    assert keeper.status_code == 422
    other = {**HTML, "cookie": "=".join(cookie(house, strangers["keeper"]))}
    assert "stranger-1" not in client.get("/account/tokens", headers=other).text
    boss = cookie(house, strangers["administrator"])
    lock = {"csrf": form_token(boss[1]), "once": "0123456789abcdef", "to": "locked"}
    where = f"/administration/accounts/{strangers['lender']}/state"
    assert client.post(where, data=lock, headers={**HTML, "cookie": "=".join(boss)}).status_code == 303
    assert client.get("/v1/me", headers=bearer).status_code == 401
    assert client.get("/account", headers=headers).status_code == 303
    unlock = {**lock, "to": "active"}
    accounts.directory.keep_password(strangers["lender"], "x")  # so that it is set up
    assert client.post(where, data=unlock, headers={**HTML, "cookie": "=".join(boss)}).status_code == 303
    told = [row.entry for row in accounts.audit.newest(STRANGERS, 50)]
    assert ("token", "made stranger-1") in {(one.what, one.about) for one in told}
    assert "token stranger-1" in {one.account for one in told}


@pytest.mark.slow
def test_a_signature_asks_for_a_fresh_proof(house: House, client: httpx.Client, strangers: dict[str, str]) -> None:
    """Of an operation that its signer sees, under a session that is good and whose proof is a few minutes old."""
    accounts, desk = accounts_of(house), house.made.site.desk_service
    assert desk is not None
    anna = {**HTML, "cookie": "=".join(cookie(house, "anna"))}
    receipt = re.findall(r"/lender/receipts/(0x[0-9a-f]{64})", client.get("/lender/receipts", headers=anna).text)[0]
    cookie_name, held = cookie(house, strangers["court"])  # who knows a receipt's number may ask for a hold
    hold = {
        "csrf": form_token(held), "once": "fedcba9876543210", "receipt": receipt, "kind": "2", "role": "8",
        "quantity": "0", "quantity.unit": "t", "reason": "ab" * 32,
        "deadline": local(desk.desk.now() + 86_400, CHINA),
    }  # fmt: skip
    headers = {**HTML, "cookie": f"{cookie_name}={held}"}
    begun = client.post("/operations/begin/Hold", data=hold, headers=headers)
    assert begun.status_code == 303, re.sub(r"<[^>]+>", "", begun.text)[-1_500:]
    one = begun.headers["location"]
    for since, status in ((400, 403), (0, 422)):  # past that proof "0x00" is no signature
        secret = accounts.sessions.make(strangers["court"], "password", "x", int(time.time()) - since)
        form = {"csrf": form_token(secret), "once": "0123456789abcdef", "signature": "0x00"}
        headers = {**HTML, "cookie": f"{cookie_name}={secret}"}
        assert client.get(one, headers=headers).status_code == 200  # to look asks for nothing
        answer = client.post(f"{one}/signatures", data=form, headers=headers)
        assert answer.status_code == status
        assert ("Prove that it is you" in answer.text) == (since > 0)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["anna", "stranger"])
def test_generated_requests_break_nothing(
    house: House, client: httpx.Client, found: dict[str, list[str]], strangers: dict[str, str], who: str
) -> None:
    schema = schemathesis.openapi.from_dict(house.made_pages().openapi())
    held = cookie(house, strangers["owner"] if who == "stranger" else who)
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in ("/sign-out", "/account/sessions/end-others") and not operation.path.startswith(
            "/static"
        ):
            asked += _play(operation, client, held, found, random.Random(f"{who} {operation.path}"))
    assert asked > 60


def _play(
    operation: Any, client: httpx.Client, held: tuple[str, str], found: dict[str, list[str]], dice: random.Random
) -> int:
    strategies = [
        operation.as_strategy(generation_mode=one) for one in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]
    count = 0

    @seed(20261128)
    @settings(
        max_examples=LONG, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )  # fmt: skip
    @given(case=strategies[0] | strategies[1])
    def once(case: Any) -> None:
        nonlocal count
        for name in case.path_parameters or {}:
            if name in found and dice.random() < 0.7:
                case.path_parameters[name] = dice.choice(found[name])
        headers = {**HTML, "cookie": "=".join(held)}
        if isinstance(case.body, dict) and dice.random() < 0.8:
            case.body |= {"csrf": form_token(held[1]), "once": f"once-{dice.getrandbits(64):x}"}
        answer = case.call(base_url=str(client.base_url), headers=headers, allow_redirects=False)
        count += 1
        where = f"{case.method} {case.formatted_path}: {answer.status_code} {answer.content[:300]!r}"
        assert answer.status_code < 500, where
        assert answer.headers["cache-control"][0] == "no-store", where
        case.validate_response(answer, checks=(not_a_server_error,))

    once()
    return count


@pytest.mark.slow
def test_the_log_of_all_that_holds(house: House) -> None:
    """After whatever these tests did: every row follows the one before."""
    log = accounts_of(house).audit
    rows = log.all()
    read = audit.decode(audit.encode(rows, log.key), [log.key.kid])
    assert read.is_whole
