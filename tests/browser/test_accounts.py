"""Accounts in Chromium: an invitation, passkeys by a virtual authenticator, pages that fit and are accessible."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tally_finance.api.serving import server_of
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_gateway.http.server import SocketServer
from tests.browser.chromium import NARROW, WIDE, accessible, fits, picture, watched
from tests.finance.portal.accounts.rig import HOST, OTHER, PASSWORD, Rig, portal_of
from tests.ports import free_port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Rig]:
    engine = engine_for(f"sqlite:///{tmp_path_factory.mktemp('accounts') / 'books.db'}")
    migrate(engine)
    port = free_port()
    made = portal_of(engine, address=f"http://localhost:{port}")
    with _on(made, port):
        yield made
    engine.dispose()


@contextmanager
def _on(made: Rig, port: int) -> Iterator[None]:
    """The portal on a socket, in a thread of its own."""
    server = server_of(made.portal, "127.0.0.1", port)  # type: ignore[arg-type]  # any application of ASGI
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, server), name="portal")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(30)


def _serve(loop: asyncio.AbstractEventLoop, server: SocketServer) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(server.serve())


def authenticator(page: Page) -> None:
    """A passkey that always says yes, as a finger on a reader would."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    client.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def address(made: Rig) -> str:
    return made.accounts.settings.address


@pytest.mark.slow
def test_a_passkey_is_made_by_invitation_signs_in_proves_and_is_added_to(served: Rig, browser: Browser) -> None:
    link = served.link("pia", HOST, "administrator")
    with watched(browser, address(served)) as one:
        page = one.page()
        authenticator(page)
        page.goto(f"{address(served)}/invitation/{link}")
        page.get_by_role("button", name="Make a passkey").click()
        page.wait_for_url("**/account")
        expect(page.get_by_role("heading", level=1)).to_have_text("My account")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/administration")  # the room of her first role
        served.clock.now += 400
        page.goto(f"{address(served)}/administration/audit")
        page.wait_for_url("**/account/prove?*")
        page.get_by_role("button", name="Show a passkey").click()
        page.wait_for_url("**/administration/audit")
        assert "signed in" in page.inner_text("main")
    rows = [row.entry.what for row in served.accounts.audit.newest(None, 20)]
    assert {"set-up", "sign-in", "prove", "sign-out"} <= set(rows)


@pytest.mark.slow
def test_a_password_is_set_up_without_scripts(served: Rig, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address(served)}/invitation/{served.link('qi', OTHER, 'keeper')}")
    secret = page.inner_text("code.typed").replace(" ", "")
    page.get_by_label("新密码").fill(PASSWORD)
    served.clock.now += 30
    page.get_by_label("应用当前显示的六位数字").fill(pyotp.TOTP(secret).at(served.clock.now))
    page.get_by_role("button", name="确认设置").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("恢复码")
    assert page.locator("ul.codes li").count() == 10
    page.get_by_role("link", name="已保存，继续").click()
    page.goto(f"{address(served)}/account")
    page.get_by_role("button", name="退出").click()
    served.clock.now += 30
    page.get_by_label("账户名").fill("qi")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("验证码").fill(pyotp.TOTP(secret).at(served.clock.now))
    page.get_by_role("button", name="登录", exact=True).click()
    page.goto(f"{address(served)}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账户")
    context.close()


LOOKS = [("en", False, WIDE), ("zh-CN", True, NARROW)]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "dark", "size"), LOOKS, ids=["wide", "narrow"])
def test_every_page_is_accessible_and_fits(
    served: Rig, browser: Browser, language: str, size: tuple[int, int], *, dark: bool
) -> None:
    name = f"ria-{language[:2]}"
    link = served.link(name, HOST, "lender", "administrator")
    with watched(browser, address(served), size=size, language=language, dark=dark) as one:
        page = one.page()
        authenticator(page)
        for path in ("/sign-in", f"/invitation/{link}"):
            page.goto(address(served) + path)
            _look(page, f"{path.split('/')[1]}-{language}")
        page.locator("form[data-passkey] button").click()
        page.wait_for_url("**/account")
        served.link(f"{name}-2", HOST, "reviewer")
        for path in (
            "/account", "/account/password", "/account/passkeys", "/account/prove", "/account/tokens",
            "/administration", "/administration/audit",
        ):  # fmt: skip
            page.goto(address(served) + path)
            assert page.url.endswith(path), page.url
            _look(page, f"{path.strip('/').replace('/', '-')}-{language}")


def _look(page: Page, name: str) -> None:
    if name.endswith("-en"):  # words and colours differ; what axe asks of the narrow pages' structure is the same
        accessible(page)
    fits(page)
    picture(page, f"accounts-{re.sub('[^a-z-]', '', name.lower())}")
