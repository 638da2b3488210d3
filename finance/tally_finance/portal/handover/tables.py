"""What a portal keeps of handovers.

portal_grants     grants of this portal's owners: evidence, terms, the sealed file, and whether it was revoked
portal_arrivals   bundles that readers of this portal brought, as they came and as they were opened
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from tally_finance.book.schema import METADATA

GRANTS: Final = Table(
    "portal_grants",
    METADATA,
    Column("id", String(32), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("evidence", LargeBinary, nullable=False),
    Column("draft", LargeBinary),
    Column("owner_key", LargeBinary),
    Column("reader_key", LargeBinary),
    Column("reader_organisation", LargeBinary(32)),
    Column("token_name", String(64), nullable=False),
    Column("salts", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("signed_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("revoked_by", String(64)),
    Column("reason", String(200)),
    PrimaryKeyConstraint("id", name="portal_grants_id"),
)

ARRIVALS: Final = Table(
    "portal_arrivals",
    METADATA,
    Column("id", String(32), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("brought_by", String(64), nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("name", String(120), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("opened", LargeBinary),
    Column("opened_by", LargeBinary(32)),
    Column("policy", Text),
    Column("compared", Text, nullable=False),
    PrimaryKeyConstraint("id", name="portal_arrivals_id"),
)
