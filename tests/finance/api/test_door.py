"""The door: whose, the role, the quota and the length are asked before a body is read, and a body is read once."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tally_finance.api.app import make_app
from tally_finance.api.door import VOUCHED
from tally_finance.api.forms import written
from tally_finance.api.quotas import DRAFT_COST, Cost, Meter, Quotas
from tally_finance.api.rights import Role
from tally_finance.api.service import service_of
from tally_finance.desk.evidence import MAX_BUNDLE_BYTES
from tally_gateway.errors import ApiError
from tally_gateway.http.limits import BodyLimit
from tally_gateway.intake.quota import Rate
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter, served
from tests.finance.desk.office import office

S = 1_000_000_000


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))
    with counter(office_made) as opened:
        yield opened


def answered_before_its_body(made: Counter, path: str, headers: dict[str, str]) -> int:
    """The status that comes while the client has sent the head alone."""
    where = urlsplit(str(made.client.base_url))
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    try:
        connection.putrequest("POST", path)
        for name, value in {
            **headers,
            "content-length": str(MAX_BUNDLE_BYTES),
            "idempotency-key": "a-key-of-mine",
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path", ["/v1/me", f"/v1/me?{VOUCHED}=lender", f"/v1/me;{VOUCHED}=lender", f"/{VOUCHED}/../v1/me"]
)
def test_nobody_vouches_for_itself_over_a_socket(made: Counter, path: str) -> None:
    """What another part of the process writes beside a request has no way in through one."""
    said = {VOUCHED: "lender", f"x-{VOUCHED}": "lender", "cookie": f"{VOUCHED}=lender", "x-forwarded-user": "lender"}
    answer = made.client.get(path, headers=said)
    assert answer.status_code == 401
    assert made.client.get("/v1/me", headers={**made.headers(Role.LENDER), **said}).status_code == 200


def test_who_may_not_is_told_so_before_its_body_is_read(made: Counter) -> None:
    lot = written(made.office.lot)
    evidence = f"/v1/lots/{lot}/evidence"
    assert answered_before_its_body(made, evidence, {}) == 401
    assert answered_before_its_body(made, evidence, {"authorization": "Bearer " + "00" * 32}) == 401
    assert answered_before_its_body(made, evidence, made.headers(Role.DEPOSITOR)) == 403
    assert answered_before_its_body(made, "/v1/quotes", made.headers(Role.KEEPER)) == 403
    assert answered_before_its_body(made, "/v1/papers", made.headers(Role.DEPOSITOR)) == 403
    assert answered_before_its_body(made, f"/v1/lots/{written(fresh())}/evidence", made.headers(Role.KEEPER)) == 404
    assert answered_before_its_body(made, "/v1/nothing", made.headers(Role.KEEPER)) == 404
    reader = made.token(f"reader-{fresh().hex()[:8]}", made.office.yard.whose("lender"), Role.LENDER, may_write=False)
    assert answered_before_its_body(made, evidence, {"authorization": f"Bearer {reader}"}) == 403


async def test_a_body_in_small_pieces_is_read_in_time_that_grows_with_its_length() -> None:
    """32 MB in pieces of 256 bytes: each copied again with every piece they would be two thousand gigabytes."""
    pieces, got = MAX_BUNDLE_BYTES // 256, b""

    async def app(_: Any, receive: Any, __: Any) -> None:
        nonlocal got
        got = (await receive())["body"]

    left = pieces

    async def receive() -> MutableMapping[str, Any]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b"x" * 256, "more_body": left > 0}

    async def send(_: MutableMapping[str, Any]) -> None:
        raise AssertionError("nothing is refused")

    began = time.monotonic()
    await BodyLimit(app, MAX_BUNDLE_BYTES)({"type": "http", "headers": []}, receive, send)
    assert len(got) == MAX_BUNDLE_BYTES
    assert time.monotonic() - began < 20


def test_a_token_that_asks_too_much_is_told_when_to_come_again(made: Counter) -> None:
    quotas = Quotas(requests=Rate(1, 5))
    service = service_of(made.office.desk, None, quotas)
    with served(make_app(service)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        answers = [client.get("/v1/me", headers=made.headers(Role.LENDER)) for _ in range(30)]
        refused = [one for one in answers if one.status_code == 429]
        assert len(refused) >= 2
        assert [one.status_code for one in answers[:5]] == [200] * 5
        assert 1 <= int(refused[0].headers["retry-after"]) <= 5
        assert refused[0].json()["title"] == "too many requests"
        assert client.get("/v1/me", headers=made.headers(Role.KEEPER)).status_code == 200  # another's is untouched


def test_bytes_and_drafts_have_quotas_of_their_own_and_come_back() -> None:
    meter = Meter(Quotas(body_bytes=Rate(10, 100), drafts=Rate(1, 2 * DRAFT_COST)))
    with meter.used("a", Cost(100), 0):
        pass
    assert refused(meter, "a", Cost(1), 0) == (429, 1)
    assert refused(meter, "a", Cost(50), 0) == (429, 5)
    with meter.used("a", Cost(50), 5 * S), meter.used("b", Cost(100), 0):
        pass
    for _ in range(2):
        with meter.used("c", Cost(0, is_draft=True), 0):
            pass
    assert refused(meter, "c", Cost(0, is_draft=True), 0) == (429, DRAFT_COST)
    with meter.used("c", Cost(0), 0), meter.used("c", Cost(0, is_draft=True), DRAFT_COST * S):
        pass


def test_what_is_refused_costs_nothing() -> None:
    meter = Meter(Quotas(requests=Rate(1, 2), body_bytes=Rate(1, 10)))
    for _ in range(5):
        assert refused(meter, "a", Cost(11), 0)[0] == 429
    for _ in range(2):
        with meter.used("a", Cost(5), 0):
            pass
    assert refused(meter, "a", Cost(0), 0)[0] == 429


def test_so_many_at_once_and_no_more_bundles_than_fit_in_memory() -> None:
    meter = Meter(Quotas(at_once=3, bundles=2))
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(meter.used("a", Cost(1), 0))
        assert refused(meter, "a", Cost(1), 0)[0] == 429
        stack.enter_context(meter.used("b", Cost(1, is_bundle=True), 0))
        assert refused(meter, "b", Cost(1, is_bundle=True), 0)[0] == 429
        stack.enter_context(meter.used("c", Cost(1, is_bundle=True), 0))
        assert refused(meter, "d", Cost(1, is_bundle=True), 0)[0] == 503
    with meter.used("a", Cost(1), 0), meter.used("d", Cost(1, is_bundle=True), 0):
        pass


def refused(meter: Meter, name: str, cost: Cost, now_ns: int) -> tuple[int, int | None]:
    with pytest.raises(ApiError) as caught, meter.used(name, cost, now_ns):
        pass
    return caught.value.status, caught.value.retry_after_s
