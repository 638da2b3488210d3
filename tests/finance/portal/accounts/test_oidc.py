"""An organisation's own sign-in, against a provider that answers over a socket and lies when it is told to."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import Engine, delete

from tally_finance.errors import SignInError, TooSoonError
from tally_finance.portal.accounts import oidc_client
from tally_finance.portal.accounts.account import Account, State
from tally_finance.portal.accounts.oidc_client import OidcClient
from tally_finance.portal.accounts.settings import Provider as Setting
from tally_finance.portal.accounts.tables import TRIES
from tally_gateway.pages.words import Words
from tests.finance.portal.accounts import provider as made_provider
from tests.finance.portal.accounts.provider import CLIENT, SECRET, Provider
from tests.finance.portal.accounts.rig import HOST, HTML, OTHER, Rig, rig
from tests.in_process import InProcess


@dataclass
class Both:
    """A portal and its outside sign-in."""

    rig: Rig
    provider: Provider

    def begin(self, client: InProcess, to: str = "/account") -> str:
        """To the provider and back: the address on which the browser comes back."""
        answer = client.get("/sign-in/outside", params={"next": to}, headers=HTML)
        assert answer.status_code == 303, answer.text
        return httpx.get(answer.headers["location"]).headers["location"]

    def through(self, client: InProcess) -> httpx.Response:
        """The whole way."""
        return self.finish(client, self.begin(client))

    def finish(self, client: InProcess, back: str) -> httpx.Response:
        """Come back."""
        parts = urlsplit(back)
        return client.get(f"{parts.path}?{parts.query}", headers=HTML)


@pytest.fixture(scope="module")
def both(plain: Engine) -> Iterator[Both]:
    now = [0]
    with made_provider.serving(lambda: now[0]) as told:
        setting = Setting(told.issuer, CLIENT, SECRET, Words("Bank of the Delta", "三角洲银行"))
        with rig(plain, provider=setting) as made:
            now[0] = made.clock.now
            made.accounts.directory.add(Account("oi", HOST, frozenset({"lender"}), State.ACTIVE), made.clock())
            made.accounts.factors.bind(told.issuer, "u-1", "oi", made.clock())
            yield Both(made, told)


@pytest.fixture
def honest(both: Both) -> Iterator[Both]:
    """As it was before, for the next test."""
    yield both
    both.provider.claims, both.provider.fault, both.provider.subject = {}, "", "u-1"


def test_who_was_bound_comes_in_with_a_session_of_its_own(honest: Both) -> None:
    client = honest.rig.client()
    answer = honest.through(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = client.get("/account", headers=HTML)
    assert "outside sign-in" in page.text
    assert "u-1" in page.text


def test_who_is_signed_in_elsewhere_has_not_proved_it_a_moment_ago(honest: Both) -> None:
    """Whoever sits down at a browser that is signed in at the provider is asked again before what is sensitive."""
    client = honest.rig.client()
    honest.through(client)
    assert client.get("/account/password", headers=HTML).headers["location"].startswith("/account/prove")
    again = re.findall(r'href="(/sign-in/outside[^"]*)"', client.get("/account/prove", headers=HTML).text)
    to = client.get(html.unescape(again[0]), headers=HTML).headers["location"]
    assert {("prompt", "login"), ("max_age", "0")} <= set(parse_qsl(urlsplit(to).query))
    honest.finish(client, httpx.get(to).headers["location"])
    assert client.get("/account/password", headers=HTML).status_code == 200


@pytest.mark.parametrize("told", [None, True, "now", 2**40])
def test_a_provider_that_does_not_tell_when_proves_nothing_of_now(honest: Both, told: Any) -> None:
    honest.provider.claims = {"auth_time": told}
    client = honest.rig.client()
    assert honest.through(client).status_code == 303
    assert client.get("/account/password", headers=HTML).status_code == 303


def test_a_stranger_is_told_the_identifier_and_let_in_nowhere(honest: Both) -> None:
    honest.provider.subject = "u-2"  # with the e-mail address of somebody else
    client = honest.rig.client()
    answer = honest.through(client)
    assert answer.status_code == 401
    assert "u-2" in answer.text
    assert client.get("/account", headers=HTML).status_code == 303


@pytest.mark.parametrize("fault", ["key", "none", "shared", "state"])
def test_what_was_not_signed_or_asked_for_is_not_believed(honest: Both, fault: str) -> None:
    honest.provider.fault = fault
    assert honest.through(honest.rig.client()).status_code == 401


@pytest.mark.parametrize("fault", ["issuer", "long"])
def test_a_provider_that_is_another_or_says_too_much_is_not_gone_to(honest: Both, fault: str) -> None:
    honest.provider.fault = fault
    answer = honest.rig.client().get("/sign-in/outside", headers=HTML)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "somebody"}, {"aud": None}, {"aud": [CLIENT, "x"]},
        {"aud": [CLIENT, "x"], "azp": "x"}, {"azp": "x"}, {"exp": 1}, {"exp": None}, {"exp": True}, {"iat": 1},
        {"iat": 2**40}, {"iat": None}, {"nonce": "x"}, {"nonce": None}, {"nonce": 5}, {"sub": None}, {"sub": ""},
        {"sub": "x" * 300}, {"sub": 7},
    ],
)  # fmt: skip
def test_every_claim_is_checked(honest: Both, claims: dict[str, Any]) -> None:
    honest.provider.claims = claims
    assert honest.through(honest.rig.client()).status_code == 401


def test_several_audiences_with_our_name_on_it_are_good(honest: Both) -> None:
    honest.provider.claims = {"aud": [CLIENT, "x"], "azp": CLIENT}
    assert honest.through(honest.rig.client()).status_code == 303


def test_a_way_is_gone_once_and_in_the_browser_that_began_it(honest: Both) -> None:
    mine, thiefs = honest.rig.client(), honest.rig.client()
    back = honest.begin(mine)
    assert honest.finish(thiefs, back).status_code == 401  # somebody else's browser: no sign-in is planted in it
    assert honest.finish(mine, back).status_code == 303
    assert honest.finish(mine, back).status_code == 401


def test_a_refusal_and_a_foreign_next_are_answered_here(honest: Both) -> None:
    client = honest.rig.client()
    assert client.get("/sign-in/outside/back?error=access_denied&state=x", headers=HTML).status_code == 401
    back = honest.begin(client, "//evil.example/")
    assert honest.finish(client, back).headers["location"] == "/"


def test_a_provider_is_asked_at_the_pace_of_a_network(honest: Both) -> None:
    """A stranger who begins way after way makes this portal knock at somebody else's door."""
    accounts, client = honest.rig.accounts, honest.rig.client()
    back, codes = honest.begin(client), len(honest.provider.codes)
    with contextlib.suppress(TooSoonError):
        while True:
            accounts.attempts.take(None, "127.0.0.0/24", accounts.clock())
    try:
        assert honest.finish(client, back).status_code == 429
        assert len(honest.provider.codes) == codes  # it was not asked
    finally:
        with accounts.engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(TRIES))


