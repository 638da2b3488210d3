"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from tally_finance.errors import AccountError, SignInError, TooSoonError
from tally_finance.portal.accounts import oidc, shown, signing_in
from tally_finance.portal.accounts.oidc_client import OidcClient, client_of
from tally_finance.portal.accounts.signing_in import Come, Shown
from tally_finance.portal.accounts.visiting import Guarded, accounts_of, let_in, own, refusing
from tally_finance.portal.accounts.wording import said
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.errors import ApiError
from tally_gateway.pages.visit import own_path
from tally_gateway.pages.words import Words

BACK: Final = "/sign-in/outside/back"
_WAY_COOKIE: Final = "way"
_WAY_S: Final = 600

Text = Annotated[str, Form(max_length=512)]
Long = Annotated[str, Form(max_length=32_768)]
NOT_THE_WAY: Final = "the way back from the outside sign-in is not the one that began here: try again"


def sign_in_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["sign-in"])
    _by_password(router)
    _by_passkey(router)
    _out(router)
    _outside(router)
    return router


def _by_password(router: APIRouter) -> None:
    @router.get("/sign-in", summary="The page to sign in on")
    def page(visit: Visited, next: str = "/") -> Response:  # noqa: A002  the name in the address
        if visit.guest is not None:
            return visit.back(own_path(next))
        return _page(visit, next)

    @router.post("/sign-in", summary="Sign in by password and code")
    def by_password(
        visit: Visited,
        name: Text = "",
        password: Text = "",
        code: Text = "",
        next: Text = "/",  # noqa: A002  its name in the address
    ) -> Response:
        accounts = accounts_of(visit)
        shown_ = Shown(name, password, code)
        try:
            come = signing_in.by_password(accounts, shown_, accounts.network(visit.request))
        except SignInError as error:
            return _refused(visit, error, name, next)
        return _in(visit, come, next)


def _by_passkey(router: APIRouter) -> None:
    @router.post("/sign-in/passkey/question", summary="What a browser asks its passkeys")
    def question(visit: Visited) -> dict[str, str]:
        accounts = accounts_of(visit)
        if not accounts.settings.has_passkeys:
            raise ApiError(
                404,
                "not found",
                Words("passkeys need a name in the address, and TLS", "通行密钥需要以域名访问并启用 TLS"),
            )
        with refusing(visit):
            options, key = signing_in.challenge(accounts, accounts.network(visit.request))
        visit.request.state.recorded = True  # a question changes nothing
        return {"options": options, "key": key}

    @router.post("/sign-in/passkey", summary="Sign in by passkey")
    def by_passkey(visit: Visited, answer: Long = "", key: Text = "", next: Text = "/") -> Response:  # noqa: A002  its name in the address
        accounts = accounts_of(visit)
        try:
            come = signing_in.by_passkey(accounts, answer, key, accounts.network(visit.request))
        except SignInError as error:
            return _refused(visit, error, "", next)
        return _in(visit, come, next)


def _out(router: APIRouter) -> None:
    @router.post("/sign-out", summary="End this session")
    def sign_out(visit: Guarded) -> Response:
        accounts = accounts_of(visit)
        account, session = own(visit)
        accounts.sessions.end(account.name, session.id, accounts.clock())
        accounts.did(visit.request, "sign-out", account.name)
        answer = visit.back("/sign-in")
        answer.delete_cookie(accounts.settings.cookie, path="/", secure=accounts.settings.secure, httponly=True)
        answer.headers["clear-site-data"] = '"cache"'
        return answer


def _outside(router: APIRouter) -> None:
    # A link, and no form: the pages' policy sends forms nowhere else, not even by a redirect.
    @router.get("/sign-in/outside", summary="To an organisation's own sign-in")
    def begin(visit: Visited, next: str = "/", *, again: bool = False) -> Response:  # noqa: A002  its name in the address
        accounts, client = accounts_of(visit), _client(visit)
        with refusing(visit):
            signing_in.must_be_few(accounts, accounts.network(visit.request))
            to, asked = client.begin(accounts.settings.address + BACK, again=again)
            body = {"state": asked.state, "nonce": asked.nonce, "verifier": asked.verifier, "next": own_path(next)}
            key = accounts.pending.begin("oidc", body, accounts.clock())
        answer = RedirectResponse(to, 303)
        # Lax, so that it comes along when the provider sends the browser back.
        answer.set_cookie(
            _WAY_COOKIE, key, max_age=_WAY_S, path="/sign-in/outside", secure=accounts.settings.secure, httponly=True,
            samesite="lax",
        )  # fmt: skip
        return answer

    @router.get(BACK, summary="Back from an organisation's own sign-in")
    def back(visit: Visited, code: str = "", state: str = "", error: str = "") -> Response:
        accounts, client = accounts_of(visit), _client(visit)
        now, network = accounts.clock(), accounts.network(visit.request)
        kept = accounts.pending.take("oidc", visit.request.cookies.get(_WAY_COOKIE, ""), now)
        try:
            if kept is None or not state or kept["state"] != state:
                raise SignInError(NOT_THE_WAY)
            if error or not code:
                raise SignInError(f"the outside sign-in refused: {error[:80] or 'no code'}")
            signing_in.outside_tried(accounts, network)
            asked = oidc.Asked(kept["state"], kept["nonce"], kept["verifier"])
            told = client.finish(code[:2_048], asked, accounts.settings.address + BACK, now)
            come = signing_in.by_binding(accounts, client.provider.issuer, told, network)
        except SignInError as refusal:
            answer = _refused(visit, refusal, "", "/")
        else:
            answer = _in(visit, come, kept["next"])
        answer.delete_cookie(_WAY_COOKIE, path="/sign-in/outside", secure=accounts.settings.secure, httponly=True)
        return answer


def _client(visit: Visit) -> OidcClient:
    provider = accounts_of(visit).settings.provider
    if provider is None:
        raise ApiError(404, "not found", Words("this portal has no outside sign-in", "本门户未设外部登录"))
    return client_of(provider)


def _in(visit: Visit, come: Come, to: str) -> Response:
    accounts_of(visit).did(visit.request, "sign-in", come.method, account=come.before.name)
    answer = let_in(visit, come, to)
    notice = shown.since(come.before)
    if notice is not None:
        visit.say(answer, notice)
    return answer


def _refused(visit: Visit, error: AccountError, name: str, to: str) -> Response:
    accounts = accounts_of(visit)
    wait = error.wait_s if isinstance(error, TooSoonError) else None
    known = accounts.directory.account(signing_in.name_kept(name)) if name else None
    outcome = "refused" if wait is None else "too soon"
    accounts.did(visit.request, "sign-in", "refused", outcome, account=None if known is None else known.name)
    answer = _page(visit, to, said(error, visit.language), 401 if wait is None else 429)
    if wait is not None:
        answer.headers["retry-after"] = str(wait)
    return answer


def _page(visit: Visit, to: str, wrong: str = "", status: int = 200) -> Response:
    settings = accounts_of(visit).settings
    return visit.page(
        "accounts/sign_in.html",
        status,
        to=own_path(to),
        wrong=wrong,
        has_passkeys=settings.has_passkeys,
        provider=None if settings.provider is None else settings.provider.name,
    )
