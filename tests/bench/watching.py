"""The watching process of bench_alert: the whole service over a book, a chain and a gateway's log, alerts stored.

The book has as many receipts as it is told, ninety days of prices and quantities, in SQLite. The chain is an embedded
one in this same process, with a lot whose goods are pledged and leave over the scale that is watched; a court places a
hold on its receipt and lifts it again, by turns, which costs this process what it costs.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from tally_chain import note
from tally_chain.policy import Policy
from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.views import head_of
from tally_chain.registry.roles import KeyRole
from tally_finance.book import journal
from tally_finance.book.database import engine_for
from tally_finance.book.journal_file import Journal
from tally_finance.book.rebuild import bring_in
from tally_finance.book.schema import migrate
from tally_finance.desk.sheet import Sheet
from tally_finance.watch.codes import Code
from tally_finance.watch.follow import Follower, HttpLog
from tally_finance.watch.limits import Limits
from tally_finance.watch.record import Became, Kept
from tally_finance.watch.watching import Watch, empty_book
from tally_finance.watch_service import log_memory
from tally_finance.watch_service.alert_store import AlertStore
from tally_finance.watch_service.book_watch import BookWatch
from tally_finance.watch_service.chain_watch import ChainWatch
from tally_finance.watch_service.service import FollowedLog, Sources, WatchService
from tally_finance.watch_service.settings import ChainSettings, Settings
from tests.bench.bench_book import journal_of
from tests.chain.contracts.stage import embedded_stage
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.book.ledger import BOOK

HOLD_EVERY_S = 2.0
_SET_UP_S = 120.0
"""How much earlier the chain begins: its blocks are a second apart at least, and would run ahead of the clock."""


@dataclass(frozen=True)
class Reader:
    """What the watching process is started with."""

    url: str
    token: str
    key: str
    policy: Policy
    origin: str
    scale: str
    receipts: int
    known: int
    """Entries that are in the log before it begins."""
    hold_every_s: float
    """How long the court waits before it holds, and before it lifts."""


def watch(reader: Reader, pipe: Connection) -> None:
    """Send `ready` when everything was read, then (what, evidence, when) of alerts; at `over` what it cost."""
    late_s = _SET_UP_S

    def clock() -> float:
        return time.time() - late_s

    with (
        tempfile.TemporaryDirectory(dir=Path("build")) as folder,
        embedded_stage(Path(folder) / "chain", clock) as stage,
    ):
        yard = yard_on(parties_on(stage))
        lot = yard.stocked(10)
        receipt = yard.issued(lot, 5)
        yard.pledged(receipt, 5)
        late_s = 0.0
        assert yard.parties.now() < time.time()
        asyncio.run(_watch(reader, pipe, Path(folder), yard, lot, receipt))


async def _watch(reader: Reader, pipe: Connection, folder: Path, yard: Yard, lot: bytes, receipt: bytes) -> None:
    lock = threading.Lock()

    def send(said: object) -> None:
        with lock:
            pipe.send(said)

    def told(noted: Sequence[tuple[Became, Kept]]) -> None:
        at = time.monotonic()
        for became, kept in noted:
            if became is Became.RAISED and kept.alert.code is Code.OUTBOUND_WITHOUT_ORDER:
                send(("left", kept.alert.evidence[0], at))
            elif became is Became.RAISED and kept.alert.code is Code.HELD:
                send(("held", kept.alert.evidence[0], at))

    database = engine_for(f"sqlite:///{folder / 'bank.db'}")
    migrate(database)
    ledger = journal_of(reader.receipts)
    last = ledger.entries[-1]
    bring_in(
        database,
        Journal(BOOK, journal.Head(last.entry.seq, last.digest), tuple(ledger.entries), bytes(32), last.entry.known_at),
        last.entry.known_at,
    )
    sheet = Sheet(BOOK, yard.whose("lender"))
    settings = Settings("", sheet, Path(), chain=ChainSettings(Path(), (), None, 0.5), yards={reader.scale: lot})
    log_watch = Watch(reader.origin, reader.policy, empty_book, Limits(), begun_at=int(time.time()))
    organisations, engine = yard.parties.at.organisations, yard.parties.stage.engine
    chain = ChainWatch(engine, yard.places, organisations, sheet.lender, lambda: int(time.time()))
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=reader.url))
        key = note.decode_verifier_key(reader.key)
        follower = Follower(HttpLog(client, reader.token), key, log_watch, time.time, lambda _: None)
        logs = (FollowedLog(reader.origin, follower, log_watch),)
        alerts = AlertStore(database, BOOK)
        service = WatchService(
            settings, alerts, Sources(BookWatch(database, sheet, reader.policy), logs, chain), clock=time.time,
            remember=partial(log_memory.keep, database, BOOK), told=told,
        )  # fmt: skip
        while follower.size <= reader.known:
            await service.look_once()
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        began, before = time.monotonic(), time.process_time()
        send(("ready", b"", began))
        over = threading.Event()
        court = asyncio.create_task(asyncio.to_thread(_court, yard, receipt, reader.hold_every_s, over, send))
        await asyncio.to_thread(pipe.recv)
        over.set()
        await court
        stop.set()
        await running
    wrong = [one for one in alerts.standing() if one.alert.code in (Code.EVIDENCE_FAILS, Code.STATEMENT_MISSING)]
    assert not wrong, wrong
    send(("cost", time.monotonic() - began, time.process_time() - before, len(alerts.standing())))
    database.dispose()


def _court(yard: Yard, receipt: bytes, every_s: float, over: threading.Event, send: Callable[[object], None]) -> None:
    """Holds and lifts by turns; tells when each hold's block was made, by the head that the receipt has then."""
    role = int(KeyRole.COURT_LIAISON)
    while not over.wait(every_s):
        held = yard.did(
            "Hold", "court", receipt=receipt, kind=int(HoldKind.COURT), role=role, quantity=0, reason=fresh("case")
        )
        at = time.monotonic()
        send(("block", head_of(yard.parties.stage.engine, yard.places, "receipt", receipt), at))
        if over.wait(every_s):
            return
        yard.did("Lift", "court", receipt=receipt, hold=held.digest, role=role, reason=fresh("lifted"))
