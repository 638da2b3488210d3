"""Events that came and events that go out, each once.

What somebody asks for is answered in the same transaction in which the question is kept: the answer waits in the outbox
until his host takes it (`delivery`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Table, func, insert, select, update

from tally_finance.errors import PactError
from tally_finance.pact.events import Event, Message, RequestCreated, RequestFulfilled, decode, encode
from tally_finance.pact.partners import Partner
from tally_finance.pact.semantics import doubts
from tally_finance.pact.tables import INBOX, OUTBOX
from tally_finance.pact.turns import turn

FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 6 * 3_600
GIVEN_UP_S: Final = 72 * 3_600
"""After three days an event is abandoned (the specification at RequestFulfilled)."""

_MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that goes out. `tries`: how often it was in vain; `done_at`: when it was taken or given up, Unix s."""

    number: int
    partner: str
    kind: str
    made_at: int
    next_at: int
    tries: int
    done_at: int | None
    given_up: bool
    said: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event that came. `remarks`: what is doubtful about the footprints in it."""

    number: int
    partner: str
    source: str
    id: str
    arrived_at: int
    kind: str
    remarks: tuple[str, ...]
    body: bytes


class Mail:
    """The events of one host in a migrated database."""

    def __init__(self, engine: Engine, host: str) -> None:
        self._engine, self._host = engine, host

    def take(self, partner: Partner, text: bytes, now: int, answer: Callable[[Partner, Event], Message]) -> Event:
        """Keep an event, and put the answer to a request into the outbox; one that came before is only known again.

        Raises PactError for one that is none, and for a request of a partner whom we can not answer.
        """
        event = decode(text)
        asks = isinstance(event.message, RequestCreated)
        if asks and partner.answers is None:
            raise PactError("no address is known here to which an answer could go")
        found = answer(partner, event) if asks else None
        remarks = _remarks(event, now)
        row = {
            "host": self._host, "partner": partner.name, "source": event.source, "id": event.id, "arrived_at": now,
            "kind": type(event.message).__name__, "remarks": json.dumps(remarks, ensure_ascii=False), "body": text,
        }  # fmt: skip
        key = INBOX.c.host == self._host, INBOX.c.partner == partner.name
        same = INBOX.c.source == event.source, INBOX.c.id == event.id
        with turn(self._engine, self._host) as connection:
            if connection.execute(select(INBOX.c.number).where(*key, *same)).first() is None:
                connection.execute(insert(INBOX).values(number=_next(connection, INBOX, self._host), **row))
                if found is not None:
                    post(connection, self._host, partner.name, found, now)
        return event

    def arrived(self) -> tuple[Arrived, ...]:
        """What came, in order."""
        query = select(INBOX).where(INBOX.c.host == self._host).order_by(INBOX.c.number)
        with self._engine.connect() as connection:
            return tuple(
                Arrived(
                    row.number, row.partner, row.source, row.id, row.arrived_at, row.kind,
                    tuple(json.loads(row.remarks)), row.body,
                )
                for row in connection.execute(query)
            )  # fmt: skip

    def waiting(self, now: int, most: int = 100) -> tuple[Letter, ...]:
        """What is to be sent now."""
        return self._letters(OUTBOX.c.done_at.is_(None), OUTBOX.c.next_at <= now)[:most]

    def sent(self) -> tuple[Letter, ...]:
        """Everything that goes or went out, in order."""
        return self._letters()

    def taken(self, letter: Letter, now: int) -> None:
        """The partner's host has it."""
        self._change(letter, done_at=now, said="taken")

    def refused(self, letter: Letter, said: str, now: int) -> None:
        """The partner's host will never take it."""
        self._change(letter, done_at=now, given_up=1, tries=letter.tries + 1, said=said[:_MOST_SAID])

    def failed(self, letter: Letter, said: str, now: int) -> None:
        """It did not get there; it is sent again after twice the wait, and given up after three days."""
        wait = min(FIRST_WAIT_S << min(letter.tries, 20), LONGEST_WAIT_S)
        if now + wait - letter.made_at > GIVEN_UP_S:
            self.refused(letter, f"given up after three days: {said}", now)
        else:
            self._change(letter, next_at=now + wait, tries=letter.tries + 1, said=said[:_MOST_SAID])

    def _letters(self, *where: ColumnElement[bool]) -> tuple[Letter, ...]:
        query = select(OUTBOX).where(OUTBOX.c.host == self._host, *where).order_by(OUTBOX.c.number)
        with self._engine.connect() as connection:
            return tuple(
                Letter(
                    row.number, row.partner, row.kind, row.made_at, row.next_at, row.tries, row.done_at,
                    bool(row.given_up), row.said, row.body,
                )
                for row in connection.execute(query)
            )  # fmt: skip

    def _change(self, letter: Letter, **values: object) -> None:
        mine = OUTBOX.c.host == self._host, OUTBOX.c.number == letter.number
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(OUTBOX).where(*mine).values(**values))


def post(connection: Connection, host: str, partner: str, message: Message, now: int) -> None:
    """Put an event into the outbox, within a transaction."""
    event = Event(str(uuid.uuid4()), f"urn:pact:host:{host}", datetime.fromtimestamp(now, UTC), message)
    values = {
        "host": host, "number": _next(connection, OUTBOX, host), "partner": partner, "kind": type(message).__name__,
        "made_at": now, "next_at": now, "tries": 0, "given_up": 0, "said": "",
        "body": json.dumps(encode(event), ensure_ascii=False).encode(),
    }  # fmt: skip
    connection.execute(insert(OUTBOX).values(**values))


def _next(connection: Connection, table: Table, host: str) -> int:
    query = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.host == host)
    return int(connection.execute(query).scalar_one()) + 1


def _remarks(event: Event, now: int) -> list[str]:
    """What is doubtful about the footprints that somebody sent us."""
    if not isinstance(event.message, RequestFulfilled):
        return []
    known = {one.id: one for one in event.message.footprints}
    return [
        f"{one.id}: {doubt.name.value}: {doubt.text}"
        for one in event.message.footprints
        for doubt in doubts(one, now=datetime.fromtimestamp(now, UTC), known=known)
    ]
