"""The tables of a watch, beside those of its book.

alerts      notes on alerts; nothing is ever changed or deleted in it, and the database itself refuses to
read_logs   how far each log was read, a cache that can be deleted: then the log is read from its beginning
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from tally_finance.book.schema import METADATA

ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("prev", LargeBinary(32), nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("became", Integer, nullable=False),
    Column("alert", BigInteger, nullable=False),
    Column("code", Integer, nullable=False),
    Column("note", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book", "seq", name="alerts_seq"),
    UniqueConstraint("digest", name="alerts_digest"),
    UniqueConstraint("book", "prev", name="alerts_prev"),
    CheckConstraint("seq > 0", name="alerts_seq_from_one"),
    CheckConstraint("length(digest) = 32 AND length(prev) = 32", name="alerts_hashes"),
)

READ_LOGS: Final = Table(
    "read_logs",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("origin", String(255), nullable=False),
    Column("kept_at", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book", "origin", name="read_logs_origin"),
)
