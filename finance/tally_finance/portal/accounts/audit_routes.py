"""The audit log: of one's own organisation; all of it, and the signed file, for the one whose portal it is."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from tally_finance.portal.accounts import audit
from tally_finance.portal.accounts.administration_routes import administrator_of, is_hosts, to_prove_as_administrator
from tally_finance.portal.accounts.shown import line
from tally_finance.portal.accounts.visiting import accounts_of, own
from tally_finance.portal.visit import Visited
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import Address, Paging
from tally_gateway.pages.words import Words

SHOWN: Final = 100


def audit_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["audit"])

    @router.get("/administration/audit", summary="What was done, newest first")
    def page(visit: Visited, before: Annotated[int | None, Query(ge=1, le=2**53)] = None) -> Response:
        first = to_prove_as_administrator(visit)
        if first is not None:
            return first
        accounts, (account, _) = accounts_of(visit), own(visit)
        whole = is_hosts(visit, account)
        whose, address = None if whole else account.organisation, Address("/administration/audit")
        rows = accounts.audit.newest(whose, SHOWN, before)
        newer, total, back = accounts.audit.beside(whose, SHOWN, before)
        on = address.at(before=rows[-1].entry.seq) if newer + len(rows) < total else None
        return visit.page(
            "accounts/audit.html",
            lines=[line(row) for row in rows],
            whole=whole,
            key=accounts.audit.key.kid.hex(),
            paging=Paging(newer, len(rows), total, address.at(before=back) if newer else None, on),
        )

    @router.get("/administration/audit/file", summary="The whole log as a signed file")
    def file(visit: Visited) -> Response:
        accounts = accounts_of(visit)
        if not is_hosts(visit, administrator_of(visit)):
            raise ApiError(
                403,
                "not for this organisation",
                Words("the whole log is for the one whose portal this is", "完整日志仅限本门户所属单位查看"),
            )
        accounts.did(visit.request, "export", "audit log")
        data = audit.encode(accounts.audit.all(), accounts.audit.key)
        return attachment(data, "audit.tally", audit.MEDIA_TYPE)

    return router
