"""Visitors without accounts: a cookie names one. What signs people in for real has its tests in `accounts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from tally_finance.portal.visitor import Visitor
from tally_gateway.pages.words import Words

COOKIE = "who"
CSRF = "c" * 43


@dataclass
class Cookies:
    """A `Sessions` that believes a cookie."""

    visitors: dict[str, Visitor] = field(default_factory=dict)

    def add(self, name: str, organisation: bytes, *roles: str, may_write: bool = True) -> Visitor:
        """Somebody more."""
        made = Visitor(name, CSRF, frozenset(roles), Words(f"Firm of {name}", f"{name}公司"), organisation, may_write)
        self.visitors[name] = made
        return made

    def guest_of(self, request: Request) -> Visitor | None:
        """See Sessions."""
        return self.visitors.get(request.cookies.get(COOKIE, ""))


def form(**values: str) -> dict[str, str]:
    """A form as a page of the portal sends it."""
    return {"csrf": CSRF, "once": "0123456789abcdef", **values}
