"""For which lots a bundle was taken, and when each: one bundle of a site may serve several."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0005"
down_revision = "0004"

_TAKEN = """INSERT INTO bundle_lots (book, digest, lot, arrival, received_at, entries, block, seq)
SELECT book, digest, about, arrival, received_at, entries, block, seq FROM documents WHERE about IS NOT NULL"""


def upgrade() -> None:
    """From a desk whose bundles were about one lot each."""
    op.create_table(
        "bundle_lots",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("lot", sa.LargeBinary(32), nullable=False),
        sa.Column("arrival", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("book", "digest", "lot", name="bundle_lots_taken"),
        sa.UniqueConstraint("book", "arrival", name="bundle_lots_arrival"),
    )
    op.execute(_TAKEN)
    op.drop_column("documents", "about")


def downgrade() -> None:
    """Refused: what a bundle was taken for would be lost."""
    raise BookError("a database of books is not taken back to an older version")
