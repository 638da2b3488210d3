"""A one-time link: setting up how one signs in. Who has the link's secret is let in; nobody guesses 256 bits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import one_time, setting_up
from tally_finance.portal.accounts.setting_up import Chosen
from tally_finance.portal.accounts.sign_in_routes import Long, Text
from tally_finance.portal.accounts.visiting import accounts_of, keep, let_in, refusing
from tally_finance.portal.accounts.wording import said
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

Secret = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


_WELCOME = Words("Welcome. Add a second passkey, in case this one is lost.", "欢迎。建议再登记一个通行密钥，以防遗失。")


def invitation_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["invitation"])

    @router.get("/invitation/{secret}", summary="Set up how to sign in")
    def page(visit: Visited, secret: Secret) -> Response:
        return _page(visit, secret)

    @router.post("/invitation/{secret}", summary="Set up a password and one-time codes")
    def by_password(visit: Visited, secret: Secret, key: Text = "", password: Text = "", code: Text = "") -> Response:
        accounts = accounts_of(visit)
        network = accounts.network(visit.request)
        try:
            come, codes = setting_up.by_link_with_password(accounts, secret, Chosen(key, password, code), network)
        except AccountError as error:
            return _page(visit, secret, key, said(error, visit.language))
        accounts.did(visit.request, "set-up", "password and code", account=come.before.name)
        answer = visit.page("accounts/codes.html", codes=codes, name=come.before.name, to="/")
        keep(visit, come, answer)
        return answer

    @router.post("/invitation/{secret}/question", summary="What a browser makes a passkey by")
    def question(visit: Visited, secret: Secret) -> dict[str, str]:
        accounts = accounts_of(visit)
        with refusing(visit):
            name, network = setting_up.opened(accounts, secret).account, accounts.network(visit.request)
            options, key = setting_up.begin_passkey(accounts, name, network)
        visit.request.state.recorded = True  # a question changes nothing
        return {"options": options, "key": key}

    @router.post("/invitation/{secret}/passkey", summary="Set up a passkey")
    def by_passkey(visit: Visited, secret: Secret, answer: Long = "", key: Text = "") -> Response:
        accounts = accounts_of(visit)
        try:
            come = setting_up.by_link_with_passkey(accounts, secret, key, answer, accounts.network(visit.request))
        except AccountError as error:
            return _page(visit, secret, wrong=said(error, visit.language))
        accounts.did(visit.request, "set-up", "passkey", account=come.before.name)
        ready = let_in(visit, come, "/account")
        visit.say(ready, _WELCOME)
        return ready

    return router


def _page(visit: Visit, secret: str, key: str = "", wrong: str = "") -> Response:
    """The form. A secret that waits is shown again, so that the app that has it already goes on with it."""
    accounts = accounts_of(visit)
    try:
        name = setting_up.opened(accounts, secret).account
    except AccountError as error:
        raise ApiError(404, "not found", said(error, visit.language)) from None
    with refusing(visit):
        waiting = setting_up.waiting_totp(accounts, name, key) if key else None
        if waiting is None:
            waiting, key = setting_up.begin_totp(accounts, name, accounts.network(visit.request))
    address = one_time.address(waiting, name, accounts.settings.name.english)
    return visit.page(
        "accounts/invitation.html",
        200 if not wrong else 422,
        name=name, secret=secret, key=key, wrong=wrong, square=one_time.square(address), typed=one_time.typed(waiting),
        has_passkeys=accounts.settings.has_passkeys,
    )  # fmt: skip
