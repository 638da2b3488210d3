"""The zone of a site's clock beside each report on the shelf; of those from before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """From handovers of the portal."""
    op.add_column("review_shelf", sa.Column("timezone", sa.Text))


def downgrade() -> None:
    """Back to times of one zone."""
    op.drop_column("review_shelf", "timezone")
