"""Accounts of the portal: organisations, people, factors, sessions, and a log of what was done, which stays."""

import sqlalchemy as sa
from alembic import op

from tally_finance.errors import BookError

revision = "0009"
down_revision = "0008"

_SQLITE = """CREATE TRIGGER portal_audit_{verb} BEFORE {verb} ON portal_audit
BEGIN SELECT RAISE(ABORT, 'portal_audit is append-only'); END"""

_POSTGRESQL = (
    """CREATE FUNCTION portal_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'portal_audit is append-only'; END $$""",
    """CREATE TRIGGER portal_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON portal_audit
FOR EACH STATEMENT EXECUTE FUNCTION portal_audit_append_only()""",
)


def upgrade() -> None:
    """From a reviewers' desk."""
    _people()
    _factors()
    _sessions()
    op.create_table(
        "portal_audit",
        _at("seq", primary=True),
        _hash("digest"),
        _hash("prev"),
        _at("at"),
        sa.Column("organisation", sa.LargeBinary(32)),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("digest", name="portal_audit_digest"),
        sa.UniqueConstraint("prev", name="portal_audit_prev"),
        sa.CheckConstraint("seq > 0", name="portal_audit_seq_from_one"),
    )
    op.create_index("portal_audit_organisation", "portal_audit", ["organisation", "seq"])
    if op.get_bind().dialect.name == "sqlite":
        statements: tuple[str, ...] = tuple(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = _POSTGRESQL
    for one in statements:
        op.execute(one)


def downgrade() -> None:
    """Refused: what was done is not forgotten."""
    raise BookError("the audit log stays: a database of books is not taken back to an older version")


def _people() -> None:
    op.create_table(
        "portal_organisations",
        _hash("id", primary=True),
        sa.Column("latin", sa.Text, nullable=False),
        sa.Column("chinese", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        _at("made_at"),
        sa.CheckConstraint("length(id) = 32", name="portal_organisations_id"),
    )
    op.create_table(
        "portal_accounts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("organisation", sa.LargeBinary(32), sa.ForeignKey("portal_organisations.id"), nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("password", sa.Text),
        _at("made_at"),
        sa.Column("signed_in_at", sa.BigInteger),
        sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    )


def _factors() -> None:
    op.create_table(
        "portal_passkeys",
        sa.Column("credential", sa.LargeBinary(1023), primary_key=True),
        _account(),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        _at("sign_count"),
        sa.Column("label", sa.Text, nullable=False),
        _at("made_at"),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_table(
        "portal_totp",
        _account(primary=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _at("last_step"),
        _at("made_at"),
    )
    op.create_table(
        "portal_recovery",
        _account(),
        _hash("sha256"),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("account", "sha256", name="portal_recovery_code"),
    )
    op.create_table(
        "portal_bindings",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        _account(),
        _at("made_at"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="portal_bindings_subject"),
        sa.UniqueConstraint("issuer", "account", name="portal_bindings_account"),
    )
    op.create_table(
        "portal_links",
        _hash("sha256", primary=True),
        _account(),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        _at("made_at"),
        _at("expires_at"),
        sa.Column("used_at", sa.BigInteger),
    )


def _sessions() -> None:
    op.create_table(
        "portal_tokens",
        sa.Column("book", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        _account(),
        sa.PrimaryKeyConstraint("book", "name", name="portal_tokens_name"),
    )
    op.create_table(
        "portal_sessions",
        _hash("sha256", primary=True),
        _account(),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        _at("made_at"),
        _at("seen_at"),
        _at("proven_at"),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("portal_sessions_account", "portal_sessions", ["account", "ended_at"])
    op.create_table(
        "portal_pending",
        _hash("sha256", primary=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        _at("expires_at"),
    )
    op.create_table(
        "portal_tries",
        _hash("at", primary=True),
        sa.Column("failed", sa.Integer, nullable=False),
        _at("last_at"),
    )


def _account(*, primary: bool = False) -> "sa.Column[str]":
    return sa.Column(
        "account", sa.String(40), sa.ForeignKey("portal_accounts.name"), nullable=False, primary_key=primary
    )


def _hash(name: str, *, primary: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(32), nullable=False, primary_key=primary)


def _at(name: str, *, primary: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False, primary_key=primary, autoincrement=False)
