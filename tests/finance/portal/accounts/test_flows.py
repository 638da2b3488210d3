"""Flows of people over several pages: changing how one signs in, new codes, and a database that is away."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pyotp
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from tally_finance.portal.accounts.account import State
from tally_finance.portal.accounts.lifetimes import FRESH_S
from tests.finance.portal.accounts.rig import HOST, HTML, OTHER, PASSWORD, Person, Rig, rig

NEW = "four swans on a frozen lake"


def change(person: Person, password: str, code: str | None = None) -> int:
    """Go through the page of a new password; its status."""
    page = person.get("/account/password")
    assert page.status_code == 200
    secret = re.findall(r'class="typed">([A-Z2-7 ]+)<', page.text)[0].replace(" ", "")
    key = re.findall(r'name="key" value="([0-9a-f]{64})"', page.text)[0]
    person.rig.clock.now += 30
    given = pyotp.TOTP(secret).at(person.rig.clock.now) if code is None else code
    answer = person.post("/account/password", key=key, password=password, code=given)
    if answer.status_code == 200:
        person.secret = secret
        person.codes = tuple(re.findall(r"<li><code>([a-z0-9-]+)</code></li>", answer.text))
    return answer.status_code


def test_a_password_is_changed_after_a_fresh_proof_and_other_sessions_end(portal: Rig) -> None:
    liv = portal.invited("liv", HOST, "lender")
    elsewhere = portal.client()
    elsewhere.post("/sign-in", data={"name": "liv", "password": PASSWORD, "code": liv.code()}, headers=HTML)
    assert elsewhere.get("/account", headers=HTML).status_code == 200
    old = liv.codes
    assert change(liv, "short") == 422
    assert change(liv, "liv liv liv liv") == 422
    assert change(liv, NEW, code="000000") == 422
    assert liv.sign_in().status_code == 303  # none of these took anything
    assert change(liv, NEW) == 200
    assert elsewhere.get("/account", headers=HTML).status_code == 303
    assert liv.get("/account").status_code == 200
    assert liv.sign_in().status_code == 401  # by the old password
    assert liv.sign_in(password=NEW).status_code == 303
    assert liv.sign_in(password=NEW, code=old[0]).status_code == 401
    assert liv.sign_in(password=NEW, code=liv.codes[0]).status_code == 303
    portal.clock.now += FRESH_S
    assert liv.get("/account/password").headers["location"].startswith("/account/prove")
    assert liv.post("/account/password", password=PASSWORD).status_code == 403
    assert liv.post("/account/codes").status_code == 403


def test_new_recovery_codes_end_the_old_ones(portal: Rig) -> None:
    nia = portal.invited("nia", HOST, "lender")
    answer = nia.post("/account/codes")
    fresh = re.findall(r"<li><code>([a-z0-9-]+)</code></li>", answer.text)
    assert len(fresh) == 10
    assert nia.sign_in(code=nia.codes[0]).status_code == 401
    assert nia.sign_in(code=fresh[0]).status_code == 303


def test_a_code_that_waits_for_one_is_nothing_to_another(portal: Rig) -> None:
    oda, pax = portal.invited("oda", HOST, "lender"), portal.invited("pax", HOST, "lender")
    page = oda.get("/account/password").text
    secret = re.findall(r'class="typed">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    key = re.findall(r'name="key" value="([0-9a-f]{64})"', page)[0]
    code = pyotp.TOTP(secret).at(portal.clock.now)
    assert pax.post("/account/password", key=key, password=NEW, code=code).status_code == 422
    assert pax.sign_in().status_code == 303


def test_nobody_comes_in_while_the_database_does_not_answer(plain: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with rig(plain) as made:
        rob = made.invited("rob", HOST, "lender")
        away = create_engine("sqlite:////nowhere/at/all.db")
        with pytest.raises(OperationalError):
            away.connect()
        for store in (made.accounts.sessions, made.accounts.directory, made.accounts.attempts, made.accounts.audit):
            monkeypatch.setattr(store, "_engine", away)
        answer = rob.get("/account")
        assert answer.status_code == 503
        assert "nowhere" not in answer.text
        assert made.client().get("/account", headers=HTML).status_code == 303  # who has no cookie asks no database
        tried = made.client().post("/sign-in", data={"name": "rob", "password": PASSWORD, "code": "1"}, headers=HTML)
        assert tried.status_code == 503


@pytest.mark.parametrize("way", ["link", "password"])
def test_an_account_that_is_locked_while_it_comes_in_stays_out(
    portal: Rig, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Its administrator locks it in the moment between the last look at its state and what follows."""
    name = f"loki-{way}"
    directory, sessions = portal.accounts.directory, portal.accounts.sessions
    link = portal.link(name, OTHER, "keeper")
    person = portal.set_up(name, link) if way == "password" else None

    def locked(then: Callable[..., Any], *given: object) -> Any:
        directory.become(name, State.LOCKED)
        sessions.end_all(name, portal.clock())
        return then(*given)

    with monkeypatch.context() as patched:
        if person is None:
            patched.setattr(portal.accounts.links, "use", partial(locked, portal.accounts.links.use))
            with pytest.raises(AssertionError):
                portal.set_up(name, link)
        else:
            patched.setattr(portal.accounts.attempts, "succeeded", partial(locked, portal.accounts.attempts.succeeded))
            assert person.sign_in().status_code == 401
    account = directory.account(name)
    assert account is not None
    assert account.state is State.LOCKED
    directory.become(name, State.ACTIVE)
    assert sessions.of(name, portal.clock()) == ()
