"""Alerts over HTTP are those that the watch keeps, and a person ends them there; faults tell nothing of the inside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from tally_finance.api.rights import Role
from tally_finance.desk import standing
from tally_finance.watch.alert import Alert
from tally_finance.watch.limits import Limits
from tally_finance.watch_service.alert_store import AlertStore
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import office
from tests.finance.watch_service.test_alert_store import HELD, OUT


@pytest.fixture
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """With a receipt that a court holds, which the desk sees by itself."""
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))
    receipt = office_made.pledged(40)
    office_made.yard.did("Hold", "court", receipt=receipt, kind=2, role=8, quantity=0, reason=fresh("order"))
    office_made.sync()
    with counter(office_made) as opened:
        yield opened


def watched(made: Counter, *alerts: Alert) -> AlertStore:
    """As another process notes them."""
    store = AlertStore(made.office.desk.engine, "bank-1")
    store.take(alerts, made.office.now(), whole=False)
    return store


def test_what_a_watch_keeps_is_shown_with_its_number_and_what_it_has_not_seen_without(made: Counter) -> None:
    seen = made.get(Role.LENDER, "/v1/alerts").json()
    assert [one["number"] for one in seen if one["name"] == "HELD"] == [None]
    watched(made, OUT, HELD)
    shown = made.get(Role.LENDER, "/v1/alerts").json()
    kept = {one["name"]: one for one in shown if one["touches"] in (OUT.touches, HELD.touches)}
    assert {one["number"] for one in kept.values()} == {1, 2}
    assert kept[OUT.code.name]["ends_by_person"] is True
    assert len(shown) == len(seen) + 2


def test_an_alert_that_the_watch_noted_is_shown_once(made: Counter) -> None:
    desk = made.office.desk
    before = made.get(Role.LENDER, "/v1/alerts").json()
    watched(made, *standing.alerts(desk.state(), desk.view, desk.sheet, Limits()))
    after = made.get(Role.LENDER, "/v1/alerts").json()
    assert [(one["code"], one["touches"]) for one in after] == [(one["code"], one["touches"]) for one in before]
    assert None not in [one["number"] for one in after]


def test_an_alert_is_acknowledged_and_ended_once_by_whose_token_it_is(made: Counter) -> None:
    store = watched(made, OUT)
    (number,) = [one.number for one in store.standing()]
    path = f"/v1/alerts/{number}"
    said = made.post(Role.LENDER, f"{path}/acknowledge", {"reason": "the yard was called"})
    assert said.status_code == 201, said.text
    assert [(one["by"], one["reason"]) for one in said.json()["acknowledged"]] == [("lender", "the yard was called")]
    key = fresh().hex()[:32]
    ended = made.post(Role.LENDER, f"{path}/end", {"reason": "weighed twice"}, key)
    assert (ended.status_code, ended.json()["ended"]["by"]) == (201, "lender")
    assert made.post(Role.LENDER, f"{path}/end", {"reason": "weighed twice"}, key).content == ended.content
    assert number not in [one["number"] for one in made.get(Role.LENDER, "/v1/alerts").json()]
    assert [one.number for one in store.standing()] == []
    again = made.post(Role.LENDER, f"{path}/end", {"reason": "again"})
    assert (again.status_code, again.json()["title"]) == (409, "not as things stand")


def test_what_ends_by_itself_is_not_ended_and_what_is_not_there_is_not_found(made: Counter) -> None:
    (number,) = [one.number for one in watched(made, HELD).standing()]
    refused = made.post(Role.LENDER, f"/v1/alerts/{number}/end", {"reason": "r"})
    assert refused.status_code == 409
    assert "ends by itself" in refused.json()["detail"]
    assert made.post(Role.LENDER, "/v1/alerts/999/acknowledge", {"reason": "r"}).status_code == 404
    assert made.post(Role.LENDER, f"/v1/alerts/{number}/acknowledge", {"reason": ""}).status_code == 400
    assert made.post(Role.DEPOSITOR, f"/v1/alerts/{number}/acknowledge", {"reason": "r"}).status_code == 403


@pytest.mark.parametrize("where", ["the route", "the door"])
def test_a_database_that_fails_is_told_without_its_words(
    made: Counter, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret FROM journal", {}, Exception("host=10.0.0.1 password"))

    monkeypatch.setattr(made.service.alerts if where == "the route" else made.service.tokens,
                        "standing" if where == "the route" else "bearer", fails)  # fmt: skip
    answer = made.get(Role.LENDER, "/v1/alerts")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    for word in ("SELECT", "secret", "journal", "10.0.0.1"):
        assert word not in answer.text
