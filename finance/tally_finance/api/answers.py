"""Idempotency keys (幂等键): a request under a key is carried out once, and answered the same as often as it comes.

Kept are the answers of what was done; what was refused may be tried again under its key. A request that never came to
its end (the process died in it) is carried out again after a minute: what it wrote into the book stands under the same
key there, and is not written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_finance.desk.tables import ANSWERS
from tally_gateway.errors import ApiError

_FORGOTTEN_S: Final = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: JSON."""

    status: int
    body: bytes
    is_repeated: bool = False


class Answers:
    """The answers of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book

    def once(self, token: str, key: str, request: bytes, now: int, do: Callable[[], Answer]) -> Answer:
        """The answer of `do`, or the one that it gave before. `request`: the digest of all that was asked.

        Raises ApiError 409 where the key was used for something else, or its request is still under way.
        """
        known = self._begin(token, key, request, now)
        if known is not None:
            return known
        try:
            answer = do()
        except BaseException:
            self._forget(token, key)
            raise
        change = update(ANSWERS).where(*self._at(token, key)).values(status=answer.status, body=answer.body)
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(change)
        return answer

    def _begin(self, token: str, key: str, request: bytes, now: int) -> Answer | None:
        """What was answered before; None where this request has the key to itself now."""
        row = {"book": self._book, "token": token, "key": key, "request": request, "asked_at": now}
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(ANSWERS).values(row))
        except IntegrityError:
            pass
        else:
            return None
        with self._engine.execution_options(writes=True).begin() as connection:
            found = connection.execute(select(ANSWERS).where(*self._at(token, key))).first()
            if found is not None and found.request != request:
                raise ApiError(409, "the key was used", "this Idempotency-Key was used for another request")
            if found is not None and found.status is not None:
                return Answer(found.status, found.body, is_repeated=True)
            if found is None or now - found.asked_at <= _FORGOTTEN_S:
                raise ApiError(409, "under way", "a request with this Idempotency-Key is being carried out")
            connection.execute(update(ANSWERS).where(*self._at(token, key)).values(asked_at=now))
        return None

    def _forget(self, token: str, key: str) -> None:
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(ANSWERS).where(*self._at(token, key), ANSWERS.c.status.is_(None)))

    def _at(self, token: str, key: str) -> tuple[ColumnElement[bool], ...]:
        return ANSWERS.c.book == self._book, ANSWERS.c.token == token, ANSWERS.c.key == key
