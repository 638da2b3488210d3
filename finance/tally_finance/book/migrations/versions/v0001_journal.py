"""The journal, which the database keeps from being changed, and the cache of standings."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0001"
down_revision = None

_SQLITE = """CREATE TRIGGER journal_{verb} BEFORE {verb} ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$""",
    """CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()""",
)


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "journal",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("prev", sa.LargeBinary(32), nullable=False),
        sa.Column("effective_at", sa.BigInteger, nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("corrects", sa.LargeBinary(32)),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("book", "seq", name="journal_seq"),
        sa.UniqueConstraint("digest", name="journal_digest"),
        sa.UniqueConstraint("book", "prev", name="journal_prev"),
        sa.UniqueConstraint("book", "key", "part", name="journal_key"),
        sa.UniqueConstraint("book", "corrects", name="journal_corrects"),
        sa.CheckConstraint("seq > 0", name="journal_seq_from_one"),
        sa.CheckConstraint("effective_at <= known_at", name="journal_times"),
        sa.CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="journal_hashes"),
    )
    op.create_table(
        "standings",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("facility", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("owed_fen", sa.BigInteger, nullable=False),
        sa.Column("lendable_fen", sa.BigInteger, nullable=False),
        sa.Column("available_fen", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("book", "facility", name="standings_facility"),
    )
    if op.get_bind().dialect.name == "sqlite":
        statements: tuple[str, ...] = tuple(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Refused: a journal is not taken back."""
    raise BookError("the journal is append-only: a database of books is not taken back to an older version")
