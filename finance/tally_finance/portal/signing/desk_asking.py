"""The lender's desk, asked for operations as the visitor: in each role that the visitor has, as each sees its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tally_chain.receipts.kinds.kind import Kind
from tally_finance.api.rights import DESK_ROLES, KEY_ROLES, Role
from tally_finance.portal.asking import Asking
from tally_finance.portal.firms import firms
from tally_finance.portal.signing.waiting import Waiting, waiting
from tally_finance.portal.visit import Visit
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_KEY_CHARS: Final = 56


def roles_of(visit: Visit) -> tuple[Role, ...]:
    """The roles in which the visitor may ask the desk. Raises ApiError 403 where there is none."""
    found = tuple(role for role in DESK_ROLES if str(role) in visit.visitor.roles)
    if not found:
        visit.must_be(*map(str, DESK_ROLES))
    return found


def now_of(visit: Visit) -> int:
    """Unix seconds by the desk's clock. Raises ApiError 404 where there is no desk."""
    if visit.site.desk_service is None:
        raise ApiError(404, "not found", Words("this portal has no lender's desk", "本门户未设质权人系统"))
    return visit.site.desk_service.desk.shown_now()


async def under_way(visit: Visit, about: str | None = None) -> tuple[Waiting, ...]:
    """The operations that are being signed and are the visitor's business in any role; `about`: that name this."""
    found: dict[str, Waiting] = {}
    names = firms(visit)
    for role in roles_of(visit):
        for told in await visit.desk(role).every("/v1/operations", under_way=True, about=about):
            found.setdefault(told["digest"], as_waiting(visit, told, names))
    return tuple(found.values())


async def opened(visit: Visit, digest: str) -> tuple[Waiting, Asking]:
    """One operation, and the desk asked in the role that opens it. Raises ApiError 404."""
    last: ApiError | None = None
    for role in roles_of(visit):
        desk = visit.desk(role)
        try:
            return as_waiting(visit, await desk.get(f"/v1/operations/{digest}"), firms(visit)), desk
        except ApiError as error:
            last = error
            if error.status != 404:
                raise
    raise last or ApiError(
        404, "not found", Words("there is no such operation, or it is not yours to see", "该操作不存在，或您无权查看")
    )


def as_waiting(visit: Visit, told: Mapping[str, Any], names: Mapping[str, Words]) -> Waiting:
    """An operation of the desk's answer, as the visitor's organisation sees it; `names` of firms by their ids."""
    return waiting(told, visit.visitor.organisation, visit.visitor.roles, now_of(visit), names)


async def seen(visit: Visit, path: str, **params: object) -> Any:
    """What any of the visitor's roles sees at a path; None where none does."""
    for role in roles_of(visit):
        try:
            return await visit.desk(role).get(path, **params)
        except ApiError as error:
            if error.status not in (403, 404):
                raise
    return None


async def every_seen(visit: Visit, path: str, **params: object) -> list[Any]:
    """All of a list that any of the visitor's roles sees; nothing where none does."""
    for role in roles_of(visit):
        try:
            return await visit.desk(role).every(path, **params)
        except ApiError as error:
            if error.status not in (403, 404):
                raise
    return []


def usual_role(visit: Visit, kind: Kind) -> str | None:
    """The number of the key's role in which the visitor signs a kind, where there is one alone."""
    signing = {role for signer in kind.signers for role in signer.roles}
    found = {key for role in roles_of(visit) for key in KEY_ROLES[role]} & signing
    return str(int(found.pop())) if len(found) == 1 else None


def beginner(visit: Visit, kind: Kind) -> Asking:
    """The desk, asked in a role whose keys sign a kind. Raises ApiError 403."""
    roles = tuple(
        role for role in roles_of(visit) if any(set(signer.roles) & KEY_ROLES[role] for signer in kind.signers)
    )
    if not roles:
        raise ApiError(
            403,
            "not for this role",
            Words(f"{kind.name} is signed by no key of yours", f"贵方密钥不能签署 {kind.name}"),
        )
    return visit.desk(*roles)


def part_key(visit: Visit, part: object) -> str:
    """The one-time key of a part of what a form does."""
    return f"{(visit.once or '')[:_KEY_CHARS]}-{part}"
