"""Idempotency keys (幂等键): a request under a key is carried out once, and answered the same as often as it comes.

Kept are the answers of what was done; what was refused may be tried again under its key. Whoever carries a request out
says so every few seconds while it runs, however long that is. Of a process that died in it nothing is heard for a
minute; then the request is carried out again: what it wrote into the book stands under the same key there, and is not
written twice.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Delete, Engine, Insert, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tally_finance.desk.tables import ANSWERS
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_FORGOTTEN_S: Final = 60
_SAID_EVERY_S: Final = 10
"""Some of these may fail before others take the request over."""
_HOLDER_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: JSON."""

    status: int
    body: bytes
    is_repeated: bool = False


class Answers:
    """The answers of one book in a migrated database. `every_s`: how often a request that runs says so."""

    def __init__(self, engine: Engine, book: str, every_s: float = _SAID_EVERY_S) -> None:
        self._engine, self._book, self._every_s = engine, book, every_s

    def once(self, token: str, key: str, request: bytes, clock: Callable[[], int], do: Callable[[], Answer]) -> Answer:
        """The answer of `do`, or the one that it gave before. `request`: the digest of all that was asked.

        Raises ApiError 409 where the key was used for something else, or its request is still under way.
        """
        holder = secrets.token_bytes(_HOLDER_BYTES)
        known = self._begin(token, key, request, clock(), holder)
        if known is not None:
            return known
        mine = (*self._at(token, key), ANSWERS.c.holder == holder)
        with self._held(mine, clock):
            try:
                answer = do()
            except BaseException:
                self._write(delete(ANSWERS).where(*mine, ANSWERS.c.status.is_(None)))
                raise
            self._write(update(ANSWERS).where(*mine).values(status=answer.status, body=answer.body))
        return answer

    @contextmanager
    def _held(self, mine: tuple[ColumnElement[bool], ...], clock: Callable[[], int]) -> Iterator[None]:
        """While it lasts, others are told again and again that the request is under way."""
        over = threading.Event()

        def say() -> None:
            while not over.wait(self._every_s):
                with suppress(SQLAlchemyError):  # a database that is busy or away is told the next time
                    self._write(update(ANSWERS).where(*mine).values(asked_at=clock()))

        saying = threading.Thread(target=say, name="request under way", daemon=True)
        saying.start()
        try:
            yield
        finally:
            over.set()
            saying.join()

    def _begin(self, token: str, key: str, request: bytes, now: int, holder: bytes) -> Answer | None:
        """What was answered before; None where this request has the key to itself now."""
        row = {"book": self._book, "token": token, "key": key, "request": request, "asked_at": now, "holder": holder}
        try:
            self._write(insert(ANSWERS).values(row))
        except IntegrityError:
            pass
        else:
            return None
        with self._engine.connect() as connection:
            found = connection.execute(select(ANSWERS).where(*self._at(token, key))).first()
        if found is not None and found.request != request:
            raise ApiError(
                409,
                "the key was used",
                Words("this Idempotency-Key was used for another request", "该表单已用于另一项请求，请重新打开页面"),
            )
        if found is not None and found.status is not None:
            return Answer(found.status, found.body, is_repeated=True)
        if found is None or now - found.asked_at <= _FORGOTTEN_S:
            raise ApiError(
                409,
                "under way",
                Words("a request with this Idempotency-Key is being carried out", "同一表单的请求正在办理中"),
            )
        # Of two that find it forgotten one takes it over; and whoever had it may have spoken again meanwhile.
        as_found = (*self._at(token, key), ANSWERS.c.holder == found.holder, ANSWERS.c.asked_at == found.asked_at)
        if not self._write(update(ANSWERS).where(*as_found).values(asked_at=now, holder=holder)):
            raise ApiError(
                409,
                "under way",
                Words("a request with this Idempotency-Key is being carried out", "同一表单的请求正在办理中"),
            )
        return None

    def _write(self, statement: Insert | Update | Delete) -> int:
        """How many rows it changed."""
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(statement).rowcount

    def _at(self, token: str, key: str) -> tuple[ColumnElement[bool], ...]:
        return ANSWERS.c.book == self._book, ANSWERS.c.token == token, ANSWERS.c.key == key
