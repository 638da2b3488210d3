"""A visit of the portal: what its pages stand on."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Form, Request

from tally_finance.api.rights import Role
from tally_finance.portal.accounts.shown import ROLES
from tally_finance.portal.asking import Asking
from tally_finance.portal.site import Site
from tally_finance.portal.visitor import Visitor
from tally_gateway.errors import ApiError
from tally_gateway.pages import visit
from tally_gateway.pages.visit import csrf_checked
from tally_gateway.pages.words import Words

_ONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Visit(visit.Visit):
    """See the kit's. `once`: the key of the form that was sent, under which it is done once; None for a page."""

    def __init__(self, request: Request, once: str | None = None) -> None:
        super().__init__(request)
        self.once = once

    @property
    def site(self) -> Site:
        """What is served here."""
        site: Site = self.request.app.state.site
        return site

    @property
    def visitor(self) -> Visitor:
        """Who asks. Raises ApiError 401 on a public page that nobody signed in for."""
        if not isinstance(self.guest, Visitor):
            raise ApiError(401, "nobody is signed in", Words("sign in first", "请先登录。"))
        return self.guest

    def desk(self, *roles: Role) -> Asking:
        """The lender's desk, asked in the first of these roles that the visitor has. Raises ApiError 403 and 404."""
        return self._asking(self.site.desk, Words("lender's desk", "贷款服务"), roles)

    def reviews(self, *roles: Role) -> Asking:
        """The reviewers' desk, likewise."""
        return self._asking(self.site.reviews, Words("reviewers' desk", "审查服务"), roles)

    def must_be(self, *roles: str) -> Visitor:
        """The visitor, who has one of these roles. Raises ApiError 403."""
        if not self.visitor.roles & frozenset(roles):
            raise ApiError(
                403,
                "not for this role",
                Words(
                    f"this is for {' or '.join(roles)}; ask your administrator",
                    f"此页面仅供{'、'.join(ROLES[role].chinese for role in roles)}使用，请联系管理员。",
                ),
            )
        return self.visitor

    def _asking(self, app: object, what: Words, roles: tuple[Role, ...]) -> Asking:
        if app is None:
            raise ApiError(404, "not found", Words(f"this portal has no {what.english}", f"本门户没有{what.chinese}。"))
        have = [role for role in roles if str(role) in self.visitor.roles]
        return Asking(app, self.visitor.bearer(have[0] if have else roles[0]))


async def visit_of(request: Request) -> Visit:
    """For pages that are looked at."""
    return Visit(request)


async def written_of(
    request: Request, _: Annotated[None, Depends(csrf_checked)], once: Annotated[str, Form(max_length=64)] = ""
) -> Visit:
    """For what a form sends. Raises ApiError 403 for a form of another session, 400 where its key is none."""
    if _ONCE.fullmatch(once) is None:
        raise ApiError(
            400,
            "the form is not understood",
            Words("its one-time key is missing: load the page again", "表单的一次性密钥缺失，请刷新页面。"),
        )
    return Visit(request, once)


Visited = Annotated[Visit, Depends(visit_of)]
Written = Annotated[Visit, Depends(written_of)]
