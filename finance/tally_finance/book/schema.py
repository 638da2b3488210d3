"""The tables of books, and how a database comes to have them: Alembic migrations, from empty to the newest, never back.

    journal     the entries; nothing is ever changed or deleted in it, and the database itself refuses to
    standings   what follows from them by facility, a cache that can be deleted and made again at any time

What must be one is held by the database: one entry at each number of a book, one entry after each entry (no fork), one
effect for each writer's key, one correction of each entry.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from tally_finance.errors import BookError

METADATA: Final = MetaData()

JOURNAL: Final = Table(
    "journal",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("prev", LargeBinary(32), nullable=False),
    Column("effective_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("key", String(120), nullable=False),
    Column("part", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("corrects", LargeBinary(32)),
    Column("entry", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book", "seq", name="journal_seq"),
    UniqueConstraint("digest", name="journal_digest"),
    UniqueConstraint("book", "prev", name="journal_prev"),
    UniqueConstraint("book", "key", "part", name="journal_key"),
    UniqueConstraint("book", "corrects", name="journal_corrects"),
    CheckConstraint("seq > 0", name="journal_seq_from_one"),
    CheckConstraint("effective_at <= known_at", name="journal_times"),
    CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="journal_hashes"),
)

STANDINGS: Final = Table(
    "standings",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("facility", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("owed_fen", BigInteger, nullable=False),
    Column("lendable_fen", BigInteger, nullable=False),
    Column("available_fen", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    PrimaryKeyConstraint("book", "facility", name="standings_facility"),
)

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x74616C6C79  # "tally": any number that nobody else locks


def config(connection: Connection | None = None) -> Config:
    """For Alembic: where the migrations are, and the connection that they run on."""
    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The version that this program writes."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    assert head is not None  # noqa: S101  the package carries its migrations
    return head


def migrate(engine: Engine) -> None:
    """Bring a database to the newest version, in one transaction; two programs that start at once wait for each other.

    Raises BookError where a newer program has written it.
    """
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = MigrationContext.configure(connection).get_current_revision()
        scripts = ScriptDirectory.from_config(config())
        known = {script.revision for script in scripts.walk_revisions()}
        if found is not None and found not in known:
            raise BookError(f"the database has version {found}, which a newer program wrote; this one knows {newest()}")
        command.upgrade(config(connection), "head")
