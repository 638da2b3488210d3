"""Signing in by password and code, through the pages."""

from __future__ import annotations

import re

from fastapi import FastAPI
from sqlalchemy import Engine

from tally_finance.portal.accounts.lifetimes import ABSOLUTE_S, FRESH_S, IDLE_S
from tally_gateway.pages.guest import BY_ITSELF
from tests.finance.portal.accounts.rig import HOST, HTML, PASSWORD, Rig, rig


def test_an_invitation_leads_to_an_account_and_codes_that_are_good_once(portal: Rig) -> None:
    ana = portal.invited("ana", HOST, "lender")
    assert len(ana.codes) == 10
    page = ana.get("/account")
    assert page.status_code == 200
    assert "Bank of the Delta" in page.text
    taken = ana.code()
    assert ana.sign_in(code=taken).status_code == 303
    assert ana.sign_in(code=taken).status_code == 401  # the very code
    assert ana.sign_in(code=ana.codes[0].upper()).status_code == 303
    assert ana.sign_in(code=ana.codes[0]).status_code == 401
    assert "2 tries to sign in as you failed" not in ana.get("/account").text


def test_an_invitation_is_good_once(portal: Rig) -> None:
    link = portal.link("bo", HOST, "keeper")
    portal.set_up("bo", link)
    assert portal.client().get(f"/invitation/{link}", headers=HTML).status_code == 404


def test_who_was_tried_at_is_told(portal: Rig) -> None:
    cy = portal.invited("cy", HOST, "lender")
    for _ in range(2):
        assert cy.sign_in(password="wrong wrong wrong").status_code == 401
    come = cy.sign_in()
    assert come.status_code == 303
    assert "2 tries to sign in as you failed" in cy.get("/account").text


def test_whatever_is_wrong_the_answer_is_the_same(portal: Rig) -> None:
    di = portal.invited("di", HOST, "lender")
    said = set()
    for form in (
        {"password": "not her password at all"},
        {"code": "000000"},
        {"name": "nobody-of-that-name"},
        {"name": "no name\x00"},
        {"name": "Ж" * 400},
        {"password": ""},
    ):
        answer = di.sign_in(**form)
        assert answer.status_code == 401
        said.add(re.sub(r'value="[^"]*"', "", re.search(r"<main.*</main>", answer.text, re.DOTALL)[0]))  # type: ignore[index]
    assert len(said) == 1


def test_a_session_is_new_at_each_sign_in_and_the_one_before_ends(portal: Rig) -> None:
    ed = portal.invited("ed", HOST, "lender")
    before = ed.client.cookies["tallystick"]
    assert ed.sign_in().status_code == 303
    after = ed.client.cookies["tallystick"]
    assert before != after
    thief = portal.client()
    assert thief.get("/account", headers={**HTML, "cookie": f"tallystick={before}"}).status_code == 303
    assert thief.get("/account", headers={**HTML, "cookie": f"tallystick={after}"}).status_code == 200


def test_nobody_chooses_the_session_of_another(portal: Rig) -> None:
    fay = portal.invited("fay", HOST, "lender")
    chosen = "ab" * 32
    form = {"name": "fay", "password": PASSWORD, "code": fay.code()}
    client = portal.client()
    answer = client.post("/sign-in", data=form, headers={**HTML, "cookie": f"tallystick={chosen}"})
    assert answer.status_code == 303
    assert chosen not in answer.headers["set-cookie"]
    assert portal.client().get("/account", headers={**HTML, "cookie": f"tallystick={chosen}"}).status_code == 303


