"""An authority's own stream on its disk: what it has stated, and the only place where it states more.

    DIR/authority.key        the key, encrypted
    DIR/statements.sqlite    every statement, in order; the authority's URI and key id
    DIR/lock                 held by the one process that works on it

Contract, the same as an outbox's: a statement is on the disk, at its place, before its bytes leave `state` or `finish`;
one process at a time; what is kept is never changed or taken out, so a crash can not lead to two contents at one place.
A lost folder is a lost authority: copy it after each statement.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tally_edge import countersign, durable, statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, AuthorityPayload
from tally_edge.errors import ConfigError, OutboxError
from tally_edge.keys import Signer
from tally_edge.office import authority_proposal, authority_rules
from tally_edge.office.authority_proposal import Endorsement, Proposal
from tally_edge.office.authority_rules import Standing
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Statement

KEY_FILE: Final = "authority.key"
DATABASE: Final = "statements.sqlite"
_LOCK_FILE: Final = "lock"

_SCHEMA: Final = """
CREATE TABLE authority (id INTEGER PRIMARY KEY CHECK (id = 1), issuer TEXT NOT NULL, kid BLOB NOT NULL) STRICT;
CREATE TABLE statement (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, encoded BLOB NOT NULL) STRICT;
"""


def create(folder: Path, issuer: str, signer: FileSigner, passphrase: str) -> None:
    """Make the folder of a new authority named `issuer` (a URI). Raises ConfigError where there is one already."""
    if (folder / DATABASE).exists():
        raise ConfigError(f"{folder} holds an authority already")
    if (folder / KEY_FILE).exists():
        raise ConfigError(
            f"{folder} holds a key that has never signed (an init was cut short): remove it and begin again"
        )
    kid = signer.public_key.kid
    statement.encode_protected(Claims(statement.Kind.SITE_PLAN, kid, issuer, issuer, 0, 0, NO_PREV), signer.algorithm)
    durable.make_folder(folder, mode=0o700)
    signer.save(folder / KEY_FILE, passphrase)
    database = _connect(folder / DATABASE, create=True)
    try:
        database.executescript(f"BEGIN;{_SCHEMA}")
        database.execute("INSERT INTO authority VALUES (1, ?, ?)", (issuer, kid))
        database.execute("COMMIT")
    finally:
        database.close()
    durable.sync_folder(folder)


class AuthorityStream:
    """The stream in a folder that `create` made. Use it in a `with` block; it holds the folder's lock."""

    def __init__(self, folder: Path) -> None:
        """Open `folder`, and check every statement in it. Raises ConfigError, or OutboxError for a damaged one."""
        if not (folder / DATABASE).is_file():
            raise ConfigError(f"{folder} holds no authority; make one with: tallystick authority init --dir {folder}")
        self.folder = folder
        self._lock = _lock(folder)
        self._database = _connect(folder / DATABASE, create=False)
        try:
            self.issuer, self.kid = self._database.execute("SELECT issuer, kid FROM authority").fetchone()
            self.next_seq, self.prev = 0, NO_PREV
            self.standing = Standing(self.kid)
            for signed in self.statements():
                self._follow(signed)
        except (sqlite3.Error, TypeError, OutboxError) as error:
            self.close()
            raise OutboxError(f"{folder / DATABASE} is damaged: {error}") from None

    def __enter__(self) -> AuthorityStream:
        """The stream itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder back."""
        self.close()

    def close(self) -> None:
        """Give the folder back. Twice does no harm."""
        self._database.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def statements(self, from_seq: int = 0) -> Iterator[Statement]:
        """The statements from `from_seq` on, in order. Raises DecodeError for a damaged one."""
        rows = self._database.execute("SELECT encoded FROM statement WHERE seq >= ? ORDER BY seq", (from_seq,))
        for (encoded,) in rows.fetchall():
            yield statement.decode(encoded)

    def claims(self, payload: AuthorityPayload, now: int) -> Claims:
        """The claims that `payload` would be stated under, at `now` (Unix seconds)."""
        kind, subject = authority_rules.kind_of(payload), authority_rules.subject_of(payload)
        return Claims(kind, self.kid, self.issuer, subject, now, self.next_seq, self.prev)

    def state(self, payload: AuthorityPayload, now: int, authority: Signer, person: Signer | None = None) -> Statement:
        """Sign `payload` with both keys and keep it; on the disk on return. Raises ConfigError by the rules."""
        authority_rules.check(payload, self.standing, now)
        if person is not None:
            authority_rules.second_person(payload, self.standing, person.public_key.kid)
        elif authority_rules.needs_second_person(payload, self.standing):
            raise ConfigError("a second person must sign this with you")
        signed = countersign.sign(self.claims(payload, now), payload, authority, person)
        self._keep(signed)
        return signed

    def propose(self, payload: AuthorityPayload, now: int, algorithm: int) -> Proposal:
        """What a second person on another machine is asked to endorse. Nothing is kept. Raises ConfigError."""
        authority_rules.check(payload, self.standing, now)
        return authority_proposal.propose(self.claims(payload, now), payload, algorithm)

    def finish(self, proposal: Proposal, endorsement: Endorsement, now: int, authority: Signer) -> Statement:
        """Sign and keep an endorsed proposal. Raises ConfigError where the stream or the rules have moved on."""
        claims, payload = proposal.read()
        if (claims.kid, claims.issuer) != (self.kid, self.issuer):
            raise ConfigError("the proposal is of another authority")
        if (claims.seq, claims.prev) != (self.next_seq, self.prev):
            raise ConfigError("the stream has moved on since the proposal; propose again")
        if claims.subject != authority_rules.subject_of(payload):
            raise ConfigError("the proposal's header speaks of something else than its payload")
        authority_rules.check(payload, self.standing, now)
        signed, kid = authority_proposal.complete(proposal, endorsement, authority)
        authority_rules.second_person(payload, self.standing, kid)
        self._keep(signed)
        return signed

    def _keep(self, signed: Statement) -> None:
        claims = signed.claims
        if claims.kid != self.kid or (claims.seq, claims.prev) != (self.next_seq, self.prev):
            raise OutboxError("a statement must follow the one before it in this stream")
        try:
            row = (claims.seq, signed.id, signed.encoded)
            self._database.execute("INSERT INTO statement VALUES (?, ?, ?)", row)  # autocommit: synced on return
        except sqlite3.Error as error:
            raise OutboxError(f"the statement could not be kept: {error}") from None
        self._follow(signed)

    def _follow(self, signed: Statement) -> None:
        claims = signed.claims
        if claims.kid != self.kid or (claims.seq, claims.prev) != (self.next_seq, self.prev):
            raise OutboxError(f"statement {claims.seq} does not follow the one before it")
        payload = wire.decode(PAYLOAD_OF_KIND[claims.kind], signed.payload)
        self.standing = self.standing.after(payload)
        self.next_seq, self.prev = self.next_seq + 1, signed.id


def _connect(path: Path, *, create: bool) -> sqlite3.Connection:
    try:
        mode = "rwc" if create else "rw"
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        raise OutboxError(f"cannot open {path}: {error}") from None
    return database


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OutboxError(f"{folder} is in use by another process") from None
    return descriptor
