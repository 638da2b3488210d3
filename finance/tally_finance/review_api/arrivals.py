"""Reports on their way in (收件): archives that came, are computed again one after another, and are kept or refused.

    1  the archive is read strictly; its folder is on disk before anybody is told that it came
    2  a row says who sent it: `computing`
    3  a process computes it again under the desk's policy: the very same bytes are `kept`, any other is `refused`
    4  a report that is kept may be read by whoever sent it, and by the organisation whose desk this is

Sending again changes nothing while it is computing or kept, and computes it once more where it was refused: a policy
may be another by now. A desk that died goes on where it was: what stands as `computing` is computed at its start.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.errors import ReportFileError, WorkError
from tally_finance.report import archive
from tally_finance.report.folder import REPORT, TRACE
from tally_finance.review import reported
from tally_finance.review_api.computing import Outcome, Reading, compute
from tally_finance.review_api.sheet_file import Sheet
from tally_finance.review_api.shelf import Reader, Shelf
from tally_finance.review_api.tables import ARRIVALS
from tally_finance.review_api.worker import Worker
from tally_gateway.errors import ApiError

_LOG = logging.getLogger(__name__)

MOST_WAITING: Final = 8
"""Of one organisation: each is a folder on disk, and minutes of a processor."""
MOST_TOLD_BYTES: Final = 48 << 20
"""Of report and of trace, which are parsed among the requests; a year of 200 meters has some 25 MB."""
_AGAIN_S: Final = 30
_MOST_SAID: Final = 2_000


class State(StrEnum):
    """What became of a report that was sent."""

    COMPUTING = "computing"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Arrival:
    """`said`: why it was refused. `differences`: path, what the report says, what was computed. Times: Unix seconds."""

    digest: bytes
    state: State
    said: str
    differences: tuple[tuple[str, str | None, str | None], ...]
    arrived_at: int
    done_at: int | None


class Arrivals:
    """What came to one desk. `start` begins the thread that has it computed."""

    def __init__(
        self, engine: Engine, sheet: Sheet, shelf: Shelf, work: tuple[Worker, Reading], clock: Callable[[], int]
    ) -> None:
        self._engine, self._desk, self._shelf, self._clock = engine, sheet.desk, shelf, clock
        self._own = sheet.organisation
        self._worker, self._reading = work
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self._is_over = threading.Event()

    def start(self) -> None:
        """Go on with what is computing, and with whatever comes."""
        shelf = self._shelf
        with self._engine.connect() as connection:
            query = select(ARRIVALS.c.report).distinct()
            query = query.where(ARRIVALS.c.desk == self._desk, ARRIVALS.c.state == State.COMPUTING)
            under_way = {bytes(one) for one in connection.execute(query).scalars()}
        for folder in shelf.waiting():
            if folder.name not in {one.hex() for one in under_way}:
                shutil.rmtree(folder, ignore_errors=True)  # nobody was told that it came
        for digest in sorted(under_way):
            self._waiting.put(digest)
        self._thread = threading.Thread(target=self._run, name="reports that arrive", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, and end what is under way; it is begun again at the next start."""
        self._is_over.set()
        self._waiting.put(None)
        self._worker.close()
        if self._thread is not None:
            self._thread.join(10)

    def take(self, data: bytes, organisation: bytes) -> Arrival:
        """Take an archive. Raises ReportFileError, ConfigError for one that is none, ApiError 429 for too many."""
        parts = archive.decode(data)
        if max(len(parts[REPORT]), len(parts[TRACE])) > MOST_TOLD_BYTES:
            raise ReportFileError(f"{REPORT} and {TRACE} have at most {MOST_TOLD_BYTES} bytes each here")
        reported.decode(parts[REPORT])  # what a review could not read is not computed
        digest = sha256(parts[REPORT]).digest()
        with self._turn:
            known = self.find(digest, organisation)
            if known is not None and known.state is not State.REFUSED:
                return known
            self._must_have_place(organisation)
            self._write(digest, parts)
            self._set(digest, organisation)
        self._waiting.put(digest)
        found = self.find(digest, organisation)
        assert found is not None  # noqa: S101  it was written just now
        return found

    def find(self, digest: bytes, organisation: bytes) -> Arrival | None:
        """What became of what an organisation sent; None for what it did not send."""
        query = select(ARRIVALS).where(*self._at(digest), ARRIVALS.c.organisation == organisation)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        said = json.loads(row.said)
        told = tuple((one[0], one[1], one[2]) for one in said["differences"])
        return Arrival(row.report, State(row.state), said["text"], told, row.arrived_at, row.done_at)

    def _write(self, digest: bytes, parts: dict[str, bytes]) -> None:
        """All of the folder under its own name, or nothing."""
        place, kept = self._shelf.arriving(digest), self._shelf.place(digest)
        if place.exists() or kept.exists():
            return
        new = place.with_name(f".{secrets.token_hex(8)}")
        try:
            archive.write(new, parts)
            new.rename(place)
            durable.sync_folder(place.parent)
        except ConfigError as error:
            shutil.rmtree(new, ignore_errors=True)
            raise ReportFileError(_without(new, str(error))) from None
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise

    def _must_have_place(self, organisation: bytes) -> None:
        query = select(func.count()).where(
            ARRIVALS.c.desk == self._desk,
            ARRIVALS.c.organisation == organisation,
            ARRIVALS.c.state == State.COMPUTING,
        )
        with self._engine.connect() as connection:
            if connection.execute(query).scalar_one() >= MOST_WAITING:
                text = f"{MOST_WAITING} reports of this organisation are being computed: come again later"
                raise ApiError(429, "too many reports", text, retry_after_s=_AGAIN_S)

    def _set(self, digest: bytes, organisation: bytes) -> None:
        values = {"state": State.COMPUTING, "said": _said(""), "arrived_at": self._clock(), "done_at": None}
        with self._engine.execution_options(writes=True).begin() as connection:
            mine = (*self._at(digest), ARRIVALS.c.organisation == organisation)
            if connection.execute(update(ARRIVALS).where(*mine).values(values)).rowcount == 0:
                row = {"desk": self._desk, "report": digest, "organisation": organisation, **values}
                connection.execute(insert(ARRIVALS).values(row))

    def _run(self) -> None:
        while (digest := self._waiting.get()) is not None and not self._is_over.is_set():
            try:
                self._compute(digest)
            except (SQLAlchemyError, OSError) as error:  # it stands as computing, and is computed at the next start
                _LOG.error("report %s waits for the next start: %s", digest.hex(), error)

    def _compute(self, digest: bytes) -> None:
        shelf = self._shelf
        if not self._is_wanted(digest):  # it ended with what another organisation sent
            return
        place = shelf.place(digest) if shelf.place(digest).exists() else shelf.arriving(digest)
        now = self._clock()
        try:
            outcome = self._worker.call(compute, self._reading, place, now)
        except WorkError as error:
            if self._is_over.is_set():  # ended by `stop`, which says nothing of the report
                return
            self._end(digest, State.REFUSED, _said(_without(place, str(error))[:_MOST_SAID]))
            return
        if not outcome.is_same:
            text = "the report is another one than its evidence gives under this desk's policy"
            self._end(digest, State.REFUSED, _said(text, outcome))
            return
        shelf.put(digest)
        shelf.tell(digest, now, holds=outcome.holds)
        self._end(digest, State.KEPT, _said(""))

    def _is_wanted(self, digest: bytes) -> bool:
        query = select(ARRIVALS.c.report).where(*self._at(digest), ARRIVALS.c.state == State.COMPUTING).limit(1)
        with self._turn, self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def _end(self, digest: bytes, state: State, said: str) -> None:
        """Of everybody who sent it: what it is follows from its bytes."""
        with self._turn:
            with self._engine.execution_options(writes=True).begin() as connection:
                mine = (*self._at(digest), ARRIVALS.c.state == State.COMPUTING)
                senders = list(connection.execute(select(ARRIVALS.c.organisation).where(*mine)).scalars())
                if state is State.KEPT:
                    self._let(connection, digest, senders)
                done = update(ARRIVALS).where(*mine).values(state=state, said=said, done_at=self._clock())
                connection.execute(done)
            self._shelf.forget(digest)

    def _let(self, connection: Connection, digest: bytes, senders: list[bytes]) -> None:
        for one in sorted({*senders, self._own}):
            self._shelf.let_in(connection, digest, Reader(one, one, self._clock()))

    def _at(self, digest: bytes) -> tuple[ColumnElement[bool], ...]:
        return ARRIVALS.c.desk == self._desk, ARRIVALS.c.report == digest


def _said(text: str, outcome: Outcome | None = None) -> str:
    found = () if outcome is None else outcome.differences
    return json.dumps({"text": text, "differences": [[one.path, one.said, one.computed] for one in found]})


def _without(place: Path, text: str) -> str:
    """What is said to a client names parts of its report, and no folders of this machine."""
    return text.replace(f"{place}/", "")
