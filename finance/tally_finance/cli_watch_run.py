"""What `tallystick finance watch --config` does: everything opened and checked, then watched until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import start_http_server
from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError

from tally_chain import at_hand, note
from tally_chain.cli import verify
from tally_chain.engine.interface import Engine
from tally_chain.policy import Policy
from tally_chain.receipts.pins import read_receipt_pins
from tally_edge import passphrase, pinned_tls
from tally_edge.errors import ConfigError
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_watch import EXIT_BLOCKED, line, plain
from tally_finance.errors import BookError, UnreachableError
from tally_finance.watch.follow import Follower, HttpLog
from tally_finance.watch.record import Became, Kept
from tally_finance.watch.watching import Watch, empty_book
from tally_finance.watch_service import log_memory, settings
from tally_finance.watch_service.alert_store import AlertStore
from tally_finance.watch_service.book_watch import BookWatch
from tally_finance.watch_service.chain_watch import ChainWatch
from tally_finance.watch_service.service import FollowedLog, Sources, WatchService, recalled
from tally_finance.watch_service.settings import LogSettings, Settings


async def serve(file: Path, *, once: bool, as_json: bool) -> int:
    """Watch by the settings of a file; returns the exit code. Raises TallyError for what can not be opened."""
    found = settings.load(file)
    policy = verify.read_policy(found.policy)
    database = opened(found.database)
    told = partial(_tell, as_json=as_json)
    alerts = AlertStore(database, found.sheet.book)
    async with contextlib.AsyncExitStack() as stack:
        logs = tuple([await _log(one, policy, database, found, stack) for one in found.logs])
        sources = Sources(BookWatch(database, found.sheet, policy), logs, _chain(found, stack))
        remember = partial(log_memory.keep, database, found.sheet.book)
        service = WatchService(found, alerts, sources, clock=time.time, remember=remember, told=told)
        if once:
            return await _once(service, alerts, logs)
        if found.metrics is not None:
            host, port = found.metrics
            server, _ = start_http_server(port, host, service.meters.registry)
            stack.callback(server.shutdown)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await service.run(stop)
    return 0


def opened(url: str) -> Database:
    """The migrated database. Raises BookError where there is none to open."""
    engine = engine_for(url)
    try:
        migrate(engine)
    except OperationalError as error:
        raise BookError(f"the database can not be opened: {error.orig}") from None
    return engine


async def _once(service: WatchService, alerts: AlertStore, logs: Sequence[FollowedLog]) -> int:
    await service.look_once()
    troubles = [f"{log.origin}: {log.watch.trouble}" for log in logs if log.watch.trouble]
    if troubles:
        raise UnreachableError("; ".join(troubles))
    return EXIT_BLOCKED if any(one.alert.code.blocks for one in alerts.standing()) else 0


async def _log(
    one: LogSettings, policy: Policy, database: Database, found: Settings, stack: contextlib.AsyncExitStack
) -> FollowedLog:
    """A log's follower, which goes on from what it remembers."""
    trusted = next((log for log in policy.logs if log.origin == one.origin), None)
    if trusted is None:
        raise ConfigError(f"{found.policy}: the policy knows no log {one.origin}")
    token = passphrase.read(one.token_file, passphrase.TOKEN_VARIABLE)
    tls = pinned_tls.client_context(one.ca) if one.ca else True
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=one.gateway, verify=tls, trust_env=False))
    watch = Watch(one.origin, policy, empty_book, found.limits, begun_at=int(time.time()))
    key = note.decode_verifier_key(trusted.checkpoint_key)
    follower = Follower(HttpLog(client, token), key, watch, time.time, lambda _: None)
    recalled(follower, log_memory.find(database, found.sheet.book, one.origin))
    return FollowedLog(one.origin, follower, watch)


def _chain(found: Settings, stack: contextlib.AsyncExitStack) -> ChainWatch | None:
    if found.chain is None:
        return None
    pins = read_receipt_pins(found.chain.pins)
    engine: Engine = at_hand.open_engine(found.chain.nodes or None, found.chain.embedded)
    close = getattr(engine, "close", None)
    if close is not None:
        stack.callback(close)
    pins.check(engine)
    places = pins.contracts.places()
    return ChainWatch(engine, places, pins.organisations, found.sheet.lender, lambda: int(time.time()))


def _tell(noted: Sequence[tuple[Became, Kept]], *, as_json: bool) -> None:
    for became, kept in noted:
        word = became.name.lower()
        told: dict[str, Any] = {"number": kept.number} | plain(word, kept.alert)
        print(
            json.dumps(told, ensure_ascii=False) if as_json else f"{kept.number} {line(word, kept.alert)}", flush=True
        )
