"""Reports that were computed again, in files by digest, and who reads them (访问名单).

    DIR/arriving/DIGEST/     what was sent and not yet computed
    DIR/kept/DIGEST/         folders of reports (report.folder), never changed

A folder comes to `kept` by one rename; that it is there and not in the database is mended when it is computed once
more. An organisation reads what it brought, and what a reader of a report let it read.
"""

from __future__ import annotations

import secrets
import shutil
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, Row, Select, insert, select
from sqlalchemy.exc import IntegrityError

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.report import folder
from tally_finance.report.folder import Kept
from tally_finance.review import reported
from tally_finance.review.reported import Reported
from tally_finance.review_api.tables import READERS, SHELF

_MOST_HELD: Final = 8


@dataclass(frozen=True, slots=True)
class Shelved:
    """A report on the shelf. `holds`: whether its evidence held when it was computed again. Times: Unix seconds.

    `timezone`: of the site's clock, by its name; None where the report was shelved before that was noted.
    """

    digest: bytes
    entity: str
    site: str
    from_at: int
    to_at: int
    holds: bool
    verified_at: int
    timezone: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """An organisation that may read a report, who let it, and since when (Unix seconds)."""

    organisation: bytes
    by: bytes
    since: int


class Shelf:
    """The shelf of one desk: a folder, and a migrated database."""

    def __init__(self, engine: Engine, desk: str, root: Path) -> None:
        self._engine, self._desk, self._root = engine, desk, root
        for name in ("arriving", "kept"):
            durable.make_folder(root / name, mode=0o700)
        self._held: OrderedDict[bytes, tuple[Kept, Reported]] = OrderedDict()
        self._turn = Lock()

    def waiting(self) -> tuple[Path, ...]:
        """All folders that wait, also those that are half there."""
        return tuple((self._root / "arriving").iterdir())

    def arriving(self, digest: bytes) -> Path:
        """Where a report waits to be computed."""
        return self._root / "arriving" / digest.hex()

    def place(self, digest: bytes) -> Path:
        """Where a report is kept."""
        return self._root / "kept" / digest.hex()

    def new(self) -> Path:
        """Where a folder is written before it is taken; after a power cut it is nobody's."""
        return self._root / "arriving" / f".{secrets.token_hex(8)}"

    def receive(self, new: Path, digest: bytes) -> None:
        """Take a folder that was written and read as a report; where there is the same it changes nothing."""
        place = self.arriving(digest)
        if not place.exists() and not self.place(digest).exists():
            new.rename(place)
            durable.sync_folder(place.parent)

    def put(self, digest: bytes) -> None:
        """Bring a folder that was computed to those that are kept."""
        place = self.place(digest)
        if not place.exists():
            self.arriving(digest).rename(place)
            durable.sync_folder(place.parent)
        self.forget(digest)

    def forget(self, digest: bytes) -> None:
        """Take away what waits; nobody needs it any more."""
        shutil.rmtree(self.arriving(digest), ignore_errors=True)

    def tell(self, digest: bytes, now: int, *, holds: bool) -> None:
        """Write into the database that a report is kept. The first that said so stands."""
        said = self.read(digest)[1]
        row = {
            "desk": self._desk, "report": digest, "entity": said.entity, "site": said.site,
            "from_at": said.from_at, "to_at": said.to_at, "holds": int(holds), "verified_at": now,
            "timezone": said.timezone,
        }  # fmt: skip
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(SHELF).values(row))
        except IntegrityError:
            return

    def read(self, digest: bytes) -> tuple[Kept, Reported]:
        """A report that is kept, it and its parts held against their digests when they are read. Raises ConfigError."""
        with self._turn:
            if digest in self._held:
                self._held.move_to_end(digest)
                return self._held[digest]
        kept = folder.read(self.place(digest))
        if sha256(kept.data).digest() != digest:
            raise ConfigError(
                f"{kept.folder}: {folder.REPORT} was changed: its digest is another than the folder's name"
            )
        found = kept, reported.decode(kept.data)
        with self._turn:
            self._held[digest] = found
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
        return found

    def let(self, digest: bytes, reader: Reader) -> bool:
        """Let an organisation read a report; whether it did not before."""
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                return self.let_in(connection, digest, reader)
        except IntegrityError:  # somebody else let it in meanwhile
            return False

    def let_in(self, connection: Connection, digest: bytes, reader: Reader) -> bool:
        """The same within what else is written."""
        at = (READERS.c.desk == self._desk, READERS.c.organisation == reader.organisation, READERS.c.report == digest)
        if connection.execute(select(READERS.c.since).where(*at)).first() is not None:
            return False
        row = {"desk": self._desk, "report": digest, "organisation": reader.organisation, "by": reader.by}
        connection.execute(insert(READERS).values(**row, since=reader.since))
        return True

    def readers(self, digest: bytes) -> tuple[Reader, ...]:
        """Who reads it, by id."""
        query = select(READERS).where(READERS.c.desk == self._desk, READERS.c.report == digest)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(READERS.c.organisation)).all()
        return tuple(Reader(row.organisation, row.by, row.since) for row in rows)

    def find(self, organisation: bytes, digest: bytes) -> Shelved | None:
        """A report that an organisation may read; None for what is not there, or not for it."""
        with self._engine.connect() as connection:
            row = connection.execute(self._of(organisation).where(SHELF.c.report == digest)).first()
        return None if row is None else _shelved(row)

    def all(self, organisation: bytes) -> tuple[Shelved, ...]:
        """Reports that an organisation may read, by digest."""
        with self._engine.connect() as connection:
            return tuple(map(_shelved, connection.execute(self._of(organisation).order_by(SHELF.c.report))))

    def newest(self, organisation: bytes) -> tuple[bytes, ...]:
        """The digests of all reports that an organisation may read, what was computed last first."""
        query = self._of(organisation).order_by(SHELF.c.verified_at.desc(), SHELF.c.report)
        with self._engine.connect() as connection:
            return tuple(bytes(row.report) for row in connection.execute(query))

    def _of(self, organisation: bytes) -> Select[tuple[object, ...]]:
        same = (READERS.c.desk == SHELF.c.desk) & (READERS.c.report == SHELF.c.report)
        joined = select(SHELF).join(READERS, same)
        return joined.where(SHELF.c.desk == self._desk, READERS.c.organisation == organisation)


def _shelved(row: Row[tuple[object, ...]]) -> Shelved:
    return Shelved(
        row.report, row.entity, row.site, row.from_at, row.to_at, bool(row.holds), row.verified_at, row.timezone
    )
