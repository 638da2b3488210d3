"""The tables of a desk, beside those of its book: what it was shown, what is being signed, who may ask, what was said.

documents    bundles, quotes and computations by their SHA-256; nothing in a book names what is not here
bundle_lots  for which lots a bundle was taken, and when each
drafts       files of operations while their signatures are collected
tokens       who may ask over HTTP: hashes, never a token
answers      what a request under an idempotency key was answered, so that it is done once
chain_reads  the newest entry's block that was read, by its hash: a chain that was set back is noticed by it
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, UniqueConstraint

from tally_finance.book.schema import METADATA

DOCUMENTS: Final = Table(
    "documents",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("arrival", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book", "digest", name="documents_digest"),
    UniqueConstraint("book", "arrival", name="documents_arrival"),
)

BUNDLE_LOTS: Final = Table(
    "bundle_lots",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("lot", LargeBinary(32), nullable=False),
    Column("arrival", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("book", "digest", "lot", name="bundle_lots_taken"),
    UniqueConstraint("book", "arrival", name="bundle_lots_arrival"),
)

DRAFTS: Final = Table(
    "drafts",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("begun_by", LargeBinary(32), nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("computation", LargeBinary(32)),
    Column("sent", LargeBinary(32)),
    Column("file", LargeBinary, nullable=False),
    PrimaryKeyConstraint("book", "digest", name="drafts_digest"),
)

TOKENS: Final = Table(
    "tokens",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("organisation", LargeBinary(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("may_write", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    PrimaryKeyConstraint("book", "name", name="tokens_name"),
    UniqueConstraint("sha256", name="tokens_sha256"),
)

ANSWERS: Final = Table(
    "answers",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("token", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("request", LargeBinary(32), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("holder", LargeBinary(16), nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    PrimaryKeyConstraint("book", "token", "key", name="answers_key"),
)

CHAIN_READS: Final = Table(
    "chain_reads",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("parties", BigInteger, nullable=False),
    PrimaryKeyConstraint("book", name="chain_reads_book"),
)
