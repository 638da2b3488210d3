"""Alerts in the lender's database: noted, read, acknowledged, ended; nothing else.

**Durable** when a call returns. **Append-only**: every note names the one before by its hash, and is checked when it is
read. **One writer wins**: a note that another writer was first to write is decided again on what stands then.
**Idempotent**: what was noted already is not noted again; to end what is over is refused.

    alerts = AlertStore(engine, "bank-1")
    alerts.standing()                    those that stand, gravest first
    alerts.as_known_at(at)               all, as they were known at a time
    alerts.acknowledge(7, by=…, reason=…, at=…)
    alerts.end(7, by=…, reason=…, at=…)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from tally_edge.errors import StatementError
from tally_finance.errors import WatchError
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.record import Became, Head, Kept, Kepts, Note, decode, encode, start
from tally_finance.watch_service.tables import ALERTS

_TRIES: Final = 5
"""Of two who write at once one decides again; a sixth time in a row is no chance."""

Decision = tuple[Became, int, Alert, str | None, str | None]
"""What became of an alert, its number (0 for a new one), the alert, and by whom for what reason."""


class AlertStore:
    """The alerts of one book in a migrated database. May be used by several threads and several processes."""

    def __init__(self, engine: Engine, book: str) -> None:
        self.book = book
        self._engine = engine
        self._lock = threading.Lock()
        self._kepts, self._head, self._newest = Kepts(), start(book), 0

    def standing(self) -> tuple[Kept, ...]:
        """Those that stand now, gravest first."""
        with self._lock:
            self._read()
            return self._kepts.standing()

    @property
    def last_standing(self) -> tuple[Kept, ...]:
        """Those that stood when this was last read or written: no question to the database."""
        with self._lock:
            return self._kepts.standing()

    def known(self, code: Code) -> tuple[Kept, ...]:
        """Every alert of a code when this was last read or written, those that are over too, by number."""
        with self._lock:
            return self._kepts.of_code(code)

    def unnoted(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """Those of the alerts judged now that are not kept as standing, nor were ended by a person as they are."""
        with self._lock:
            self._read()
            return tuple(alert for became, _, alert in self._kepts.news(alerts, whole=False) if became is Became.RAISED)

    def get(self, number: int) -> Kept:
        """One alert. Raises WatchError where none has the number."""
        with self._lock:
            self._read()
            return self._kepts.get(number)

    def as_known_at(self, at: int) -> tuple[Kept, ...]:
        """All alerts by number as they were known at `at`, those that were over too (`Kept.stands`)."""
        kepts, head = Kepts(), start(self.book)
        for data in self._notes(0, at):
            note, head = decode(data, head, self.book)
            kepts.take(note)
        return tuple(kepts.all.values())

    def take(self, alerts: Iterable[Alert], at: int, *, whole: bool = True) -> list[tuple[Became, Kept]]:
        """Note what became of alerts now that `alerts` are judged to stand at `at`. Returns what was noted.

        Unless everything was looked at (`whole`) nothing ceases: what is not seen is not gone.
        """
        judged = tuple(alerts)

        def decide() -> list[Decision]:
            news = self._kepts.news(judged, whole=whole)
            return [(became, number, alert, None, None) for became, number, alert in news]

        return self._write(decide, at)

    def acknowledge(self, number: int, *, by: str, reason: str, at: int) -> Kept:
        """Somebody saw it and says what is done. Raises WatchError where it does not stand, or the words are none."""
        return self._say(Became.ACKNOWLEDGED, number, by, reason, at)

    def end(self, number: int, *, by: str, reason: str, at: int) -> Kept:
        """Somebody ends it. Raises WatchError where it does not stand, or ends by itself when its cause does."""
        return self._say(Became.ENDED, number, by, reason, at)

    def _say(self, became: Became, number: int, by: str, reason: str, at: int) -> Kept:
        def decide() -> list[Decision]:
            kept = self._kepts.get(number)
            if not kept.stands:
                raise WatchError(f"alert {number} is over")
            if became is Became.ENDED and not kept.alert.code.until_ended:
                raise WatchError(f"alert {number} ends by itself when its cause does: it can only be acknowledged")
            return [(became, number, kept.alert, by, reason)]

        try:
            ((_, kept),) = self._write(decide, at)
        except StatementError as error:
            raise WatchError(f"alert {number}: {error}") from None
        return kept

    def _write(self, decide: Callable[[], Sequence[Decision]], at: int) -> list[tuple[Became, Kept]]:
        with self._lock:
            for _ in range(_TRIES):
                self._read()
                decisions = decide()
                if not decisions:
                    return []
                notes = self._following(decisions, max(at, self._newest))
                try:
                    with self._engine.execution_options(writes=True).begin() as connection:
                        connection.execute(insert(ALERTS), [_row(note, *encode(note)) for note in notes])
                except IntegrityError:  # another writer was first
                    continue
                for note in notes:
                    self._took(note, encode(note)[1])
                return [(note.became, self._kepts.all[note.alert]) for note in notes]
        raise WatchError(f"alerts of {self.book} were written by others {_TRIES} times in a row")

    def _following(self, decisions: Sequence[Decision], at: int) -> list[Note]:
        notes, head = [], self._head
        for became, number, alert, by, reason in decisions:
            seq = head.seq + 1
            note = Note(
                self.book, seq, head.digest, at, became, number or seq, alert.code.number, alert.touches, alert.said,
                alert.evidence, by, reason,
            )  # fmt: skip
            notes.append(note)
            _, head = encode(note)
        return notes

    def _read(self) -> None:
        """Take in what was written since."""
        for data in self._notes(self._head.seq):
            self._took(*decode(data, self._head, self.book))

    def _took(self, note: Note, head: Head) -> None:
        self._kepts.take(note)
        self._head, self._newest = head, note.known_at

    def _notes(self, after: int, known_at: int | None = None) -> list[bytes]:
        query = select(ALERTS.c.note).where(ALERTS.c.book == self.book, ALERTS.c.seq > after).order_by(ALERTS.c.seq)
        if known_at is not None:
            query = query.where(ALERTS.c.known_at <= known_at)
        with self._engine.connect() as connection:
            return [bytes(row.note) for row in connection.execute(query)]


def _row(note: Note, data: bytes, head: Head) -> dict[str, object]:
    return {
        "book": note.book,
        "seq": note.seq,
        "digest": head.digest,
        "prev": note.prev,
        "known_at": note.known_at,
        "became": int(note.became),
        "alert": note.alert,
        "code": note.code,
        "note": data,
    }
