"""A host of product footprints."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From a desk whose bundles serve several lots."""
    op.create_table(
        "pact_footprints",
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("arrival", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("valid_from_us", sa.BigInteger, nullable=False),
        sa.Column("valid_to_us", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("host", "id", name="pact_footprints_id"),
        sa.UniqueConstraint("host", "arrival", name="pact_footprints_arrival"),
    )
    op.create_table(
        "pact_footprint_terms",
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("criterion", sa.String(16), nullable=False),
        sa.Column("value", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["host", "id"], ["pact_footprints.host", "pact_footprints.id"], name="pact_terms_footprint"
        ),
        sa.PrimaryKeyConstraint("host", "criterion", "value", "id", name="pact_footprint_terms_value"),
    )
    op.create_table(
        "pact_partners",
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("products", sa.Text),
        sa.Column("events_url", sa.String(500)),
        sa.Column("token_url", sa.String(500)),
        sa.Column("credentials", sa.String(500)),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("host", "name", name="pact_partners_name"),
        sa.UniqueConstraint("client", name="pact_partners_client"),
    )
    op.create_table(
        "pact_access",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pact_access_sha256"),
    )
    op.create_table(
        "pact_inbox",
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("id", sa.String(500), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("remarks", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("host", "partner", "source", "id", name="pact_inbox_event"),
        sa.UniqueConstraint("host", "number", name="pact_inbox_number"),
    )
    op.create_table(
        "pact_outbox",
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("partner", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("given_up", sa.Integer, nullable=False),
        sa.Column("said", sa.String(500), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("host", "number", name="pact_outbox_number"),
    )
    op.create_index("pact_outbox_waiting", "pact_outbox", ["host", "done_at", "next_at"])


def downgrade() -> None:
    """Refused: what partners were given is not taken back."""
    raise BookError("footprints that partners have are kept: a database is not taken back to an older version")
