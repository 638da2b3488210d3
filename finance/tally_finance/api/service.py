"""What the routes stand on: the desk, who may ask, what was answered, what is being signed, and who sends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from tally_chain.receipts.operation_file import OperationFile
from tally_finance.api.answers import Answers
from tally_finance.api.once import KeyInHeader, answered, digest_of
from tally_finance.api.openings import Openings
from tally_finance.api.quotas import QUOTAS, Quotas
from tally_finance.api.refusing import must_be_let
from tally_finance.api.rights import RIGHTS, Right, Role
from tally_finance.api.sight import Sight
from tally_finance.api.sights import Sights
from tally_finance.api.tokens import Bearer, Tokens
from tally_finance.api.told_once import ToldOnce
from tally_finance.desk.closes import Closes
from tally_finance.desk.coursing import Courses
from tally_finance.desk.desk import Desk
from tally_finance.desk.drafts import Drafts
from tally_finance.desk.judged import Judged
from tally_finance.desk.leaving import Leaving
from tally_finance.desk.mentions import Mentions
from tally_finance.watch_service.alert_store import AlertStore
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_LONGEST_NAME: Final = 40


class Sender(Protocol):
    """Brings operations to their contract. Its key pays where blocks cost something, and has no other power."""

    def send(self, file: OperationFile) -> bytes:
        """Carry it out; the transaction's hash. Raises AnchorRefusedError with the contract's reason, EngineError."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """`sender`: None where files are taken to the chain by other ways."""

    desk: Desk
    tokens: Tokens
    answers: Answers
    drafts: Drafts
    alerts: AlertStore
    sender: Sender | None = None
    quotas: Quotas = QUOTAS
    courses: Courses = field(default_factory=Courses)
    closes: Closes = field(default_factory=Closes)
    leaving: Leaving = field(default_factory=Leaving)
    mentions: Mentions = field(default_factory=Mentions)
    openings: Openings = field(default_factory=Openings)
    sights: Sights = field(default_factory=Sights)
    judged: Judged = field(default_factory=Judged)
    told_once: ToldOnce = field(default_factory=ToldOnce)

    async def told(
        self, bearer: Bearer, request: Request, make: Callable[[], BaseModel | Sequence[BaseModel]]
    ) -> Response:
        """What is told of the chain (see `ToldOnce`)."""
        return await self.told_once.answer(self.desk, bearer, request, make)

    def sight(self, bearer: Bearer) -> Sight:
        """What the bearer sees of the chain as it was last read."""
        return self.sights.of(self.desk.view.book, bearer)


def service_of(desk: Desk, sender: Sender | None = None, quotas: Quotas = QUOTAS) -> Service:
    """Over a desk's own database."""
    engine, book, judged = desk.engine, desk.sheet.book, Judged()
    desk.glances.warmers.append(lambda state: judged.about(state, desk.view, desk.sheet))
    return Service(
        desk,
        Tokens(engine, book),
        Answers(engine, book),
        Drafts(engine, book),
        AlertStore(engine, book),
        sender,
        quotas,
        judged=judged,
    )


def must_have_right(service: Service, bearer: Bearer, right: Right) -> None:
    """Raises ApiError 403 where the bearer may not."""
    must_be_let(bearer, right)
    if right.own_book and bearer.role is Role.LENDER and bearer.organisation != service.desk.sheet.lender:
        raise ApiError(
            403, "another lender's book", Words("this book belongs to another lender", "该台账属于其他质权人")
        )


async def allowed(request: Request) -> Bearer:
    """The bearer, who was let in by the door. Asked again by the route itself, whatever the door made of its path."""
    bearer: Bearer = request.state.bearer
    must_have_right(request.app.state.service, bearer, RIGHTS[request.method, request.scope["route"].path])
    return bearer


@dataclass(frozen=True, slots=True)
class Once:
    """A request under its idempotency key."""

    service: Service
    bearer: Bearer
    key: str
    request: bytes

    @property
    def book_key(self) -> str:
        """Under which what it writes stands in the book, but for the desk's own prefix.

        The whole of token and key is in it, so that two that begin alike are two. A book takes 120 characters.
        """
        name = self.bearer.name
        if len(name) > _LONGEST_NAME:
            name = "#" + hashlib.sha256(name.encode()).hexdigest()[:_LONGEST_NAME]  # no token's name begins so
        return f"{name} {self.key}"

    def __call__(self, do: Callable[[], BaseModel]) -> Response:
        """Do it, or give the answer that was given."""

        return answered(self.service.answers, self.bearer.name, (self.key, self.request), self.service.desk.clock, do)


async def under_key(
    request: Request,
    bearer: Annotated[Bearer, Depends(allowed)],
    idempotency_key: KeyInHeader,
) -> Once:
    """What every route that writes is given."""
    return Once(request.app.state.service, bearer, idempotency_key, await digest_of(request))


async def service_in(request: Request) -> Service:
    """The service of the application."""
    service: Service = request.app.state.service
    return service


Allowed = Annotated[Bearer, Depends(allowed)]
Keyed = Annotated[Once, Depends(under_key)]
Served = Annotated[Service, Depends(service_in)]
