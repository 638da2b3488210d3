"""What a host keeps: footprints, partners, mail; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_finance.errors import PactError
from tally_finance.pact.app import Host
from tally_finance.pact.criteria import TERMS, TIMES, Criteria, criteria
from tally_finance.pact.document import read
from tally_finance.pact.mail import GIVEN_UP_S
from tally_finance.pact.partners import ACCESS_S, Answers
from tests.finance.pact.conftest import Clock
from tests.finance.pact.examples import BAR, another, changed, text

ANSWERS = Answers("https://partner.example/3/events", "https://partner.example/auth/token", "partner.secret")
OTHER_PRODUCT = {"productIds": ["urn:pact:huaxin.example:product-id:rail"]}


def ask(event_id: str = "e-1", source: str = "https://partner.example", **data: object) -> bytes:
    kind = "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3"
    event = {"type": kind, "specversion": "1.0", "id": event_id, "source": source, "time": "2026-03-01T00:00:00Z"}
    return json.dumps(event | {"data": data}).encode()


def test_published_once(host: Host, clock: Clock) -> None:
    first, _ = host.footprints.publish(text(BAR), clock())
    host.footprints.publish(text(BAR), clock())
    assert [one["id"] for one in host.footprints.page(None, Criteria()).footprints] == [str(first.id)]
    with pytest.raises(PactError, match="another footprint has the id"):
        host.footprints.publish(text(changed(comment="better")), clock())


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (changed(status="Deprecated"), "published as Active"),
        (changed(pcf__pcfExcludingBiogenicUptake="1.00"), "sum-excluding-uptake"),
        (changed(precedingPfIds=[BAR["id"]]), "itself as its predecessor"),
        (changed(pcf=None), "pcf: is missing"),
    ],
)
def test_what_is_not_published(host: Host, clock: Clock, document: dict[str, object], said: str) -> None:
    with pytest.raises(PactError, match=said):
        host.footprints.publish(text(document), clock())
    assert host.footprints.page(None, Criteria()).footprints == ()


def test_doubts_that_may_be_are_told(host: Host, clock: Clock) -> None:
    _, found = host.footprints.publish(text(changed(pcf__ipccCharacterizationFactors=["AR5"])), clock())
    assert [one.name.value for one in found] == ["characterisation"]


def test_a_successor_deprecates_and_partners_are_told(host: Host, clock: Clock) -> None:
    host.partners.make("all", None, ANSWERS, clock())
    host.partners.make("rails", OTHER_PRODUCT["productIds"], ANSWERS, clock())
    host.footprints.publish(text(BAR), clock())
    newer = another(precedingPfIds=[BAR["id"]])
    host.footprints.publish(text(newer), clock())
    states = {one["id"]: one["status"] for one in host.footprints.page(None, Criteria()).footprints}
    assert states == {BAR["id"]: "Deprecated", newer["id"]: "Active"}
    told = [(one.partner, json.loads(one.body)["data"]["pfIds"]) for one in host.mail.sent()]
    assert told == [("all", [BAR["id"]]), ("all", [newer["id"]])]
    host.footprints.deprecate(uuid.UUID(newer["id"]))
    assert host.footprints.page(None, criteria([("status", "Active")])).footprints == ()
    with pytest.raises(PactError, match="no footprint"):
        host.footprints.deprecate(uuid.uuid4())


def test_pages_and_their_ends(host: Host, clock: Clock) -> None:
    made = [another() for _ in range(5)]
    for one in made:
        host.footprints.publish(text(one), clock())
    seen, after = [], 0
    while True:
        page = host.footprints.page(None, Criteria(), after, 2)
        assert len(page.footprints) <= 2
        seen += [one["id"] for one in page.footprints]
        if page.after is None:
            break
        after = page.after
    assert seen == [one["id"] for one in made]
    nothing = host.footprints.page(None, Criteria(), 0, 0)
    assert nothing.footprints == ()
    assert nothing.after == 0


def test_who_sees_what(host: Host, clock: Clock) -> None:
    rail = another(**OTHER_PRODUCT)
    for one in (BAR, rail):
        host.footprints.publish(text(one), clock())
    host.partners.make("rails", ["URN:pact:Huaxin.example:product-id:rail"], None, clock())
    rails = host.partners.get("rails")
    assert [one["id"] for one in host.footprints.page(rails, Criteria()).footprints] == [rail["id"]]
    assert host.footprints.get(rails, uuid.UUID(rail["id"])) == rail
    with pytest.raises(PermissionError):
        host.footprints.get(rails, uuid.UUID(BAR["id"]))
    assert host.footprints.get(rails, uuid.uuid4()) is None


SOME = st.sampled_from(
    ["urn:pact:huaxin.example:product-id:bar-16", "urn:lei:5299000J2N45DDNE4Y28", "CN", "cn", "XX", "Active", "active",
     "Deprecated", "urn:pact:productclassification:un-cpc:41241", "2025-12-31T16:00:00Z", "2028-12-31T16:00:00Z",
     "2028-12-31T16:00:00.000001Z", "2026-02-01T00:00:00Z", "1900-01-01T00:00:00Z", "2099-12-31T23:59:59Z"]
)  # fmt: skip


@given(asked=st.lists(st.tuples(st.sampled_from(TERMS + TIMES), SOME), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_database_finds_what_the_criteria_meet(host: Host, clock: Clock, asked: list[tuple[str, str]]) -> None:
    documents = [BAR, changed(id=str(uuid.UUID(int=7)), pcf__geographyCountry=None, **OTHER_PRODUCT)]
    for one in documents:
        host.footprints.publish(text(one), clock())
    try:
        wanted = criteria(asked)
    except PactError:
        return
    found = [one["id"] for one in host.footprints.page(None, wanted).footprints]
    assert found == [one["id"] for one in documents if wanted.meets(read(one))]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([("$filter", "created ge '2023'")], r"\$filter: is no criterion"),
        ([("validOn", "yesterday")], "validOn: 'yesterday' is no time"),
        ([("validOn", "2026-01-01T00:00:00Z")] * 2, "validOn: stands twice"),
        ([("productId", str(n)) for n in range(101)], "more than 100 values"),
        ([("productId", "x" * 2_001)], "longer than 2000"),
    ],
)
def test_criteria_that_are_none(asked: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(PactError, match=said):
        criteria(asked)


def test_partners(host: Host, clock: Clock) -> None:
    client, secret = host.partners.make("acme", None, None, clock())
    assert host.partners.admit(client, "wrong", clock()) is None
    assert host.partners.admit("nobody", secret, clock()) is None
    token = host.partners.admit(client, secret, clock())
    assert token is not None
    assert secret != token
    found = host.partners.partner_of(token, clock())
    assert found is not None
    assert found.name == "acme"
    assert host.partners.partner_of(token + "x", clock()) is None
    assert host.partners.partner_of(token, clock() + ACCESS_S) is None
    host.partners.revoke("acme", clock())
    assert host.partners.partner_of(token, clock()) is None
    assert host.partners.admit(client, secret, clock()) is None
    for wrong in ("acme", "Acme", ""):
        with pytest.raises(PactError):
            host.partners.make(wrong, None, None, clock())
    with pytest.raises(PactError, match="is no partner"):
        host.partners.revoke("acme", clock())


@pytest.mark.parametrize(
    "address",
    [
        "http://x.example/3/events",
        "https://",
        "https://u:p@x.example/",
        "file:///etc",
        "https://[",
        "https://x.example/ y",
    ],
)
def test_answers_go_through_tls_only(host: Host, clock: Clock, address: str) -> None:
    with pytest.raises(PactError, match="is no https address"):
        host.partners.make("acme", None, Answers(address, ANSWERS.token_url, "f"), clock())


def test_a_request_is_answered_once(host: Host, clock: Clock) -> None:
    host.footprints.publish(text(BAR), clock())
    host.partners.make("acme", None, ANSWERS, clock())
    acme = host.partners.get("acme")
    for _ in range(2):
        host.mail.take(acme, ask(productId=BAR["productIds"]), clock(), host.answer)
    host.mail.take(acme, ask("e-2", productId=["urn:pact:null"]), clock(), host.answer)
    answers = [json.loads(one.body) for one in host.mail.sent()]
    assert [one["type"].split(".")[-2] for one in answers] == ["RequestFulfilledEvent", "RequestRejectedEvent"]
    assert answers[0]["data"]["requestEventId"] == "e-1"
    assert [one["id"] for one in answers[0]["data"]["pfs"]] == [BAR["id"]]
    assert answers[1]["data"]["error"]["code"] == "NotFound"
    assert [one.id for one in host.mail.arrived()] == ["e-1", "e-2"]


def test_a_request_is_answered_with_what_stands(host: Host, clock: Clock) -> None:
    host.footprints.publish(text(BAR), clock())
    newer = another(precedingPfIds=[BAR["id"]])
    host.footprints.publish(text(newer), clock())
    host.partners.make("acme", None, ANSWERS, clock())
    host.mail.take(host.partners.get("acme"), ask(), clock(), host.answer)
    host.mail.take(host.partners.get("acme"), ask("e-2", status=["Deprecated"]), clock(), host.answer)
    answers = [json.loads(one.body)["data"]["pfs"] for one in host.mail.sent() if one.kind == "RequestFulfilled"]
    assert [[one["id"] for one in footprints] for footprints in answers] == [[newer["id"]], [BAR["id"]]]


def test_who_can_not_be_answered_is_told_so_at_once(host: Host, clock: Clock) -> None:
    host.partners.make("acme", None, None, clock())
    with pytest.raises(PactError, match="no address"):
        host.mail.take(host.partners.get("acme"), ask(), clock(), host.answer)
    assert host.mail.arrived() == ()


def test_footprints_that_come_are_asked_too(host: Host, clock: Clock) -> None:
    host.partners.make("acme", None, ANSWERS, clock())
    wrong = changed(pcf__pcfExcludingBiogenicUptake="1.00")
    kind = "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3"
    event = {"type": kind, "specversion": "1.0", "id": "1", "source": "//acme", "time": "2026-03-01T00:00:00Z"}
    body = json.dumps(event | {"data": {"requestEventId": "our-1", "pfs": [wrong]}}).encode()
    host.mail.take(host.partners.get("acme"), body, clock(), host.answer)
    (arrived,) = host.mail.arrived()
    assert arrived.remarks == (
        f"{BAR['id']}: sum-excluding-uptake: pcfExcludingBiogenicUptake is 1.00, and its parts make 1.234",
    )


def test_letters_wait_longer_each_time_and_are_given_up_after_three_days(host: Host, clock: Clock) -> None:
    host.partners.make("acme", None, ANSWERS, clock())
    host.footprints.publish(text(BAR), clock())
    begun, waits = clock(), []
    while letters := host.mail.waiting(clock.now):
        host.mail.failed(letters[0], "no route", clock.now)
        (after,) = host.mail.sent()
        if after.done_at is not None:
            break
        waits.append(after.next_at - clock.now)
        clock.now = after.next_at
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 6 * 3_600
    assert sum(waits) <= GIVEN_UP_S < sum(waits) + 6 * 3_600
    assert clock.now - begun == sum(waits)
    assert after.given_up
    assert after.said == "given up after three days: no route"


def test_many_at_once_get_numbers_of_their_own(host: Host, clock: Clock) -> None:
    host.partners.make("acme", None, ANSWERS, clock())
    acme = host.partners.get("acme")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: host.mail.take(acme, ask(f"e-{n % 10}"), clock(), host.answer), range(40)))
        list(pool.map(lambda one: host.footprints.publish(text(one), clock()), [another() for _ in range(10)]))
    assert [one.number for one in host.mail.arrived()] == list(range(1, 11))
    assert [one.number for one in host.mail.sent()] == list(range(1, 21))
    assert len(host.footprints.page(None, Criteria()).footprints) == 10