def test_a_provider_that_hangs_holds_a_few_threads_alone(honest: Both) -> None:
    provider = honest.rig.accounts.settings.provider
    assert provider is not None
    asked = OidcClient(provider)
    for _ in range(oidc_client.MOST_AT_ONCE):
        assert asked._turns.acquire(blocking=False)  # so many are under way
    with pytest.raises(SignInError, match="does not answer"):
        asked.begin("http://localhost/back")
    asked._turns.release()
    assert asked.begin("http://localhost/back")[0].startswith(honest.provider.issuer)
    assert asked.begin("http://localhost/back")  # and its turn was given back


def test_an_account_that_was_locked_does_not_come_in(honest: Both) -> None:
    honest.rig.accounts.directory.become("oi", State.LOCKED)
    assert honest.through(honest.rig.client()).status_code == 401
    honest.rig.accounts.directory.become("oi", State.ACTIVE)


def test_a_second_factor_is_asked_for_where_the_sheet_says_so(plain: Engine) -> None:
    with made_provider.serving() as told:
        setting = Setting(told.issuer, CLIENT, SECRET, Words("B", "银行"), frozenset({"mfa", "urn:loa:2"}))
        with rig(plain, provider=setting) as made:
            told.now = made.clock
            made.accounts.directory.add(Account("mia", OTHER, frozenset({"keeper"}), State.ACTIVE), made.clock())
            made.accounts.factors.bind(told.issuer, "u-1", "mia", made.clock())
            both = Both(made, told)
            assert both.through(made.client()).status_code == 401
            for claims in ({"amr": ["pwd", "mfa"]}, {"acr": "urn:loa:2"}):
                told.claims = claims
                assert both.through(made.client()).status_code == 303
            told.claims = {"amr": "mfa"}
            assert both.through(made.client()).status_code == 401


def test_an_administrator_binds_an_identity_once(honest: Both) -> None:
    ava = honest.rig.invited("ava", HOST, "administrator")
    honest.rig.invited("axel", HOST, "lender")
    where = "/administration/accounts/axel/bind"
    assert ava.post(where, subject="u-9").status_code == 303
    assert ava.post(where, subject="u-10").status_code == 422  # one identity of an issuer each
    assert ava.post("/administration/accounts/ava/bind", subject="u-9").status_code == 422
    honest.provider.subject = "u-9"
    assert honest.through(honest.rig.client()).status_code == 303


def test_another_organisation_binds_none_of_the_hosts_people_to_itself(honest: Both) -> None:
    """Whoever signs in at the bank's own sign-in must not land in an account that a stranger prepared."""
    olga = honest.rig.invited("olga", OTHER, "administrator")
    honest.rig.invited("oleg", OTHER, "depositor")
    assert olga.post("/administration/accounts/oleg/bind", subject="cfo").status_code == 403
    assert "/bind" not in olga.get("/administration").text
    honest.provider.subject = "cfo"
    assert honest.through(honest.rig.client()).status_code == 401
