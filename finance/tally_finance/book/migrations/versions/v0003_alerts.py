"""The notes of a watch, which the database keeps from being changed, and how far it read each log, a cache."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0003"
down_revision = "0002"

_SQLITE = """CREATE TRIGGER alerts_{verb} BEFORE {verb} ON alerts
BEGIN SELECT RAISE(ABORT, 'alerts are append-only'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION alerts_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'alerts are append-only'; END $$""",
    """CREATE TRIGGER alerts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alerts
FOR EACH STATEMENT EXECUTE FUNCTION alerts_append_only()""",
)


def upgrade() -> None:
    """From a desk."""
    op.create_table(
        "alerts",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("prev", sa.LargeBinary(32), nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("became", sa.Integer, nullable=False),
        sa.Column("alert", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("book", "seq", name="alerts_seq"),
        sa.UniqueConstraint("digest", name="alerts_digest"),
        sa.UniqueConstraint("book", "prev", name="alerts_prev"),
        sa.CheckConstraint("seq > 0", name="alerts_seq_from_one"),
        sa.CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="alerts_hashes"),
    )
    op.create_table(
        "read_logs",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("book", "origin", name="read_logs_origin"),
    )
    if op.get_bind().dialect.name == "sqlite":
        statements: tuple[str, ...] = tuple(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Refused: what was told is not taken back."""
    raise BookError("alerts are append-only: a database of books is not taken back to an older version")
