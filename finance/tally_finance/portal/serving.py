"""A portal from its sheet: databases opened and migrated, both desks made, the chain followed while it serves."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tally_chain import reader_key
from tally_chain.cli.verify import read_policy
from tally_edge import passphrase
from tally_finance.api.app import make_app as desk_app
from tally_finance.api.service import Service as DeskService
from tally_finance.api.serving import follow, stop_by_signal
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_serve_run import service as desk_service
from tally_finance.desk.syncing import sync
from tally_finance.portal.config_file import DeskPart, PortalSheet
from tally_finance.portal.process_turns import take_short_turns
from tally_finance.portal.site import Site
from tally_finance.portal.visitor import Sessions
from tally_finance.review_api import sheet_file as review_sheet
from tally_finance.review_api.app import make_app as review_app
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.service import Service as ReviewService
from tally_finance.review_api.service import service_of as review_service_of
from tally_gateway.http.server import SocketServer

MakeSessions = Callable[[Engine, PortalSheet], Sessions]


@contextmanager
def site_of(sheet: PortalSheet, sessions: MakeSessions, passphrase_file: Path | None = None) -> Iterator[Site]:
    """The site; while it lasts its desks work. Raises as the desks do."""
    with ExitStack() as stack:
        engine = _database(stack, sheet.database)
        desk = None if sheet.desk is None else stack.enter_context(_desk(sheet.desk, sheet.books, passphrase_file))
        if desk is not None:
            sync(desk.desk)
        reviews = None if sheet.reviews is None else _reviews(stack, sheet.reviews, sheet.books, passphrase_file)
        yield Site(
            sheet.name,
            sheet.address,
            sheet.organisation,
            engine,
            sessions(engine, sheet),
            desk,
            None if desk is None else desk_app(desk),
            reviews,
            None if reviews is None else review_app(reviews),
            sheet.gateways,
        )


async def serve(server: SocketServer, site: Site, every_s: float) -> None:
    """Serve until SIGTERM or SIGINT, and read the chain meanwhile. Raises what reading the chain raises for good."""
    take_short_turns()
    stop_by_signal(server)
    if site.desk_service is None:
        await server.serve()
        return
    following = asyncio.create_task(follow(site.desk_service.desk, every_s), name="chain")
    following.add_done_callback(lambda _: server.stop())
    try:
        await server.serve()
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


def _database(stack: ExitStack, url: str) -> Engine:
    engine = engine_for(url)
    stack.callback(engine.dispose)
    migrate(engine)
    return engine


@contextmanager
def _desk(part: DeskPart, books: str | None, passphrase_file: Path | None) -> Iterator[DeskService]:
    options = argparse.Namespace(
        desk=part.sheet, books=books, pins=part.pins, policy=part.policy, profile=None, agree=None,
        endpoint=list(part.endpoints), embedded=part.embedded,
        key=part.key, passphrase_file=passphrase_file, signer=None, signer_address=None, no_wait=False,
    )  # fmt: skip
    with desk_service(options) as made:
        yield made


def _reviews(stack: ExitStack, file: Path, books: str | None, passphrase_file: Path | None) -> ReviewService:
    sheet = review_sheet.load(file)
    read_policy(sheet.policy)  # a desk whose policy is none must not look as if it had one
    if sheet.key is not None:
        reader_key.load(sheet.key, passphrase.read(passphrase_file))
    engine = _database(stack, books or f"sqlite:///{file.absolute().parent / 'reviews.db'}")
    return stack.enter_context(review_service_of(engine, sheet, Reading(sheet.policy, sheet.key, passphrase_file)))
