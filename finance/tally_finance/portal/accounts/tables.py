"""The tables of the portal's accounts. One database has one set of them, whatever books and desks it holds.

portal_organisations   parties of the registry, with their names
portal_accounts        people, each of one organisation
portal_passkeys        public keys of authenticators
portal_totp            secrets of one-time codes, sealed, with the last step that was used
portal_recovery        hashes of recovery codes; each is used once
portal_bindings        who of an organisation's own sign-in (OpenID Connect) is which account
portal_links           hashes of one-time links: invitation, a new second factor
portal_tokens          whose account made which of a desk's tokens
portal_sessions        hashes of session cookies
portal_pending         what a browser is in the middle of: challenges, states; minutes old at most
portal_tries           tries in vain by account name and by network
portal_audit           what was done; nothing is ever changed or deleted in it, and the database itself refuses to

Of a secret that is drawn at random only the SHA-256 is kept.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
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


def _account(*, primary: bool = False) -> Column[Any]:
    return Column("account", String(40), ForeignKey("portal_accounts.name"), nullable=False, primary_key=primary)


def _hash() -> Column[Any]:
    return Column("sha256", LargeBinary(32), primary_key=True)


ORGANISATIONS: Final = Table(
    "portal_organisations",
    METADATA,
    Column("id", LargeBinary(32), primary_key=True),
    Column("latin", Text, nullable=False),
    Column("chinese", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    CheckConstraint("length(id) = 32", name="portal_organisations_id"),
)

ACCOUNTS: Final = Table(
    "portal_accounts",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("organisation", LargeBinary(32), ForeignKey("portal_organisations.id"), nullable=False),
    Column("roles", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("password", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("signed_in_at", BigInteger),
    Column("failed", Integer, nullable=False, server_default="0"),
)

PASSKEYS: Final = Table(
    "portal_passkeys",
    METADATA,
    Column("credential", LargeBinary(1023), primary_key=True),
    _account(),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

TOTP: Final = Table(
    "portal_totp",
    METADATA,
    _account(primary=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

RECOVERY: Final = Table(
    "portal_recovery",
    METADATA,
    _account(),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("used_at", BigInteger),
    PrimaryKeyConstraint("account", "sha256", name="portal_recovery_code"),
)

BINDINGS: Final = Table(
    "portal_bindings",
    METADATA,
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    _account(),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("issuer", "subject", name="portal_bindings_subject"),
    UniqueConstraint("issuer", "account", name="portal_bindings_account"),
)

LINKS: Final = Table(
    "portal_links",
    METADATA,
    _hash(),
    _account(),
    Column("purpose", String(16), nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

TOKENS_MADE: Final = Table(
    "portal_tokens",
    METADATA,
    Column("book", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    _account(),
    PrimaryKeyConstraint("book", "name", name="portal_tokens_name"),
)

SESSIONS: Final = Table(
    "portal_sessions",
    METADATA,
    _hash(),
    _account(),
    Column("method", String(16), nullable=False),
    Column("network", String(64), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("proven_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("portal_sessions_account", "account", "ended_at"),
)

PENDING: Final = Table(
    "portal_pending",
    METADATA,
    _hash(),
    Column("kind", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

TRIES: Final = Table(
    "portal_tries",
    METADATA,
    Column("at", LargeBinary(32), primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

AUDIT: Final = Table(
    "portal_audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("prev", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("organisation", LargeBinary(32)),
    Column("account", String(40), nullable=False),
    Column("what", String(32), nullable=False),
    Column("statement", LargeBinary, nullable=False),
    UniqueConstraint("digest", name="portal_audit_digest"),
    UniqueConstraint("prev", name="portal_audit_prev"),
    CheckConstraint("seq > 0", name="portal_audit_seq_from_one"),
    Index("portal_audit_organisation", "organisation", "seq"),
)
