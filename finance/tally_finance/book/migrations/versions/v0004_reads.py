"""How far a desk read its chain, where a document stands among entries, who carries a request out."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """From the notes of a watch. Of documents that are there already the place among the entries is not known."""
    op.create_table(
        "chain_reads",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("parties", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("book", name="chain_reads_book"),
    )
    op.add_column("documents", sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("answers", sa.Column("holder", sa.LargeBinary(16), nullable=False, server_default=""))


def downgrade() -> None:
    """Refused, as always."""
    raise BookError("a database of books is not taken back to an older version")
