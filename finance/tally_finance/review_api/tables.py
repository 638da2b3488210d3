"""The tables of a reviewers' desk, beside those of versions: what is kept in files, who reads it, what was signed.

review_shelf      reports that were computed again and are kept, by digest
review_arrivals   what each organisation sent, and what became of it
review_readers    which organisation may read which report
review_opinions   signed opinions, each as its file is; the database refuses to change or delete one
review_ledgers    ledgers of misstatements that are being written: a row for each time that somebody saved one
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
    Text,
)

from tally_finance.book.schema import METADATA

SHELF: Final = Table(
    "review_shelf",
    METADATA,
    Column("desk", String(64), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("entity", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("holds", Integer, nullable=False),
    Column("verified_at", BigInteger, nullable=False),
    Column("timezone", Text),
    PrimaryKeyConstraint("desk", "report", name="review_shelf_report"),
)

ARRIVALS: Final = Table(
    "review_arrivals",
    METADATA,
    Column("desk", String(64), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    PrimaryKeyConstraint("desk", "report", "organisation", name="review_arrivals_report"),
)

READERS: Final = Table(
    "review_readers",
    METADATA,
    Column("desk", String(64), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("by", LargeBinary(32), nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("desk", "organisation", "report", name="review_readers_report"),
)

OPINIONS: Final = Table(
    "review_opinions",
    METADATA,
    Column("desk", String(64), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("statement", LargeBinary(32), nullable=False),
    Column("brought_by", String(64), nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("desk", "report", "statement", name="review_opinions_statement"),
)

LEDGERS: Final = Table(
    "review_ledgers",
    METADATA,
    Column("desk", String(64), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("report", LargeBinary(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("saved_by", String(64), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("carried_from", LargeBinary(32)),
    Column("opinion", LargeBinary(32)),
    PrimaryKeyConstraint("desk", "organisation", "report", "revision", name="review_ledgers_revision"),
    CheckConstraint("revision > 0", name="review_ledgers_from_one"),
)
