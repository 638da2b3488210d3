"""What was typed into a form goes to the fresh proof and back; what may be a secret stays behind."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tally_finance.portal import signing
from tally_finance.portal.accounts import carried_form
from tally_finance.portal.accounts.carried_form import CHOSEN, MOST_BYTES, TYPED, CarriedForm
from tally_finance.portal.accounts.lifetimes import FRESH_S
from tally_finance.portal.accounts.visiting import ProofNeededError
from tests.finance.portal.accounts.rig import ADDRESS, HOST, HTML, PASSWORD, Person, Rig

_FIELD = re.compile(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"')
_ACTION = re.compile(r'<form method="post" action="([^"]+)"')


def fields(page: str) -> list[tuple[str, str]]:
    """Names and values of the fields of a page's main part."""
    return [(name, html.unescape(value)) for name, value in _FIELD.findall(page.partition("<main")[2])]


def stale(portal: Rig, person: Person, path: str, of: str, **form: Any) -> httpx.Response:
    """A form that is sent when the last proof is too old; `of`: the page on which it stood."""
    guard = person.guard(of)
    portal.clock.now += FRESH_S
    return person.client.post(path, data={**guard, **form}, headers={**HTML, "referer": f"{ADDRESS}{of}"})


def proven(person: Person, page: str, **changed: str) -> httpx.Response:
    """The answer to the form of the proof, as a browser sends it."""
    sent = {**dict(fields(page)), "password": PASSWORD, "code": person.code(), **changed}
    return person.client.post("/account/prove", data=sent, headers=HTML)


def test_what_was_typed_comes_back_after_the_proof_and_is_sent_by_its_person(portal: Rig) -> None:
    ida = portal.invited("ida", HOST, "lender", "administrator")
    refused = stale(portal, ida, "/administration/invite", "/administration", name="a<b>-2", roles=["lender", "keeper"])
    assert refused.status_code == 403
    assert "What you typed is not lost" in refused.text
    again = proven(ida, refused.text, code="000000")
    assert again.status_code == 401
    page = proven(ida, again.text)
    assert page.status_code == 200, page.text
    assert "ida" in ida.get("/administration").text, "the proof holds"
    sent = [one for one in fields(page.text) if one[0] not in ("csrf", "once")]
    assert sent == [("name", "a<b>-2"), ("roles", "lender"), ("roles", "keeper")]
    assert 'for="f-name"' in page.text
    assert '"/administration">Leave it' in page.text
    action = _ACTION.findall(page.text.partition("<main")[2])[0]
    assert action == "/administration/invite"
    guard = dict(fields(page.text))
    form = {"csrf": guard["csrf"], "once": guard["once"], "name": "ida-2", "roles": ["lender", "keeper"]}
    done = ida.client.post(action, data=form, headers=HTML)
    assert "/invitation/" in done.text, done.text
    assert set(portal.accounts.directory.account("ida-2").roles) == {"lender", "keeper"}  # type: ignore[union-attr]


def test_a_form_with_a_secret_or_a_file_is_not_carried_and_its_page_comes_back(portal: Rig) -> None:
    eva = portal.invited("eva", HOST, "lender")
    portal.clock.now += 1
    refused = stale(portal, eva, "/account/password", "/account/password", password="a new secret", code="123456")
    assert refused.status_code == 403
    assert "a new secret" not in refused.text
    assert "123456" not in refused.text
    assert "is not carried along" in refused.text
    back = proven(eva, refused.text)
    assert (back.status_code, back.headers["location"]) == (303, "/account/password")
    with portal.accounts.sessions._engine.connect() as connection:
        kept = connection.execute(text("SELECT kind, body FROM portal_pending")).all()
    assert all(b"a new secret" not in bytes(body) for _, body in kept)


def test_who_proves_itself_elsewhere_is_shown_what_was_typed(portal: Rig) -> None:
    """An outside sign-in leads away from the portal: nothing can be carried over it, and nobody says that it is."""
    hal = portal.invited("hal", HOST, "lender")
    with portal.accounts.sessions._engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("DELETE FROM portal_totp WHERE account = 'hal'"))
    refused = stale(portal, hal, "/account/tokens", "/account/tokens", name="nightly", role="lender")
    assert "ask your administrator for a new link" in refused.text
    assert "What you typed is not lost" not in refused.text
    assert "<dt>Name</dt><dd>nightly</dd>" in refused.text


def test_the_script_that_signs_knows_the_refusal_by_its_title() -> None:
    script = files(signing).joinpath("static/signing/sign_here.js").read_text("utf-8")
    assert f'const PROOF_NEEDED = "{ProofNeededError("").title}";' in script


def test_a_program_is_told_in_a_problem_and_a_stranger_carries_nothing(portal: Rig) -> None:
    fay = portal.invited("fay", HOST, "lender")
    guard = fay.guard()
    portal.clock.now += FRESH_S
    told = fay.client.post("/account/tokens", data={**guard, "name": "x"}, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["title"]) == (403, "prove who you are again")
    planted = carried_form.written(CarriedForm("/account/tokens", "/account", (("name", "x"),)))
    forged = {"csrf": "x" * 64, "once": "0123456789abcdef", "password": PASSWORD, "code": fay.code()}
    answer = fay.client.post("/account/prove", data={**forged, "carried": planted}, headers=HTML)
    assert answer.status_code == 403
    assert "Go on" not in answer.text


@pytest.mark.parametrize(
    ("referer", "to"),
    [
        ("", "/account"), ("http://elsewhere/account/tokens", "/account"), (f"{ADDRESS}/sign-out", "/account"),
        (f"{ADDRESS}/account/tokens?x=1", "/account/tokens?x=1"), ("http://[", "/account"),
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(portal: Rig, referer: str, to: str) -> None:
    gus = portal.here("gus", HOST, "lender")
    guard = gus.guard()
    portal.clock.now += FRESH_S
    data = {**guard, "password": "x"}
    refused = gus.client.post("/account/codes", data=data, headers={**HTML, "referer": referer})
    assert dict(fields(refused.text))["next"] == to


NAMES = st.sampled_from(sorted({*TYPED, *CHOSEN}))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=5))
def test_a_carried_form_is_read_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    form = carried_form.carried("/account/tokens", "/account", [("csrf", "x"), *pairs])
    assert form is not None
    assert carried_form.read(carried_form.written(form)) == form


NOT_WRITTEN: list[Any] = [
    None, {}, [1, "/", []], ["//elsewhere/x", "/", []], ["/x", "/", "name"], ["/x", "/", ["ab"]],
    ["/x", "/", [["name"]]], ["/x", "/", [["password", "x"]]],
]  # fmt: skip


@pytest.mark.parametrize("text_", ["", "[", "[" * 5_000, *map(json.dumps, NOT_WRITTEN)])
def test_what_was_not_written_here_is_not_read(text_: str) -> None:
    assert carried_form.read(text_) is None


def test_what_is_long_or_unknown_is_not_carried() -> None:
    assert carried_form.carried("/x", "/", [("ledger", "x" * (MOST_BYTES - 200))]) is not None
    assert carried_form.carried("/x", "/", [("ledger", "报" * (MOST_BYTES // 8))]) is None
    for name in ("password", "code", "key", "answer", "passphrase"):
        assert carried_form.carried("/x", "/", [("name", "x"), (name, "")]) is None
