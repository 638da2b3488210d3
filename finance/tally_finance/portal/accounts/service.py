"""The accounts of one portal: what its routes stand on, and who asks. The portal's `Sessions`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tally_edge import keys, signer
from tally_edge.keys import Signer
from tally_finance.portal.accounts import sealing
from tally_finance.portal.accounts.account import State
from tally_finance.portal.accounts.audit import NOBODY, Done
from tally_finance.portal.accounts.audit_log import AuditLog
from tally_finance.portal.accounts.directory import Directory
from tally_finance.portal.accounts.factors import Factors
from tally_finance.portal.accounts.knocks import Knocks
from tally_finance.portal.accounts.links import Links
from tally_finance.portal.accounts.passkeys import Relying
from tally_finance.portal.accounts.password import Passwords
from tally_finance.portal.accounts.pending import Pending
from tally_finance.portal.accounts.sealing import Sealing
from tally_finance.portal.accounts.sessions import Session, Sessions, form_token
from tally_finance.portal.accounts.settings import Settings
from tally_finance.portal.accounts.tries import Attempts, network_of
from tally_finance.portal.visitor import Visitor
from tally_gateway.errors import ApiError
from tally_gateway.pages.guest import BY_ITSELF
from tally_gateway.pages.words import Words

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn(Visitor):
    """A Visitor by a session."""

    session: Session | None = None


class Accounts:
    """Over a migrated database. `clock`: Unix seconds."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        secrets: tuple[Signer, Sealing],
        clock: Callable[[], int] = lambda: int(time.time()),
        passwords: Passwords | None = None,
    ) -> None:
        self.engine, self.settings, self.clock = engine, settings, clock
        self.passwords = passwords or Passwords()
        self.directory, self.links, self.pending = Directory(engine), Links(engine), Pending(engine)
        self.attempts, self.sessions = Attempts(engine), Sessions(engine)
        self.sealing = secrets[1]
        self.factors = Factors(engine, self.sealing)
        self.audit = AuditLog(engine, secrets[0], clock)
        self.knocks, self.begun = Knocks(), Knocks(most_of_network=1_000, most=1_000_000)
        """Rows that strangers caused in the log, and ways that anybody began (see `signing_in.must_be_few`)."""

    @property
    def relying(self) -> Relying:
        """The portal to an authenticator."""
        return Relying(self.settings.address, self.settings.name.english)

    def guest_of(self, request: Request) -> SignedIn | None:
        """See `portal.visitor.Sessions`. An account that was locked meanwhile is nobody."""
        try:
            return self._guest_of(request)
        except SQLAlchemyError as error:
            _LOG.error("sessions can not be read: %s: %s", type(error).__name__, error)
            raise ApiError(
                503, "the database does not answer just now", Words("come again in a moment", "请稍后再试")
            ) from None

    def _guest_of(self, request: Request) -> SignedIn | None:
        secret = request.cookies.get(self.settings.cookie, "")
        found = self.sessions.find(secret, self.clock(), is_use=BY_ITSELF not in request.headers)
        if found is None or found.account.state is not State.ACTIVE:
            return None
        account, organisation = found.account, found.organisation
        of, roles = Words(organisation.latin, organisation.chinese), account.roles & organisation.roles
        return SignedIn(
            account.name, form_token(secret), roles, of, organisation.id, may_write=True, session=found.session
        )

    def network(self, request: Request) -> str:
        """From where a request comes, as far as it is kept."""
        address = request.client.host if request.client is not None else ""
        if self.settings.behind_proxy:
            # The last of all lines: a proxy may add its own line below one that a stranger wrote.
            given = request.headers.getlist("x-forwarded-for")
            address = given[-1].rpartition(",")[2].strip() if given else address
        return network_of(address)

    def did(self, request: Request, what: str, about: str, outcome: str = "done", account: str | None = None) -> None:
        """Write down what was done by this request, once: the general record of it is left out."""
        guest: Visitor | None = getattr(request.state, "guest", None)
        name = account or (guest.name if guest is not None else NOBODY)
        known = self.directory.account(name)
        organisation = None if known is None else known.organisation
        request.state.recorded = True
        if guest is None and outcome != "done":
            noted = self.knocks.note(about, self.network(request), self.clock(), is_known=known is not None)
            if noted is None:
                return
            about = noted
        self.audit.add(Done(name, what, about, self.network(request), outcome, organisation))


def open_accounts(engine: Engine, settings: Settings) -> Accounts:
    """With the keys in the portal's folder. Raises ConfigError, KeyStoreError."""
    key = sealing.load(settings.seal_key)
    return Accounts(engine, settings, (signer.load(settings.audit_key, key.hex()), Sealing(key)))


def make_keys(audit_key: Path, seal_key: Path) -> Signer:
    """New keys in files. The audit key's passphrase is the other one: a portal starts with nobody beside it.

    Raises ConfigError, KeyStoreError where one is there.
    """
    sealing.make_key(seal_key)
    made = signer.generate(keys.EDDSA)
    made.save(audit_key, sealing.load(seal_key).hex())
    return made
