"""A reviewers' desk: reports on its shelf, who reads them, what arrived, and the opinions, which stay."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0008"
down_revision = "0007"

_SQLITE = """CREATE TRIGGER review_opinions_{verb} BEFORE {verb} ON review_opinions
BEGIN SELECT RAISE(ABORT, 'review_opinions is append-only'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION review_opinions_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'review_opinions is append-only'; END $$""",
    """CREATE TRIGGER review_opinions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON review_opinions
FOR EACH STATEMENT EXECUTE FUNCTION review_opinions_append_only()""",
)


def upgrade() -> None:
    """From versions of reports."""
    op.create_table(
        "review_shelf",
        _desk(),
        _digest("report"),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("to_at", sa.BigInteger, nullable=False),
        sa.Column("holds", sa.Integer, nullable=False),
        sa.Column("verified_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("desk", "report", name="review_shelf_report"),
    )
    op.create_table(
        "review_arrivals",
        _desk(),
        _digest("report"),
        _digest("organisation"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("desk", "report", "organisation", name="review_arrivals_report"),
    )
    op.create_table(
        "review_readers",
        _desk(),
        _digest("report"),
        _digest("organisation"),
        _digest("by"),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("desk", "organisation", "report", name="review_readers_report"),
    )
    op.create_table(
        "review_opinions",
        _desk(),
        _digest("report"),
        _digest("statement"),
        sa.Column("brought_by", sa.String(64), nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("desk", "report", "statement", name="review_opinions_statement"),
    )
    if op.get_bind().dialect.name == "sqlite":
        statements: tuple[str, ...] = tuple(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRESQL
    for one in statements:
        op.execute(one)


def downgrade() -> None:
    """Refused: what was signed is not taken back."""
    raise BookError("opinions stay: a database of books is not taken back to an older version")


def _desk() -> "sa.Column[str]":
    return sa.Column("desk", sa.String(64), nullable=False)


def _digest(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(32), nullable=False)
