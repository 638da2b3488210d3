"""Tokens for programs: of one's own organisation, in a role that one has, shown once."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Response

from tally_finance.api.rights import Role
from tally_finance.portal.accounts import tokens_made
from tally_finance.portal.accounts.shown import ROLES
from tally_finance.portal.accounts.sign_in_routes import Text
from tally_finance.portal.accounts.visiting import accounts_of, must_be_fresh, own, refusing, to_prove, tokens_of
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.portal.visitor import ADMINISTRATOR
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import Address, Skip, sliced
from tally_gateway.pages.words import Words

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
At = Annotated[Literal["lending", "reviewing"], Path()]


def token_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["tokens"])

    @router.get("/account/tokens", summary="Tokens of one's organisation")
    def page(visit: Visited, skip: Skip = 0) -> Response:
        return to_prove(visit) or _page(visit, skip=skip)

    @router.post("/account/tokens", summary="Make a token")
    def make(
        visit: Written,
        name: Text = "",
        role: Text = "",
        may: Text = "read",
        days: Annotated[int, Form(ge=1, le=tokens_made.MOST_DAYS)] = 90,
    ) -> Response:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        if role not in list(Role):
            raise ApiError(
                400, "the request is not understood", Words("there is no such role of a program", "没有该程序角色")
            )
        with refusing(visit):
            token = tokens_of(visit).make(
                account, name, Role(role), may_write=may == "write", valid_s=days * tokens_made.DAY_S,
                now=accounts.clock(),
            )  # fmt: skip
        # Where the account was locked, or lost the role, while the token was made: nobody swept it yet.
        after = accounts.directory.account(account.name)
        if after is not None:
            tokens_of(visit).sweep(after, accounts.clock())
        accounts.did(visit.request, "token", f"made {name}")
        return _page(visit, token)

    @router.post("/account/tokens/{at}/{name}/revoke", summary="Revoke a token")
    def revoke(visit: Written, at: At, name: Name) -> Response:
        must_be_fresh(visit)
        accounts, (account, _) = accounts_of(visit), own(visit)
        tokens = tokens_of(visit)
        # Whoever may see a token may revoke it: its own role's, and an administrator all of the organisation's.
        if not any((one.at, one.token.bearer.name) == (at, name) for one in _seen(visit)):
            raise ApiError(
                404,
                "not found",
                Words("there is no such token, or it is not yours to see", "该令牌不存在，或您无权查看"),
            )
        with refusing(visit):
            tokens.revoke(account.organisation, at, name, accounts.clock())
        accounts.did(visit.request, "token", f"revoked {name}")
        return visit.back("/account/tokens", Words(f"{name} is no longer good", f"令牌 {name} 已吊销"))

    return router


def _seen(visit: Visit) -> list[tokens_made.Made]:
    account, _ = own(visit)
    roles = visit.visitor.roles
    found = tokens_of(visit).of(account.organisation)
    return [one for one in found if ADMINISTRATOR in roles or str(one.token.bearer.role) in roles]


def _page(visit: Visit, token: str = "", skip: int = 0) -> Response:
    now = accounts_of(visit).clock()
    roles = [str(role) for role in Role if str(role) in visit.visitor.roles]
    shown, paging = sliced(_seen(visit), skip, Address("/account/tokens"))
    return visit.page(
        "accounts/tokens.html",
        tokens=[(one, _state(one, now)) for one in shown],
        paging=paging,
        roles=[(role, ROLES[role]) for role in roles],
        role_words=ROLES,
        token=token,
        most_days=tokens_made.MOST_DAYS,
    )


def _state(made: tokens_made.Made, now: int) -> tuple[str, Words]:
    if made.token.revoked_at is not None:
        return "plain", Words("revoked", "已吊销")
    if made.token.expires_at <= now:
        return "plain", Words("expired", "已过期")
    return "good", Words("good", "有效")