def test_a_session_ends_by_itself(portal: Rig) -> None:
    gil = portal.invited("gil", HOST, "lender")
    portal.clock.now += IDLE_S - 1
    assert gil.get("/account").status_code == 200
    portal.clock.now += IDLE_S
    assert gil.get("/account").status_code == 303
    gil.sign_in()
    for _ in range(ABSOLUTE_S // (IDLE_S - 60) + 1):
        portal.clock.now += IDLE_S - 60
        last = gil.get("/account").status_code
    assert last == 303


def test_a_page_that_looks_by_itself_keeps_no_session_awake(portal: Rig) -> None:
    """Left open on a desk, a live page asks every few seconds, and nobody is there."""
    gus = portal.invited("gus", HOST, "lender")
    for _ in range(IDLE_S // 600):
        assert gus.client.get("/account", headers={**HTML, BY_ITSELF: "1"}).status_code == 200
        portal.clock.now += 600
    assert gus.get("/account").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(portal: Rig) -> None:
    hal = portal.invited("hal", HOST, "lender")
    kept = hal.client.cookies["tallystick"]
    answer = hal.post("/sign-out")
    assert answer.status_code == 303
    assert 'tallystick=""' in answer.headers["set-cookie"]
    assert portal.client().get("/account", headers={**HTML, "cookie": f"tallystick={kept}"}).status_code == 303


def test_what_is_sensitive_asks_for_a_fresh_proof(portal: Rig) -> None:
    ida = portal.invited("ida", HOST, "lender", "administrator")
    assert ida.get("/administration").status_code == 200
    portal.clock.now += FRESH_S
    assert ida.get("/administration").headers["location"] == "/account/prove?next=%2Fadministration"
    assert ida.post("/administration/invite", name="ida-2", roles="lender").status_code == 403
    assert ida.post("/account/prove", password=PASSWORD, code="123456").status_code == 401
    proven = ida.post("/account/prove", password=PASSWORD, code=ida.code(), next="/administration")
    assert (proven.status_code, proven.headers["location"]) == (303, "/administration")
    assert ida.get("/administration").status_code == 200


def test_a_handover_is_signed_after_a_fresh_proof_alone(portal: Rig) -> None:
    """What is signed is sealed and leaves the house; ending a grant asks for nothing."""
    oda = portal.invited("oda", HOST, "owner")
    grant = f"/handover/grants/{'0' * 32}"
    file = {"file": ("x", b"x")}
    for status in (404, 403):
        for step in ("to-sign", "signature"):
            assert oda.post(f"{grant}/{step}").status_code == status
        assert oda.client.post(f"{grant}/signed", data=oda.guard(), files=file, headers=HTML).status_code == status
        assert oda.post(f"{grant}/revoke", reason="a mistake").status_code == 404
        portal.clock.now += FRESH_S


def test_who_else_reads_a_report_is_said_after_a_fresh_proof_alone(plain: Engine) -> None:
    """What another organisation has read stays read."""
    with rig(plain, reviews=FastAPI()) as made:
        rhea = made.invited("rhea", HOST, "reviewer")
        where = f"/reviewer/reports/{'0' * 64}/readers"
        assert rhea.post(where, organisation="ab" * 32).status_code == 404  # of this desk, which has no report
        made.clock.now += FRESH_S
        assert rhea.post(where, organisation="ab" * 32).status_code == 403


def test_sessions_are_listed_and_ended(portal: Rig) -> None:
    jo = portal.invited("jo", HOST, "lender")
    second = portal.client()
    second.post("/sign-in", data={"name": "jo", "password": PASSWORD, "code": jo.code()}, headers=HTML)
    assert second.get("/account", headers=HTML).status_code == 200
    found = re.findall(r"/account/sessions/([0-9a-f]{64})/end", jo.get("/account").text)
    assert len(found) == 1
    assert jo.post(f"/account/sessions/{found[0]}/end").status_code == 303
    assert second.get("/account", headers=HTML).status_code == 303
    assert jo.post(f"/account/sessions/{found[0]}/end").status_code == 404


def test_too_many_tries_wait_longer_each_time_and_a_passer_by_learns_no_name(portal: Rig) -> None:
    portal.invited("kim", HOST, "lender")
    waits = {}
    for name in ("kim", "no-such-kim"):
        client, statuses = portal.client(), []
        for _ in range(7):
            answer = client.post("/sign-in", data={"name": name, "password": "x" * 12, "code": "1"}, headers=HTML)
            statuses.append((answer.status_code, answer.headers.get("retry-after")))
        waits[name] = statuses
    assert waits["kim"] == waits["no-such-kim"]
    assert waits["kim"][-1] == (429, "2")
    portal.clock.now += 24 * 3_600
