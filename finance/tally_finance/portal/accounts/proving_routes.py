"""A fresh proof of who one is, and the way back from it: to a page, or on with the form that asked for the proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match

from tally_finance.errors import SignInError
from tally_finance.portal.accounts import carried_form, signing_in
from tally_finance.portal.accounts.account import Account
from tally_finance.portal.accounts.carried_form import CarriedForm
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.accounts.sessions import form_token
from tally_finance.portal.accounts.shown import ROLES
from tally_finance.portal.accounts.sign_in_routes import Long, Text
from tally_finance.portal.accounts.signing_in import Come, Shown
from tally_finance.portal.accounts.visiting import (
    PROVE,
    Guarded,
    ProofNeededError,
    accounts_of,
    has_password,
    keep,
    let_in,
    own,
    refusing,
)
from tally_finance.portal.accounts.wording import said
from tally_finance.portal.visit import Visit, Visited, Written
from tally_gateway.http.problems import problem
from tally_gateway.pages.visit import own_path
from tally_gateway.pages.words import Words

_OTHER: Final = "somebody else proved who it is"

Carried = Annotated[str, Form(max_length=carried_form.MOST_BYTES)]


def proving_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["account"])
    _by_password(router)
    _by_passkey(router)
    return router


def _by_password(router: APIRouter) -> None:
    @router.get(PROVE, summary="Prove again who one is")
    def page(visit: Visited, next: str = "/account") -> Response:  # noqa: A002
        return _page(visit, next)

    @router.post(PROVE, summary="By password and code")
    def by_password(
        visit: Written,
        password: Text = "",
        code: Text = "",
        next: Text = "/account",  # noqa: A002
        carried: Carried = "",
    ) -> Response:
        def prove(accounts: Accounts, account: Account, network: str) -> Come:
            return signing_in.by_password(accounts, Shown(account.name, password, code), network)

        return _tried(visit, "password", prove, next, carried_form.read(carried))


def _by_passkey(router: APIRouter) -> None:
    @router.post(f"{PROVE}/question", summary="What a browser asks its passkeys")
    def question(visit: Guarded) -> dict[str, str]:
        accounts = accounts_of(visit)
        with refusing(visit):
            options, key = signing_in.challenge(accounts, accounts.network(visit.request))
        visit.request.state.recorded = True  # a question changes nothing
        return {"options": options, "key": key}

    @router.post(f"{PROVE}/passkey", summary="By passkey")
    def by_passkey(
        visit: Written,
        answer: Long = "",
        key: Text = "",
        next: Text = "/account",  # noqa: A002
        carried: Carried = "",
    ) -> Response:
        def prove(accounts: Accounts, account: Account, network: str) -> Come:
            if signing_in.proven_by_passkey(accounts, answer, key, network).name != account.name:
                raise SignInError(_OTHER)
            return signing_in.come(accounts, account, signing_in.PASSKEY, network)

        return _tried(visit, "passkey", prove, next, carried_form.read(carried))


def _tried(
    visit: Visit,
    method: str,
    prove: Callable[[Accounts, Account, str], Come],
    to: str,
    carried: CarriedForm | None,
) -> Response:
    """On, where the visitor proves who it is; the page again, which says why, where not. Either is written down."""
    accounts, (account, _) = accounts_of(visit), own(visit)
    try:
        come = prove(accounts, account, accounts.network(visit.request))
    except SignInError as error:
        accounts.did(visit.request, "prove", method, "refused")
        return _page(visit, to, carried, said(error, visit.language), 401)
    accounts.did(visit.request, "prove", come.method)
    return _on(visit, come, to, carried)


async def proof_needed(request: Request, error: Exception) -> Response:
    """The answer to a form that wants a fresh proof (403): the page of the proof, with what was typed along.

    A program is told in a problem, as of any other refusal.
    """
    assert isinstance(error, ProofNeededError)  # noqa: S101  registered for it
    if "text/html" not in request.headers.get("accept", ""):
        return problem(error.status, error.title, str(error))
    visit = Visit(request)
    to = request.url.path.removeprefix(visit.root)
    of = _stood_at(visit, request.headers.get("referer", ""))
    form = await request.form()  # read already, by the route that refused it
    carried = carried_form.carried(to, of, form.multi_items())
    return await run_in_threadpool(_page, visit, of, carried, "", error.status, lost=carried is None)


def _stood_at(visit: Visit, referer: str) -> str:
    """The page of ours that a form stood on, as the browser says; the account's page where it does not."""
    try:
        parts = urlsplit(referer)
    except ValueError:
        return "/account"
    if parts.netloc != visit.request.headers.get("host") or not parts.path.startswith(visit.root):
        return "/account"
    bare = own_path(parts.path.removeprefix(visit.root))
    asked = {"type": "http", "method": "GET", "path": bare, "root_path": "", "headers": []}
    is_page = any(one.matches(asked)[0] is Match.FULL for one in visit.request.app.routes)
    if not is_page or bare.startswith(PROVE):  # such as the answer to a form, which nobody can load again
        return "/account"
    return own_path(f"{bare}?{parts.query}" if parts.query else bare)


def _on(visit: Visit, come: Come, to: str, carried: CarriedForm | None) -> Response:
    """Proven: on to a page, or to the form that waits, which the person sends once more by itself."""
    if carried is None:
        return let_in(visit, come, to)
    visit.guest = replace(visit.visitor, csrf=form_token(come.secret))  # forms of the page are the new session's
    answer = visit.page(
        "accounts/go_on.html",
        form=carried,
        typed=carried_form.TYPED,
        chosen=[
            (carried_form.SHOWN[name], ROLES.get(value, value))
            for name, value in carried.fields
            if name in carried_form.SHOWN
        ],
    )
    keep(visit, come, answer)
    return answer


def _page(
    visit: Visit, to: str, carried: CarriedForm | None = None, wrong: str = "", status: int = 200, *, lost: bool = False
) -> Response:
    """The page of the proof. `lost`: whether it stands in the way of a form that is not carried."""
    accounts, (account, _) = accounts_of(visit), own(visit)
    return visit.page(
        "accounts/prove.html",
        status,
        to=own_path(to),
        form=carried,
        carried="" if carried is None else carried_form.written(carried),
        typed=carried_form.TYPED,
        lost=lost,
        wrong=wrong,
        name=account.name,
        has_password=has_password(accounts, account),
        has_passkeys=accounts.settings.has_passkeys and bool(accounts.factors.passkeys(account.name)),
        provider=_own_provider(accounts, account),
    )


def _own_provider(accounts: Accounts, account: Account) -> Words | None:
    """The name of the outside sign-in, where the account is bound there."""
    provider = accounts.settings.provider
    if provider is None or not any(issuer == provider.issuer for issuer, _ in accounts.factors.bindings(account.name)):
        return None
    return provider.name
