"""What a desk keeps beside its book: documents, drafts of operations, tokens, answers under idempotency keys."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From a book alone."""
    op.create_table(
        "documents",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("arrival", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.LargeBinary(32)),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("book", "digest", name="documents_digest"),
        sa.UniqueConstraint("book", "arrival", name="documents_arrival"),
    )
    op.create_table(
        "drafts",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("begun_by", sa.LargeBinary(32), nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("computation", sa.LargeBinary(32)),
        sa.Column("sent", sa.LargeBinary(32)),
        sa.Column("file", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("book", "digest", name="drafts_digest"),
    )
    op.create_table(
        "tokens",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("organisation", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("may_write", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("book", "name", name="tokens_name"),
        sa.UniqueConstraint("sha256", name="tokens_sha256"),
    )
    op.create_table(
        "answers",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("request", sa.LargeBinary(32), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("book", "token", "key", name="answers_key"),
    )


def downgrade() -> None:
    """Refused: what a book names would be gone."""
    raise BookError("the journal is append-only: a database of books is not taken back to an older version")
