"""Reports on their way in (收件): archives that came, are computed again one after another, and are kept or refused.

    1  the archive is read strictly; its folder is on disk, and was read as a report by a process for that, before
       anybody is told that it came: who has not all of a report is told nothing of it
    2  a row says who sent it: `computing`
    3  a process computes it again under the desk's policy: the very same bytes are `kept`, any other is `refused`;
       of several organisations' reports, one of whoever was served longest ago comes first
    4  a report that is kept may be read by whoever sent it, and by the organisation whose desk this is

Sending again changes nothing while it is computing or kept, and computes it once more where it was refused: a policy
may be another by now. A desk that died goes on where it was: what stands as `computing` is computed at its start, and
after a while where database, files or policy could not be read.
"""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from tally_finance.errors import ReportFileError, WorkError
from tally_finance.report import archive
from tally_finance.report.folder import REPORT, TRACE
from tally_finance.review_api.computing import Outcome, Reading, compute, receive
from tally_finance.review_api.sheet_file import Sheet
from tally_finance.review_api.shelf import Reader, Shelf
from tally_finance.review_api.tables import ARRIVALS
from tally_finance.review_api.worker import Worker
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_LOG = logging.getLogger(__name__)

MOST_WAITING: Final = 8
"""Of one organisation: each is a folder on disk, and minutes of a processor."""
MOST_TOLD_BYTES: Final = 48 << 20
"""Of report and of trace, which are parsed among the requests; a year of 200 meters has some 25 MB."""
_AGAIN_S: Final = 30
_RECEIVED_WITHIN_S: Final = 60
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

    def __init__(self, engine: Engine, sheet: Sheet, shelf: Shelf, reading: Reading, clock: Callable[[], int]) -> None:
        self._engine, self._desk, self._shelf, self._clock = engine, sheet.desk, shelf, clock
        self._own = sheet.organisation
        self._reading = reading
        self._worker, self._receiving = Worker(), Worker(longest_s=_RECEIVED_WITHIN_S)
        self._come = threading.Semaphore(0)
        """As often as there may be something to compute, and once more at the end."""
        self._served: dict[bytes, int] = {}
        """When each organisation's report was last computed, by a count."""
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
        for _ in under_way:
            self._come.release()
        self._thread = threading.Thread(target=self._run, name="reports that arrive", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, and end what is under way; it is begun again at the next start."""
        self._is_over.set()
        self._come.release()
        self._worker.close()
        self._receiving.close()
        if self._thread is not None:
            self._thread.join(10)

    def take(self, data: bytes, organisation: bytes) -> Arrival:
        """Take an archive. Raises ReportFileError for one that is none, ApiError 429 for too many, 503."""
        parts = archive.decode(data)
        if max(len(parts[REPORT]), len(parts[TRACE])) > MOST_TOLD_BYTES:
            raise ReportFileError(f"{REPORT} and {TRACE} have at most {MOST_TOLD_BYTES} bytes each here")
        digest = sha256(parts[REPORT]).digest()
        known = self.find(digest, organisation)
        if known is not None and known.state is not State.REFUSED:
            return known
        self._must_have_place(organisation)
        with self._written(parts) as new, self._turn:
            known = self.find(digest, organisation)
            if known is not None and known.state is not State.REFUSED:
                return known
            self._must_have_place(organisation)
            self._shelf.receive(new, digest)
            self._set(digest, organisation)
        self._come.release()
        found = self.find(digest, organisation)
        assert found is not None  # noqa: S101  it was written just now
        return found

    def find(self, digest: bytes, organisation: bytes) -> Arrival | None:
        """What became of what an organisation sent; None for what it did not send."""
        query = select(ARRIVALS).where(*self._at(digest), ARRIVALS.c.organisation == organisation)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _arrival(row)

    def all(self, organisation: bytes, limit: int) -> tuple[Arrival, ...]:
        """What an organisation sent, the newest first."""
        query = select(ARRIVALS).where(ARRIVALS.c.desk == self._desk, ARRIVALS.c.organisation == organisation)
        query = query.order_by(ARRIVALS.c.arrived_at.desc(), ARRIVALS.c.report).limit(limit)
        with self._engine.connect() as connection:
            return tuple(map(_arrival, connection.execute(query)))

    def counted(self, organisation: bytes) -> dict[State, int]:
        """How many reports of an organisation stand in each state."""
        query = select(ARRIVALS.c.state, func.count()).group_by(ARRIVALS.c.state)
        query = query.where(ARRIVALS.c.desk == self._desk, ARRIVALS.c.organisation == organisation)
        with self._engine.connect() as connection:
            return {State(state): count for state, count in connection.execute(query)}

    @contextmanager
    def _written(self, parts: dict[str, bytes]) -> Iterator[Path]:
        """A folder of a report that was read, whole; taken away again unless it is renamed. Raises as `take` does."""
        new = self._shelf.new()
        try:
            try:
                archive.write(new, parts)
                self._receiving.call(receive, new, frozenset(parts))
            except BlockingIOError as error:
                raise ApiError(503, "busy", str(error), retry_after_s=_AGAIN_S) from None
            except OSError as error:
                _LOG.error("a report can not be taken: %s", error)
                text = Words("the operator finds the reason in the messages", "运维人员可在运行日志中查明原因")
                raise ApiError(503, "it can not be taken just now", text, retry_after_s=_AGAIN_S) from None
            except WorkError as error:
                if self._is_over.is_set():
                    raise ApiError(
                        503, "the desk ends", Words("send it again", "请重新发送"), retry_after_s=_AGAIN_S
                    ) from None
                raise ReportFileError(_without(new, str(error))[:_MOST_SAID]) from None
            yield new
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _must_have_place(self, organisation: bytes) -> None:
        query = select(func.count()).where(
            ARRIVALS.c.desk == self._desk,
            ARRIVALS.c.organisation == organisation,
            ARRIVALS.c.state == State.COMPUTING,
        )
        with self._engine.connect() as connection:
            if connection.execute(query).scalar_one() >= MOST_WAITING:
                text = Words(
                    f"{MOST_WAITING} reports of this organisation are being computed: come again later",
                    f"本单位已有 {MOST_WAITING} 份报告在计算，请稍后再来",
                )
                raise ApiError(429, "too many reports", text, retry_after_s=_AGAIN_S)

    def _set(self, digest: bytes, organisation: bytes) -> None:
        values = {"state": State.COMPUTING, "said": _said(""), "arrived_at": self._clock(), "done_at": None}
        with self._engine.execution_options(writes=True).begin() as connection:
            mine = (*self._at(digest), ARRIVALS.c.organisation == organisation)
            if connection.execute(update(ARRIVALS).where(*mine).values(values)).rowcount == 0:
                row = {"desk": self._desk, "report": digest, "organisation": organisation, **values}
                connection.execute(insert(ARRIVALS).values(row))

    def _run(self) -> None:
        while self._come.acquire() and not self._is_over.is_set():
            try:
                self._end_one()
            except (SQLAlchemyError, OSError) as error:  # it stands as computing
                if not self._is_over.is_set():
                    _LOG.error("what arrived is computed again in %d s: %s", _AGAIN_S, error)
                self._is_over.wait(_AGAIN_S)
                self._come.release()

    def _end_one(self) -> None:
        digest = self._next()
        if digest is None:  # it ended with what another organisation sent
            return
        try:
            self._compute(digest)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # noqa: BLE001  others wait too: one report must not end the thread
            _LOG.exception("report %s could not be computed", digest.hex())
            self._end(digest, State.REFUSED, _said("a fault of the desk: its operator finds the reason; send it again"))

    def _next(self) -> bytes | None:
        """The oldest report of the organisation that was served longest ago; None where nothing waits."""
        query = select(ARRIVALS.c.organisation, ARRIVALS.c.arrived_at, ARRIVALS.c.report)
        query = query.where(ARRIVALS.c.desk == self._desk, ARRIVALS.c.state == State.COMPUTING)
        with self._engine.connect() as connection:
            rows = [(bytes(of), at, bytes(report)) for of, at, report in connection.execute(query)]
        if not rows:
            return None
        organisation, _, digest = min(rows, key=lambda row: (self._served.get(row[0], 0), *row[1:]))
        self._served[organisation] = 1 + max(self._served.values(), default=0)
        return digest

    def _compute(self, digest: bytes) -> None:
        shelf = self._shelf
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


def _arrival(row: Row[tuple[object, ...]]) -> Arrival:
    said = json.loads(row.said)
    told = tuple((one[0], one[1], one[2]) for one in said["differences"])
    return Arrival(row.report, State(row.state), said["text"], told, row.arrived_at, row.done_at)


def _said(text: str, outcome: Outcome | None = None) -> str:
    found = () if outcome is None else outcome.differences
    return json.dumps({"text": text, "differences": [[one.path, one.said, one.computed] for one in found]})


def _without(place: Path, text: str) -> str:
    """What is said to a client names parts of its report, and no folders of this machine."""
    return text.replace(f"{place}/", "")
