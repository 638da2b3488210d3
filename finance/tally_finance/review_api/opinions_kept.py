"""The signed opinions of a desk, each as its file is, for ever; whether one stands is asked anew each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from tally_finance.errors import ReviewError
from tally_finance.review import opinions
from tally_finance.review.opinions import Opinion
from tally_finance.review_api.tables import OPINIONS

MOST: Final = 200
"""Of one report: a loan's life has some dozens."""
MOST_OF_ONE: Final = 50
"""Of one report by one token, so that no verifier takes the place of the bank's conclusion."""


@dataclass(frozen=True, slots=True)
class Brought:
    """An opinion, by whose token it came, and when (Unix seconds)."""

    opinion: Opinion
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What a list says of an opinion. `until`: Unix seconds; `kid`: of the key that signed it."""

    report: bytes
    statement: bytes
    kind: str
    until: int
    kid: bytes


class Opinions:
    """Those of one desk in a migrated database."""

    def __init__(self, engine: Engine, desk: str) -> None:
        self._engine, self._desk = engine, desk
        self._outlines: dict[bytes, Outline] = {}
        """By statement: what was signed does not change, and is read once."""

    def add(self, brought: Brought) -> None:
        """Keep one; the same again changes nothing. Raises ReviewError where a report has as many as it may."""
        report, statement = brought.opinion.said.bound.report, brought.opinion.statement.id
        at = (OPINIONS.c.desk == self._desk, OPINIONS.c.report == report)
        row = {
            "desk": self._desk, "report": report, "statement": statement, "brought_by": brought.by,
            "arrived_at": brought.at, "body": opinions.encode(brought.opinion),
        }  # fmt: skip
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                there = select(OPINIONS.c.statement).where(*at, OPINIONS.c.statement == statement)
                if connection.execute(there).first() is not None:
                    return
                for most, those in ((MOST, at), (MOST_OF_ONE, (*at, OPINIONS.c.brought_by == brought.by))):
                    if connection.execute(select(func.count()).where(*those)).scalar_one() >= most:
                        raise ReviewError(f"a report has at most {MOST} opinions here, {MOST_OF_ONE} by one token")
                connection.execute(insert(OPINIONS).values(row))
        except IntegrityError:  # somebody else brought the same one meanwhile
            return

    def all(self, report: bytes) -> tuple[Brought, ...]:
        """Those on a report, oldest first. Raises ReviewError, SignatureError where one was changed."""
        query = select(OPINIONS).where(OPINIONS.c.desk == self._desk, OPINIONS.c.report == report)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(OPINIONS.c.arrived_at, OPINIONS.c.statement)).all()
        return tuple(Brought(opinions.decode(bytes(row.body)), row.brought_by, row.arrived_at) for row in rows)

    def outlines(self) -> tuple[Outline, ...]:
        """All of the desk, in a few words each. Raises as `all` does."""
        query = select(OPINIONS.c.statement).where(OPINIONS.c.desk == self._desk)
        with self._engine.connect() as connection:
            there = [bytes(one) for one in connection.execute(query).scalars()]
            unread = [one for one in there if one not in self._outlines]
            for begin in range(0, len(unread), _AT_ONCE):
                some = unread[begin : begin + _AT_ONCE]
                rows = select(OPINIONS.c.body).where(OPINIONS.c.desk == self._desk, OPINIONS.c.statement.in_(some))
                for body in connection.execute(rows).scalars():
                    read = _outline(opinions.decode(bytes(body)))
                    self._outlines[read.statement] = read
        return tuple(self._outlines[one] for one in there)


_AT_ONCE: Final = 500
"""Names in a query: SQLite takes so many at least."""


def _outline(one: Opinion) -> Outline:
    kind = one.statement.claims.kind.value
    return Outline(one.said.bound.report, one.statement.id, kind, one.said.until, one.key.kid)
