"""Handovers of the portal: grants that owners made, and bundles that readers brought."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """From accounts of the portal."""
    op.create_table(
        "portal_grants",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organisation", sa.LargeBinary(32), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("evidence", sa.LargeBinary, nullable=False),
        sa.Column("draft", sa.LargeBinary),
        sa.Column("owner_key", sa.LargeBinary),
        sa.Column("reader_key", sa.LargeBinary),
        sa.Column("reader_organisation", sa.LargeBinary(32)),
        sa.Column("token_name", sa.String(64), nullable=False),
        sa.Column("salts", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("signed_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("revoked_by", sa.String(64)),
        sa.Column("reason", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="portal_grants_id"),
    )
    op.create_table(
        "portal_arrivals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organisation", sa.LargeBinary(32), nullable=False),
        sa.Column("brought_by", sa.String(64), nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("opened", sa.LargeBinary),
        sa.Column("opened_by", sa.LargeBinary(32)),
        sa.Column("policy", sa.Text),
        sa.Column("compared", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="portal_arrivals_id"),
    )
    op.create_index("portal_grants_organisation", "portal_grants", ["organisation"])
    op.create_index("portal_arrivals_organisation", "portal_arrivals", ["organisation"])


def downgrade() -> None:
    """Refused: what was granted is not forgotten."""
    raise BookError("grants stay: a database of books is not taken back to an older version")
