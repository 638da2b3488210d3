"""What the routes of a reviewers' desk stand on: sheet, shelf, arrivals, opinions, versions, and who may ask."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final, ParamSpec, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Engine

from tally_edge.errors import ConfigError
from tally_finance.api.answers import Answers
from tally_finance.api.door import Gate
from tally_finance.api.quotas import Quotas
from tally_finance.api.refusing import missing, must_be_let
from tally_finance.api.rights import Right
from tally_finance.api.tokens import Bearer, Tokens
from tally_finance.errors import WorkFailedError, WorkRefusedError
from tally_finance.report.folder import Kept
from tally_finance.review import comparing
from tally_finance.review.kept import Kept as KeptVersions
from tally_finance.review.opinions import Conclusion
from tally_finance.review.reported import Reported
from tally_finance.review_api.arrivals import Arrivals
from tally_finance.review_api.computing import DRAWN, Reading
from tally_finance.review_api.drawn import Drawn
from tally_finance.review_api.ledgers_kept import Ledgers
from tally_finance.review_api.opinions_kept import Brought, Opinions
from tally_finance.review_api.rights import RIGHTS
from tally_finance.review_api.sections import Sections
from tally_finance.review_api.sheet_file import Sheet
from tally_finance.review_api.shelf import Shelf, Shelved
from tally_finance.review_api.turns import Turns
from tally_finance.review_api.worker import Worker
from tally_gateway.errors import ApiError
from tally_gateway.intake.quota import Rate
from tally_gateway.pages.words import Words

P = ParamSpec("P")
R = TypeVar("R")

_LOG = logging.getLogger(__name__)

MAX_ARCHIVE_BYTES: Final = 128 << 20
"""A year of one meter at a quarter of an hour has 0.6 MB; each archive is held in memory as a whole while it comes."""

QUOTAS: Final = Quotas(body_bytes=Rate(per_second=256 << 10, burst=4 * MAX_ARCHIVE_BYTES), bundles=2)

_MOST_SAID: Final = 2_000
_LONG: Final = re.compile(r"/v1/reports")


@dataclass(frozen=True, slots=True)
class Service:
    """`opening`: the process in which loads are opened, one after another by `turns`; what arrives has others."""

    sheet: Sheet
    shelf: Shelf
    arrivals: Arrivals
    opinions: Opinions
    ledgers: Ledgers
    versions: KeptVersions
    tokens: Tokens
    answers: Answers
    opening: Worker
    reading: Reading
    clock: Callable[[], int]
    drawn: Drawn
    quotas: Quotas = QUOTAS
    turns: Turns = field(default_factory=Turns)
    sections: Sections = field(default_factory=Sections)

    def read(self, bearer: Bearer, digest: bytes) -> tuple[Shelved, Kept, Reported]:
        """A report that the bearer may read. Raises ApiError 404, and 503 where its files can not be read."""
        found = self.shelf.find(bearer.organisation, digest)
        if found is None:
            raise missing("report")
        try:
            return found, *self.shelf.read(digest)
        except ConfigError as error:
            _LOG.error("report %s can not be read: %s", digest.hex(), error)
            raise ApiError(
                503,
                "the report can not be read just now",
                Words("the operator finds the reason", "运维人员可在运行日志中查明原因"),
            ) from None

    def verified(self, about: Reported) -> str | None:
        """Why lines of a report are verified: by a third party whose verification stands for it; or None."""
        those, sheet = (one.opinion for one in self.opinions.all(about.digest)), self.sheet
        return comparing.verified(those, about, self.clock(), sheet.third_parties, bank=sheet.bank)

    def judged(self, bearer: Bearer, about: Reported) -> list[Brought]:
        """The opinions on a report that the bearer may read: conclusions are the desk's own, and shown to it alone."""
        own = bearer.organisation == self.sheet.organisation
        every = self.opinions.all(about.digest)
        return [one for one in every if own or not isinstance(one.opinion.said, Conclusion)]

    def computed(self, bearer: Bearer, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function of `computing` gives in the process for that. Raises ApiError 409, 429 and 503."""
        try:
            with self.turns.taken(bearer.organisation):
                return self.opening.call(work, *args, **kwargs)
        except WorkRefusedError as error:
            text = str(error).replace(f"{self.sheet.reports}/kept/", "")
            raise ApiError(409, "not as things stand", text[:_MOST_SAID]) from None
        except (WorkFailedError, BlockingIOError) as error:
            raise ApiError(503, "it can not be computed just now", str(error)[:_MOST_SAID]) from None
        except OSError as error:  # whose words name folders of this machine
            _LOG.error("a report can not be opened: %s", error)
            raise ApiError(
                503,
                "it can not be computed just now",
                Words("the operator finds the reason", "运维人员可在运行日志中查明原因"),
            ) from None

    def gate(self) -> Gate:
        """What the door asks."""

        def whose(token: str) -> Bearer | None:
            return self.tokens.bearer(token, self.clock())

        def may(bearer: Bearer, right: Right, _: str) -> None:
            must_have_right(self, bearer, right)

        return Gate(RIGHTS, self.quotas, whose, may, _LONG, MAX_ARCHIVE_BYTES)


@contextmanager
def service_of(
    engine: Engine,
    sheet: Sheet,
    reading: Reading,
    clock: Callable[[], int] = lambda: int(time.time()),
    quotas: Quotas = QUOTAS,
) -> Iterator[Service]:
    """A service in a migrated database; while it lasts, what arrives is computed."""
    desk, shelf, opening = sheet.desk, Shelf(engine, sheet.desk, sheet.reports), Worker()
    arrivals = Arrivals(engine, sheet, shelf, reading, clock)
    made = Service(
        sheet,
        shelf,
        arrivals,
        Opinions(engine, desk),
        Ledgers(engine, desk),
        KeptVersions(engine, desk),
        Tokens(engine, desk),
        Answers(engine, desk),
        opening,
        reading,
        clock,
        Drawn(sheet.reports / DRAWN),
        quotas,
    )
    arrivals.start()
    try:
        yield made
    finally:
        arrivals.stop()
        opening.close()


def must_have_right(service: Service, bearer: Bearer, right: Right) -> None:
    """Raises ApiError 403 where the bearer may not."""
    must_be_let(bearer, right)
    if right.own_book and bearer.organisation != service.sheet.organisation:
        raise ApiError(
            403, "another's desk", Words("this is for the organisation whose desk this is", "仅限本系统所属单位")
        )


async def allowed(request: Request) -> Bearer:
    """The bearer, who was let in by the door. Asked again by the route itself, whatever the door made of its path."""
    bearer: Bearer = request.state.bearer
    must_have_right(request.app.state.service, bearer, RIGHTS[request.method, request.scope["route"].path])
    return bearer


async def service_in(request: Request) -> Service:
    """The service of the application."""
    service: Service = request.app.state.service
    return service


Allowed = Annotated[Bearer, Depends(allowed)]
Served = Annotated[Service, Depends(service_in)]
