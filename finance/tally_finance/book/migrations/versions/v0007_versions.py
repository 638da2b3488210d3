"""Versions of reports and the reports themselves, which the database keeps from being changed."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0007"
down_revision = "0006"

_TABLES = ("review_reports", "review_versions")

_SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""",
    """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()""",
)


def upgrade() -> None:
    """From a host of footprints."""
    op.create_table(
        "review_reports",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="review_reports_digest"),
        sa.CheckConstraint("length(digest) = 32", name="review_reports_hashes"),
    )
    op.create_table(
        "review_versions",
        sa.Column("line", sa.String(255), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("prev", sa.LargeBinary(32), nullable=False),
        sa.Column("report", sa.LargeBinary(32), nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("line", "number", name="review_versions_number"),
        sa.UniqueConstraint("digest", name="review_versions_digest"),
        sa.UniqueConstraint("line", "prev", name="review_versions_prev"),
        sa.ForeignKeyConstraint(["report"], ["review_reports.digest"], name="review_versions_report"),
        sa.CheckConstraint("number > 0", name="review_versions_from_one"),
        sa.CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="review_versions_hashes"),
    )
    for table in _TABLES:
        if op.get_bind().dialect.name == "sqlite":
            statements: tuple[str, ...] = tuple(_SQLITE.format(table=table, verb=verb) for verb in ("UPDATE", "DELETE"))
        else:
            statements = tuple(one.format(table=table) for one in _POSTGRESQL)
        for statement in statements:
            op.execute(statement)


def downgrade() -> None:
    """Refused: what was reported is not taken back."""
    raise BookError("versions are append-only: a database of books is not taken back to an older version")
