"""What the operator's pages stand on, whoever serves them: a gateway's own console, or a portal over several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from tally_gateway.console.asking import GatewayAsked
from tally_gateway.console.books import Books
from tally_gateway.console.sentences import both
from tally_gateway.console.stash import Stash
from tally_gateway.pages.visit import Visit
from tally_gateway.pages.words import Words


@dataclass(frozen=True, slots=True)
class Reception:
    """`prefix`: the pages' path, which may hold `{gateway}`. `visited` and `written`: the dependencies by which a page
    is looked at and a form is taken; both raise ApiError for whoever is no operator. `asked`: a request's gateway.
    `opens`: below which path an entry of the log is opened down to its anchor, by its index; "" for nowhere.
    """

    prefix: str
    visited: Callable[..., Any]
    written: Callable[..., Any]
    asked: Callable[[Visit], GatewayAsked]
    opens: str = ""
    stash: Stash = field(default_factory=Stash)
    books: Books = field(default_factory=Books)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of an operator: the visit, the gateway, and where its pages are."""

    visit: Visit
    gateway: GatewayAsked
    base: str
    stash: Stash
    books: Books
    opens: str

    @property
    def owner(self) -> str:
        """Whose uploads these are."""
        guest = self.visit.guest
        return "" if guest is None else f"{guest.of.english}\0{guest.name}\0{self.gateway.name}"

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A template of the console."""
        told = {"base": self.base, "opens": self.opens, "gateway": self.gateway.name, "both": both, **context}
        return self.visit.page(f"console/{template}", status, **told)

    def back(self, to: str, said: Words | None = None) -> Response:
        """On to another page of this gateway."""
        return self.visit.back(f"{self.base}/{to}".rstrip("/"), said)


def desk_of(reception: Reception, visit: Visit) -> Desk:
    """The desk of a visit. Raises ApiError 404 for a gateway that is none."""
    params: Mapping[str, str] = visit.request.path_params
    name = params.get("gateway", "")
    base, opens = (path.replace("{gateway}", name) for path in (reception.prefix, reception.opens))
    return Desk(visit, reception.asked(visit), base, reception.stash, reception.books, opens)
