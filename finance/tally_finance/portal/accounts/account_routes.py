"""One's own account: how one signs in, and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import one_time, setting_up
from tally_finance.portal.accounts.shown import METHODS, ROLES
from tally_finance.portal.accounts.sign_in_routes import Long, Text
from tally_finance.portal.accounts.visiting import (
    Guarded,
    accounts_of,
    has_password,
    must_be_fresh,
    own,
    refusing,
    to_prove,
)
from tally_finance.portal.accounts.wording import said
from tally_finance.portal.visit import Visit, Visited, Written
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Credential = Annotated[str, Path(pattern="^([0-9a-f]{2}){1,1023}$")]
_LAST = "the last way to sign in stays: set up another one first"


def account_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["account"])

    @router.get("/account", summary="How one signs in, and where one is signed in")
    def page(visit: Visited) -> Response:
        accounts, (account, session) = accounts_of(visit), own(visit)
        return visit.page(
            "accounts/account.html",
            account=account,
            session=session,
            sessions=accounts.sessions.of(account.name, accounts.clock()),
            passkeys=accounts.factors.passkeys(account.name),
            has_password=has_password(accounts, account),
            codes=accounts.factors.recovery_left(account.name),
            bindings=accounts.factors.bindings(account.name),
            has_passkeys=accounts.settings.has_passkeys,
            role_words=ROLES,
            method_words=METHODS,
        )

    @router.post("/account/sessions/{identity}/end", summary="End a session")
    def end(visit: Written, identity: Digest) -> Response:
        accounts, (account, _) = accounts_of(visit), own(visit)
        if not accounts.sessions.end(account.name, bytes.fromhex(identity), accounts.clock()):
            raise ApiError(
                404, "not found", Words("there is no such session, or it ended already", "该会话不存在或已结束")
            )
        accounts.did(visit.request, "session", identity[:16])
        return visit.back("/account", Words("The session ended", "会话已结束"))

    @router.post("/account/sessions/end-others", summary="End all sessions but this one")
    def end_others(visit: Written) -> Response:
        accounts, (account, session) = accounts_of(visit), own(visit)
        count = accounts.sessions.end_all(account.name, accounts.clock(), session.id)
        accounts.did(visit.request, "session", "all others")
        return visit.back("/account", Words(f"Sessions that ended: {count}", f"已结束 {count} 个会话"))

    _passwords(router)
    _passkeys(router)
    return router


def _passwords(router: APIRouter) -> None:
    @router.get("/account/password", summary="Set up a password with one-time codes")
    def page(visit: Visited) -> Response:
        return to_prove(visit) or _totp_page(visit)

    @router.post("/account/password", summary="Take a password and one-time codes")
    def take(visit: Written, key: Text = "", password: Text = "", code: Text = "") -> Response:
        must_be_fresh(visit)
        accounts, (account, session) = accounts_of(visit), own(visit)
        try:
            setting_up.set_password_and_codes(accounts, account.name, setting_up.Chosen(key, password, code))
        except AccountError as error:
            return _totp_page(visit, key, said(error, visit.language))
        codes = setting_up.new_codes(accounts, account.name)
        accounts.sessions.end_all(account.name, accounts.clock(), session.id)
        accounts.did(visit.request, "factor", "password and code")
        return visit.page("accounts/codes.html", codes=codes, name=account.name, to="/account")

    @router.post("/account/codes", summary="New recovery codes")
    def codes(visit: Written) -> Response:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        made = setting_up.new_codes(accounts, account.name)
        accounts.did(visit.request, "factor", "recovery codes")
        return visit.page("accounts/codes.html", codes=made, name=account.name, to="/account")


def _passkeys(router: APIRouter) -> None:
    @router.get("/account/passkeys", summary="Add a passkey")
    def page(visit: Visited) -> Response:
        return to_prove(visit) or visit.page("accounts/passkey.html", wrong="")

    @router.post("/account/passkeys/question", summary="What a browser makes a passkey by")
    def question(visit: Guarded) -> dict[str, str]:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        with refusing(visit):
            options, key = setting_up.begin_passkey(accounts, account.name, accounts.network(visit.request))
        visit.request.state.recorded = True  # a question changes nothing
        return {"options": options, "key": key}

    @router.post("/account/passkeys", summary="Take a passkey")
    def take(visit: Written, answer: Long = "", key: Text = "", label: Text = "") -> Response:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        try:
            setting_up.finish_passkey(accounts, account.name, key, answer, label)
        except AccountError as error:
            return visit.page("accounts/passkey.html", 422, wrong=said(error, visit.language))
        accounts.did(visit.request, "factor", "passkey added")
        return visit.back("/account", Words("The passkey was added", "通行密钥已登记"))

    @router.post("/account/passkeys/{credential}/drop", summary="Drop a passkey")
    def drop(visit: Written, credential: Credential) -> Response:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        with refusing(visit):
            known = accounts.factors.passkeys(account.name)
            if len(known) == 1 and not has_password(accounts, account):
                raise AccountError(_LAST)
            accounts.factors.drop_passkey(account.name, bytes.fromhex(credential))
        accounts.did(visit.request, "factor", "passkey dropped")
        return visit.back("/account", Words("The passkey is no longer good here", "通行密钥已删除"))


def _totp_page(visit: Visit, key: str = "", wrong: str = "") -> Response:
    accounts, (account, _) = accounts_of(visit), own(visit)
    with refusing(visit):
        waiting = setting_up.waiting_totp(accounts, account.name, key) if key else None
        if waiting is None:
            waiting, key = setting_up.begin_totp(accounts, account.name, accounts.network(visit.request))
    address = one_time.address(waiting, account.name, accounts.settings.name.english)
    return visit.page(
        "accounts/password.html", 422 if wrong else 200,
        name=account.name, key=key, wrong=wrong, square=one_time.square(address), typed=one_time.typed(waiting),
    )  # fmt: skip
