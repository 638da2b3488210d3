"""What a browser, or somebody who plays one, may not do: forged forms, cookies, ways elsewhere, strange requests."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from fastapi import Request
from sqlalchemy import Engine, select

from tally_finance.portal.accounts.knocks import Knocks
from tally_finance.portal.accounts.sessions import form_token
from tally_finance.portal.accounts.tables import PENDING
from tests.finance.portal.accounts.rig import HOST, HTML, OTHER, PASSWORD, Rig, rig
from tests.in_process import InProcess

FORGED = "/account/sessions/end-others"


@pytest.fixture(scope="module")
def secure(plain: Engine) -> Iterator[Rig]:
    """The portal as it is over TLS."""
    with rig(plain, address="https://portal.example") as made:
        yield made


def test_a_form_is_of_its_session(portal: Rig) -> None:
    ada, bea = portal.invited("ada", HOST, "lender"), portal.invited("bea", HOST, "lender")
    good = ada.guard()
    assert ada.client.post(FORGED, data=good, headers=HTML).status_code == 303
    for csrf in ("", "x", bea.guard()["csrf"], form_token("0" * 64), good["csrf"].upper(), good["csrf"] + "0"):
        assert ada.client.post(FORGED, data={**good, "csrf": csrf}, headers=HTML).status_code == 403
    assert ada.client.post(FORGED, data={"once": good["once"]}, headers=HTML).status_code == 403
    assert ada.client.post(FORGED, data={"csrf": good["csrf"]}, headers=HTML).status_code == 400
    assert (
        ada.client.post(f"{FORGED}?csrf={good['csrf']}", data={"once": good["once"]}, headers=HTML).status_code == 403
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://localhost.evil.example"},
        {"origin": "http://localhost:81"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [FORGED, "/sign-in", "/sign-in/passkey/question", "/sign-out"])
def test_nothing_is_sent_from_elsewhere(portal: Rig, path: str, headers: dict[str, str]) -> None:
    person = portal.here("cat", HOST, "lender")
    assert person.client.post(path, data=person.guard(), headers={**HTML, **headers}).status_code == 403


def test_a_session_does_not_come_in_an_address(portal: Rig) -> None:
    dee = portal.invited("dee", HOST, "lender")
    kept = dee.client.cookies["tallystick"]
    stranger = portal.client()
    assert stranger.get(f"/account?tallystick={kept}", headers=HTML).status_code == 303
    assert stranger.get("/account", headers={**HTML, "authorization": f"Bearer {kept}"}).status_code == 303
    assert kept not in dee.get("/account").text


def test_cookies_are_for_this_host_over_tls_and_no_script(secure: Rig) -> None:
    eve = secure.link("eve", HOST, "lender")
    client = secure.client("https://portal.example")
    page = client.get(f"/invitation/{eve}", headers=HTML)
    assert page.headers["strict-transport-security"].startswith("max-age=31536000")
    person = _set_up(secure, "eve", eve, client)
    said = person.headers["set-cookie"]
    assert said.startswith("__Host-tallystick=")
    for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in said
    assert "Domain" not in said
    assert "Max-Age" not in said  # it ends with the browser


def test_over_plain_http_the_cookie_has_another_name_and_the_same_flags(portal: Rig) -> None:
    answer = _set_up(portal, "flo", portal.link("flo", HOST, "lender"), portal.client())
    assert answer.headers["set-cookie"].startswith("tallystick=")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "Secure" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/a\r\nset-cookie: x=y", "http:evil.example", " //evil.example", "/\t/evil.example", "",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(portal: Rig, to: str) -> None:
    person = portal.here("gus", HOST, "lender")
    answer = person.sign_in(next=to)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "x=y" not in str(answer.headers)
    assert person.client.get("/sign-in", params={"next": to}, headers=HTML).headers["location"] == "/"


def test_what_comes_back_on_a_page_is_text(portal: Rig) -> None:
    bad = '"><script>alert(1)</script>'
    page = portal.client().get("/sign-in", params={"next": f"/x{bad}"}, headers=HTML)
    assert "<script>alert" not in page.text
    answer = portal.client().post(
        "/sign-in", data={"name": bad, "password": bad, "code": bad, "next": bad}, headers=HTML
    )
    assert "<script>alert" not in answer.text
    person = portal.invited("hob", HOST, "administrator", "lender")
    for path, form in (
        ("/administration/invite", {"name": bad, "roles": "lender"}),
        ("/account/tokens", {"name": bad, "role": "lender"}),
        ("/administration/organisations", {"identity": "66" * 32, "latin": bad, "chinese": bad, "roles": "keeper"}),
    ):
        assert "<script>alert" not in person.post(path, **form).text
    assert "<script>alert" not in person.get("/administration").text
    assert "<script>alert" not in person.get("/administration/audit").text


def test_no_page_of_somebody_is_kept(portal: Rig) -> None:
    ivy = portal.invited("ivy", HOST, "administrator")
    for path in ("/account", "/account/password", "/administration", "/administration/audit", "/sign-in", "/nothing"):
        answer = ivy.get(path)
        assert answer.headers["cache-control"] == "no-store", path
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert '"cache"' in ivy.post("/sign-out").headers["clear-site-data"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/account", 405), ("DELETE", "/account", 405), ("PATCH", "/sign-in", 405), ("TRACE", "/account", 405),
        ("POST", "/account", 405), ("GET", "/sign-out", 405), ("GET", "/nothing", 404), ("GET", "/.git/config", 404),
        ("GET", "/account/../administration/x", 404), ("GET", "//evil.example/x", 404), ("GET", "/%00", 404),
        ("GET", "/openapi.json", 200), ("GET", "/docs", 404), ("GET", "/account%2f", 404),
    ],
)  # fmt: skip
def test_the_strange_is_answered_as_such(portal: Rig, method: str, path: str, status: int) -> None:
    person = portal.here("jim", HOST, "lender")
    answer = portal.runner.run(person.client._client.request(method, path, headers=HTML))
    assert answer.status_code == status


def test_a_method_is_not_changed_by_a_header_or_a_field(portal: Rig) -> None:
    kay = portal.invited("kay", HOST, "lender")
    kept = kay.guard()
    for headers in ({"x-http-method-override": "POST"}, {"x-method-override": "POST"}):
        answer = kay.client.get("/sign-out", params={**kept, "_method": "POST"}, headers={**HTML, **headers})
        assert answer.status_code == 405
    assert kay.get("/account").status_code == 200


def test_a_host_that_is_another_gets_no_link_of_ours(portal: Rig) -> None:
    lou = portal.invited("lou", HOST, "administrator")
    answer = lou.client.post(
        "/administration/invite", data={**lou.guard(), "name": "lou-2", "roles": "lender"},
        headers={**HTML, "host": "evil.example", "x-forwarded-host": "evil.example"},
    )  # fmt: skip
    assert "http://localhost/invitation/" in answer.text
    assert "evil.example" not in answer.text


def test_too_long_a_body_is_not_read(portal: Rig) -> None:
    mo = portal.invited("mo", HOST, "lender")
    for path in ("/sign-in", "/account/passkeys", FORGED):
        answer = mo.client.post(path, content=b"x" * (300 << 10), headers=HTML)
        assert answer.status_code == 413, path


def test_a_network_that_guesses_at_many_names_waits_too(portal: Rig) -> None:
    portal.clock.now += 24 * 3_600
    last = 0
    for number in range(32):
        form = {"name": f"guess-{number}", "password": PASSWORD, "code": "123456"}
        last = portal.client().post("/sign-in", data=form, headers=HTML).status_code
    assert last == 429
    portal.clock.now += 24 * 3_600


def test_a_token_is_of_ones_own_role_and_organisation_and_shown_once(portal: Rig) -> None:
    """The portal of these tests has no interface, so none is made; what is refused before that is."""
    nan = portal.invited("nan", OTHER, "keeper")
    assert nan.get("/account/tokens").status_code == 200
    for role, status in (("lender", 422), ("keeper", 422), ("administrator", 400), ("x", 400)):
        assert nan.post("/account/tokens", name="nan-1", role=role).status_code == status
    assert nan.post("/account/tokens/lending/nan-1/revoke").status_code == 404


def test_behind_a_proxy_the_last_address_counts(portal: Rig) -> None:
    settings = portal.accounts.settings
    portal.accounts.settings = dataclasses.replace(settings, behind_proxy=True)
    try:
        pat = portal.invited("pat", HOST, "lender")
        pat.client.post(
            "/sign-in", data={"name": "pat", "password": PASSWORD, "code": pat.code()},
            headers={**HTML, "x-forwarded-for": "203.0.113.9, 198.51.100.7"},
        )  # fmt: skip
        assert "198.51.100.0/24" in pat.get("/account").text
    finally:
        portal.accounts.settings = settings


def test_one_network_does_not_take_all_that_may_wait(portal: Rig) -> None:
    """Each question is kept for minutes, and only so many are."""
    portal.accounts.begun = Knocks(most_of_network=2)
    client = portal.client()
    got = [client.post("/sign-in/passkey/question", headers=HTML).status_code for _ in range(3)]
    portal.accounts.begun = Knocks()
    assert got == [200, 200, 429]


@pytest.mark.parametrize(("method", "path"), [("get", "/account/password"), ("post", "/account/prove/question")])
def test_who_is_signed_in_does_not_take_all_that_may_wait_either(portal: Rig, method: str, path: str) -> None:
    """Else one account of a guest keeps everybody out."""
    kit = portal.here("kit", OTHER, "keeper")
    portal.accounts.begun = Knocks(most_of_network=2)
    got = [(kit.get(path) if method == "get" else kit.post(path)).status_code for _ in range(3)]
    portal.accounts.begun = Knocks()
    assert got == [200, 200, 429]


def test_a_secret_that_is_being_set_up_stands_sealed_in_the_database(portal: Rig) -> None:
    page = portal.here("kit", OTHER, "keeper").get("/account/password").text
    typed = re.findall(r'class="typed">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    with portal.accounts.engine.connect() as connection:
        bodies = [bytes(one) for one in connection.execute(select(PENDING.c.body)).scalars()]
    assert bodies
    assert not any(base64.b32decode(typed).hex().encode() in body for body in bodies)


def test_behind_a_proxy_a_line_that_a_stranger_wrote_does_not_count(portal: Rig) -> None:
    """Some proxies add to the header, others write a line of their own below it."""
    settings = portal.accounts.settings
    portal.accounts.settings = dataclasses.replace(settings, behind_proxy=True)
    lines = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"198.51.100.7")]
    try:
        request = Request({"type": "http", "headers": lines, "client": ("127.0.0.1", 1)})
        assert portal.accounts.network(request) == "198.51.100.0/24"
    finally:
        portal.accounts.settings = settings


@pytest.mark.parametrize("answer", ["[" * 32_000, '{"rawId":' * 3_000, "9" * 5_000, '{"rawId": "\\ud800"}', "[]", "{}"])
def test_a_passkeys_answer_that_is_none_is_refused(portal: Rig, answer: str) -> None:
    client = portal.client()
    key = client.post("/sign-in/passkey/question", headers=HTML).json()["key"]
    got = client.post("/sign-in/passkey", data={"answer": answer, "key": key}, headers=HTML)
    assert got.status_code == 401
    portal.clock.now += 24 * 3_600  # the network's tries are forgotten


def _set_up(made: Rig, name: str, link: str, client: InProcess) -> httpx.Response:
    page = client.get(f"/invitation/{link}", headers=HTML)
    secret = re.findall(r'class="typed">([A-Z2-7 ]+)<', page.text)[0].replace(" ", "")
    key = re.findall(r'name="key" value="([0-9a-f]{64})"', page.text)[0]
    form = {"key": key, "password": PASSWORD, "code": pyotp.TOTP(secret).at(made.clock.now)}
    return client.post(f"/invitation/{link}", data=form, headers=HTML)
