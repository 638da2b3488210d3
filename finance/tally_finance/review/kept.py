"""Versions in a database of books: each with its report, none ever changed; the newest of any day can be read again.

    review_reports     the bytes of reports by their digest
    review_versions    the versions (`versions`), numbered by line; prev is the digest of the one before

The database refuses to change or delete either. A version's `known_at` is when it was kept, by the clock of whoever
keeps: nothing can be put in afterwards for a day on which a covenant was tested.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    ForeignKeyConstraint,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from tally_edge import wire as codec
from tally_finance.book.schema import METADATA
from tally_finance.errors import ReviewError
from tally_finance.review import reported
from tally_finance.review.reported import Reported
from tally_finance.review.versions import Reason, Stated, Version, Versions, begin

MAX_LINE: Final = 255

REPORTS: Final = Table(
    "review_reports",
    METADATA,
    Column("digest", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("digest", name="review_reports_digest"),
    CheckConstraint("length(digest) = 32", name="review_reports_hashes"),
)

VERSIONS: Final = Table(
    "review_versions",
    METADATA,
    Column("line", String(MAX_LINE), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("prev", LargeBinary(32), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("version", LargeBinary, nullable=False),
    PrimaryKeyConstraint("line", "number", name="review_versions_number"),
    UniqueConstraint("digest", name="review_versions_digest"),
    UniqueConstraint("line", "prev", name="review_versions_prev"),
    ForeignKeyConstraint(["report"], ["review_reports.digest"], name="review_versions_report"),
    CheckConstraint("number > 0", name="review_versions_from_one"),
    CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="review_versions_hashes"),
)


def line_of(about: Reported, figure: str, desk: str = "") -> str:
    """What the versions of one figure have in common: entity, site, period and figure.

    `desk`: whose versions they are, where several keep theirs in one database. Raises ReviewError for no figure.
    """
    about.figure(figure)
    whose = ", ".join(filter(None, (about.entity, about.site)))
    line = f"{_of(desk)}{whose}, {about.from_at} to {about.to_at}, {figure}"
    if len(line) > MAX_LINE:
        raise ReviewError(f"a line of versions is named in at most {MAX_LINE} characters")
    return line


class Kept:
    """What is kept in a migrated database; with a desk, what that desk keeps and nobody else."""

    def __init__(self, engine: Engine, desk: str = "") -> None:
        self._engine, self._desk = engine, desk

    def keep(self, about: Reported, figure: str, why: tuple[Reason, str], by: str, now: int) -> Version:
        """Keep a report as the newest version of its line, at `now` (Unix seconds). `why`: reason and explanation.

        Raises ReviewError for the report that stands already, for a first version with another reason than FIRST and a
        later one with it, for one without an explanation, and where somebody else kept a version meanwhile.
        """
        line, (reason, explanation) = line_of(about, figure, self._desk), why
        total = about.figure(figure).kg
        stated = Stated(about.digest, Fraction(total), now, explanation, by)
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                before = _versions(connection, line)
                if before.all and reason is not Reason.FIRST:
                    made = before.after(stated, reason)
                elif before.all or reason is not Reason.FIRST:
                    raise ReviewError("the first version of a line has the reason FIRST, and no other has it")
                else:
                    made = begin(line, stated)
                self._put(connection, about, made)
        except IntegrityError:
            raise ReviewError(f"somebody else kept a version of {line} meanwhile: read it, and try again") from None
        return made

    def versions(self, line: str) -> Versions:
        """All versions of a line, checked; none of a line that nobody began. Raises ReviewError."""
        if not line.startswith(_of(self._desk)):
            return Versions([])
        with self._engine.connect() as connection:
            return _versions(connection, line)

    def lines(self) -> tuple[str, ...]:
        """The lines that there are."""
        with self._engine.connect() as connection:
            query = select(VERSIONS.c.line).distinct().order_by(VERSIONS.c.line)
            return tuple(one for one in connection.execute(query).scalars() if one.startswith(_of(self._desk)))

    def restated(self, limit: int) -> tuple[Version, ...]:
        """The newest versions that took another's place, of any line."""
        query = select(VERSIONS.c.version).where(VERSIONS.c.number > 1)
        if self._desk:
            query = query.where(VERSIONS.c.line.startswith(_of(self._desk), autoescape=True))
        query = query.order_by(VERSIONS.c.known_at.desc(), VERSIONS.c.line, VERSIONS.c.number.desc()).limit(limit)
        with self._engine.connect() as connection:
            return tuple(codec.decode(Version, bytes(one)) for one in connection.execute(query).scalars())

    def report(self, version: Version) -> Reported:
        """The report of a version, however old. Raises ReviewError where it is another than was kept."""
        with self._engine.connect() as connection:
            body = connection.execute(select(REPORTS.c.body).where(REPORTS.c.digest == version.report)).scalar()
        if body is None:
            raise ReviewError(f"report {version.report.hex()} is not kept here")
        found = reported.decode(bytes(body))
        if found.digest != version.report:
            raise ReviewError(f"what is kept as report {version.report.hex()} was changed")
        return found

    def _put(self, connection: Connection, about: Reported, made: Version) -> None:
        there = connection.execute(select(REPORTS.c.digest).where(REPORTS.c.digest == about.digest)).scalar()
        if there is None:
            connection.execute(insert(REPORTS).values(digest=about.digest, body=about.raw))
        connection.execute(
            insert(VERSIONS).values(
                line=made.line,
                number=made.number,
                digest=made.digest,
                prev=made.prev,
                report=made.report,
                known_at=made.known_at,
                version=codec.encode(made),
            )
        )


def _of(desk: str) -> str:
    return f"{desk}: " if desk else ""


def _versions(connection: Connection, line: str) -> Versions:
    query = select(VERSIONS.c.version).where(VERSIONS.c.line == line).order_by(VERSIONS.c.number)
    return Versions(codec.decode(Version, bytes(one)) for one in connection.execute(query).scalars())
