"""The tables of a host of footprints: what it offers, to whom, what came in, what goes out.

footprints   documents, which never change but for their status; `footprint_terms` are what they are found by
partners     companies that may ask: hashes of their secrets, and where our answers to them go
access       tokens that partners were given for an hour: hashes
inbox        events that came, each once by its source and id
outbox       events that go out, until they are taken or given up
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tally_finance.book.schema import METADATA

FOOTPRINTS: Final = Table(
    "pact_footprints",
    METADATA,
    Column("host", String(64), nullable=False),
    Column("id", String(36), nullable=False),
    Column("arrival", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("valid_from_us", BigInteger, nullable=False),
    Column("valid_to_us", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("host", "id", name="pact_footprints_id"),
    UniqueConstraint("host", "arrival", name="pact_footprints_arrival"),
)

TERMS: Final = Table(
    "pact_footprint_terms",
    METADATA,
    Column("host", String(64), nullable=False),
    Column("id", String(36), nullable=False),
    Column("criterion", String(16), nullable=False),
    Column("value", String(2000), nullable=False),
    ForeignKeyConstraint(["host", "id"], ["pact_footprints.host", "pact_footprints.id"], name="pact_terms_footprint"),
    PrimaryKeyConstraint("host", "criterion", "value", "id", name="pact_footprint_terms_value"),
)

PARTNERS: Final = Table(
    "pact_partners",
    METADATA,
    Column("host", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("client", String(64), nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    Column("products", Text),
    Column("events_url", String(500)),
    Column("token_url", String(500)),
    Column("credentials", String(500)),
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    PrimaryKeyConstraint("host", "name", name="pact_partners_name"),
    UniqueConstraint("client", name="pact_partners_client"),
)

ACCESS: Final = Table(
    "pact_access",
    METADATA,
    Column("sha256", LargeBinary(32), nullable=False),
    Column("host", String(64), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("sha256", name="pact_access_sha256"),
)

INBOX: Final = Table(
    "pact_inbox",
    METADATA,
    Column("host", String(64), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("source", String(500), nullable=False),
    Column("id", String(500), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("remarks", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("host", "partner", "source", "id", name="pact_inbox_event"),
    UniqueConstraint("host", "number", name="pact_inbox_number"),
)

OUTBOX: Final = Table(
    "pact_outbox",
    METADATA,
    Column("host", String(64), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("partner", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done_at", BigInteger),
    Column("given_up", Integer, nullable=False),
    Column("said", String(500), nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("host", "number", name="pact_outbox_number"),
    Index("pact_outbox_waiting", "host", "done_at", "next_at"),
)
