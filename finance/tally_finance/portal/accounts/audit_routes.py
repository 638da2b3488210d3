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
        rows = accounts.audit.newest(None if whole else account.organisation, SHOWN, before)
        return visit.page(
            "accounts/audit.html",
            lines=[line(row) for row in rows],
            whole=whole,
            key=accounts.audit.key.kid.hex(),
            older=rows[-1].entry.seq if len(rows) == SHOWN else None,
        )

    @router.get("/administration/audit/file", summary="The whole log as a signed file")
    def file(visit: Visited) -> Response:
        accounts = accounts_of(visit)
        if not is_hosts(visit, administrator_of(visit)):
            raise ApiError(403, "not for this organisation", "the whole log is for the one whose portal this is")
        accounts.did(visit.request, "export", "audit log")
        data = audit.encode(accounts.audit.all(), accounts.audit.key)
        return attachment(data, "audit.tally", audit.MEDIA_TYPE)

    return router
