"""A reviewers' desk: ledgers of misstatements that organisations are writing, by what each person saved."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """From zones of sites."""
    op.create_table(
        "review_ledgers",
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("organisation", sa.LargeBinary(32), nullable=False),
        sa.Column("report", sa.LargeBinary(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("saved_by", sa.String(64), nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("carried_from", sa.LargeBinary(32)),
        sa.Column("opinion", sa.LargeBinary(32)),
        sa.PrimaryKeyConstraint("desk", "organisation", "report", "revision", name="review_ledgers_revision"),
        sa.CheckConstraint("revision > 0", name="review_ledgers_from_one"),
    )


def downgrade() -> None:
    """Refused: what people wrote down is not forgotten."""
    raise BookError("ledgers stay: a database of books is not taken back to an older version")
