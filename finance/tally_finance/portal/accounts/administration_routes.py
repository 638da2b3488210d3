"""Accounts of one's own organisation; and organisations, for the administrator of the one whose portal it is.

Another organisation's accounts are not there for an administrator: they are answered like names that nobody has.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import setting_up
from tally_finance.portal.accounts.account import Account, State, organisation_of, roles_of
from tally_finance.portal.accounts.shown import ROLES, STATES
from tally_finance.portal.accounts.sign_in_routes import Text
from tally_finance.portal.accounts.visiting import accounts_of, must_be_fresh, own, refusing, to_prove, tokens_of
from tally_finance.portal.visit import Visit, Visited, Written
from tally_finance.portal.visitor import ADMINISTRATOR
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import Address, Skip, sliced
from tally_gateway.pages.words import Words

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9.-]{0,39}$")]
Roles = Annotated[list[str], Form()]
Id = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]
_OWN = "nobody locks or demotes the own account: another administrator does"


def administration_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["administration"])

    @router.get("/administration", summary="Accounts of one's organisation")
    def page(visit: Visited, skip: Skip = 0) -> Response:
        return to_prove_as_administrator(visit) or _page(visit, skip=skip)

    @router.post("/administration/invite", summary="Invite somebody")
    def invite(visit: Written, name: Text = "", organisation: Text = "", roles: Roles = []) -> Response:  # noqa: B006
        administrator = administrator_of(visit)
        accounts = accounts_of(visit)
        with refusing(visit):
            of = _for_whom(visit, administrator, organisation)
            given = roles_of(roles) if of == administrator.organisation else frozenset({ADMINISTRATOR})
            secret = setting_up.invite(accounts, name.strip(), of, given, administrator.name)
        accounts.did(visit.request, "invite", f"{name.strip()} as {' '.join(sorted(given))}")
        return _page(visit, name.strip(), f"{accounts.settings.address}/invitation/{secret}")

    @router.post("/administration/organisations", summary="Add an organisation")
    def add(visit: Written, identity: Id, latin: Text = "", chinese: Text = "", roles: Roles = []) -> Response:  # noqa: B006
        if not is_hosts(visit, administrator_of(visit)):
            raise ApiError(
                403,
                "not for this organisation",
                Words("organisations are added by the one whose portal this is", "单位由本门户所属单位添加"),
            )
        accounts = accounts_of(visit)
        with refusing(visit):
            made = organisation_of(bytes.fromhex(identity), latin.strip(), chinese.strip(), roles_of(roles))
            accounts.directory.add_organisation(made, accounts.clock())
        accounts.did(visit.request, "organisation", identity)
        return visit.back("/administration", Words("The organisation was added", "单位已新增"))

    _one_account(router)
    _binding(router)
    return router


def _one_account(router: APIRouter) -> None:
    @router.post("/administration/accounts/{name}/roles", summary="Change roles")
    def roles(visit: Written, name: Name, roles: Roles = []) -> Response:  # noqa: B006
        administrator, account = _whom(visit, name)
        accounts = accounts_of(visit)
        with refusing(visit):
            given = roles_of(roles)
            if account.name == administrator.name and ADMINISTRATOR not in given:
                raise AccountError(_OWN)
            accounts.directory.give_roles(name, given)
            _swept(visit, name)
        accounts.did(visit.request, "roles", f"{name}: {' '.join(sorted(given))}")
        return visit.back("/administration", Words(f"{name} has other roles now", f"账户 {name} 的角色已变更"))

    @router.post("/administration/accounts/{name}/state", summary="Lock, open again, or say that somebody left")
    def state(visit: Written, name: Name, to: Text = "") -> Response:
        administrator, account = _whom(visit, name)
        accounts = accounts_of(visit)
        if to not in (State.LOCKED, State.ACTIVE, State.LEFT):
            raise ApiError(
                400,
                "the request is not understood",
                Words("an account is locked, opened again, or left", "账户只能锁定、解锁或保持不变"),
            )
        with refusing(visit):
            if account.name == administrator.name:
                raise AccountError(_OWN)
            become(visit, account, State(to))
        accounts.did(visit.request, "state", f"{name}: {to}")
        return visit.back(
            "/administration", Words(f"{name} is {to} now", f"账户 {name}：{STATES[State(to)][1].chinese}")
        )

    @router.post("/administration/accounts/{name}/reset", summary="Let somebody set up anew how to sign in")
    def reset(visit: Written, name: Name) -> Response:
        administrator, account = _whom(visit, name)
        accounts = accounts_of(visit)
        with refusing(visit):
            if account.name == administrator.name:
                raise AccountError(_OWN)
            secret = setting_up.start_over(accounts, name, administrator.name)
            _swept(visit, name)
        accounts.did(visit.request, "reset", name)
        return _page(visit, name, f"{accounts.settings.address}/invitation/{secret}")


def _binding(router: APIRouter) -> None:
    @router.post("/administration/accounts/{name}/bind", summary="Bind an identity of the outside sign-in")
    def bind(visit: Written, name: Name, subject: Text = "") -> Response:
        administrator, _ = _whom(visit, name)
        if not is_hosts(visit, administrator):  # else others would have the hosts' people come in as theirs
            raise ApiError(
                403,
                "not for this organisation",
                Words("the outside sign-in is of the one whose portal this is", "外部登录由本门户所属单位管理"),
            )
        accounts, found = accounts_of(visit), subject.strip()
        provider = accounts.settings.provider
        if provider is None:
            raise ApiError(404, "not found", Words("this portal has no outside sign-in", "本门户未设外部登录"))
        if not 0 < len(found) <= 255 or not found.isprintable():
            raise ApiError(
                400,
                "the request is not understood",
                Words("an identifier is 1 to 255 printable characters", "标识为 1 至 255 个可打印字符"),
            )
        with refusing(visit):
            accounts.factors.bind(provider.issuer, found, name, accounts.clock())
        accounts.did(visit.request, "bind", f"{name}: {found}")
        return visit.back("/administration", Words(f"{name} was bound", f"账户 {name} 已绑定外部身份"))


def administrator_of(visit: Visit) -> Account:
    """The visitor, who is one, and proved a moment ago who it is. Raises ApiError 403."""
    visit.must_be(ADMINISTRATOR)
    must_be_fresh(visit)
    return own(visit)[0]


def to_prove_as_administrator(visit: Visit) -> Response | None:
    """See `to_prove`; only for an administrator. Raises ApiError 403."""
    visit.must_be(ADMINISTRATOR)
    return to_prove(visit)


def is_hosts(visit: Visit, account: Account) -> bool:
    """Whether an account is of the organisation whose portal this is."""
    return account.organisation == accounts_of(visit).settings.organisation


def become(visit: Visit, account: Account, state: State) -> None:
    """Another state; of whoever may come in no more the sessions and tokens end. Raises AccountError.

    An account that was locked before it set anything up is invited again, and not active.
    """
    accounts = accounts_of(visit)
    is_set_up = accounts.directory.password(account.name) is not None or accounts.factors.passkeys(account.name)
    if state is State.ACTIVE and not is_set_up and not accounts.factors.bindings(account.name):
        state = State.INVITED
    accounts.directory.become(account.name, state)
    if state in (State.LOCKED, State.LEFT):
        accounts.sessions.end_all(account.name, accounts.clock())
        _swept(visit, account.name)


def _swept(visit: Visit, name: str) -> None:
    account = accounts_of(visit).directory.account(name)
    if account is not None:
        tokens_of(visit).sweep(account, accounts_of(visit).clock())


def _whom(visit: Visit, name: str) -> tuple[Account, Account]:
    """The administrator, and an account of its own organisation. Raises ApiError 403 and 404."""
    administrator = administrator_of(visit)
    account = accounts_of(visit).directory.account(name)
    if account is None or account.organisation != administrator.organisation:
        raise ApiError(
            404, "not found", Words("there is no such account, or it is not yours to see", "该账户不存在，或您无权查看")
        )
    return administrator, account


def _for_whom(visit: Visit, administrator: Account, organisation: str) -> bytes:
    """The organisation of an invitation: one's own; of another one the hosts invite the first administrator."""
    if not organisation or organisation == administrator.organisation.hex() or not is_hosts(visit, administrator):
        return administrator.organisation
    try:
        return bytes.fromhex(organisation)
    except ValueError:
        raise AccountError("there is no such organisation") from None


def _page(visit: Visit, invited: str = "", link: str = "", skip: int = 0) -> Response:
    accounts, (account, _) = accounts_of(visit), own(visit)
    shown, paging = sliced(accounts.directory.accounts(account.organisation), skip, Address("/administration"))
    provider = accounts.settings.provider if is_hosts(visit, account) else None
    bound = shown if provider is not None else ()
    organisation = accounts.directory.organisation(account.organisation)
    open_to = frozenset() if organisation is None else organisation.roles
    return visit.page(
        "accounts/administration.html",
        accounts=shown,
        paging=paging,
        me=account,
        bindings={one.name: accounts.factors.bindings(one.name) for one in bound},
        roles={role: words for role, words in ROLES.items() if role in open_to},
        all_roles=ROLES,
        states=STATES,
        organisations=accounts.directory.organisations() if is_hosts(visit, account) else (),
        provider=provider,
        invited=invited,
        link=link,
    )
