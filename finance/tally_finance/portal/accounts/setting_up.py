"""Setting up how one signs in: by a one-time link, or from one's own account; inviting, and starting over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import one_time, passkeys, password, signing_in
from tally_finance.portal.accounts.account import Account, State, name_of, roles_of
from tally_finance.portal.accounts.factors import Passkey
from tally_finance.portal.accounts.links import Link, Purpose
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.accounts.signing_in import Come

MAX_LABEL_CHARS: Final = 60

_WAITING: Final = "waiting "
"""Before a name: a secret that waits is sealed for another use than one that an account has."""

_GONE: Final = "this link was used, or is too old: ask your administrator for another"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form of setting up brings. `key`: under which the secret of one-time codes waits."""

    key: str
    password: str
    code: str


def invite(accounts: Accounts, name: str, organisation: bytes, roles: frozenset[str], by: str) -> str:
    """A new account, and the secret of its link. Raises AccountError."""
    now = accounts.clock()
    made = Account(name_of(name), organisation, roles_of(roles), State.INVITED)
    accounts.directory.add(made, now)
    return accounts.links.make(made.name, Purpose.INVITATION, by, now)


def start_over(accounts: Accounts, name: str, by: str) -> str:
    """Forget how somebody signs in, end the sessions, and make a link to set it up anew. Raises AccountError."""
    now = accounts.clock()
    accounts.directory.become(name, State.INVITED)
    accounts.factors.forget(name)
    accounts.directory.keep_password(name, None)
    accounts.sessions.end_all(name, now)
    return accounts.links.make(name, Purpose.RESET, by, now)


def opened(accounts: Accounts, secret: str) -> Link:
    """The link of an address. Raises AccountError where it is good no more, or the account not open."""
    link = accounts.links.find(secret, accounts.clock())
    account = None if link is None else accounts.directory.account(link.account)
    if link is None or account is None or account.state is not State.INVITED:
        raise AccountError(_GONE)
    return link


def begin_totp(accounts: Accounts, name: str, network: str) -> tuple[bytes, str]:
    """A secret for an authenticator app that is not taken yet, and the key under which it waits, sealed.

    Raises TooSoonError.
    """
    signing_in.must_be_few(accounts, network)
    secret = one_time.new_secret()
    body = {"account": name, "sealed": accounts.sealing.seal(secret, _WAITING + name).hex()}
    return secret, accounts.pending.begin("totp", body, accounts.clock())


def waiting_totp(accounts: Accounts, name: str, key: str) -> bytes | None:
    """A secret that waits."""
    kept = accounts.pending.look("totp", key, accounts.clock())
    if kept is None or kept["account"] != name:
        return None
    return accounts.sealing.open(bytes.fromhex(kept["sealed"]), _WAITING + name)


def finish_totp(accounts: Accounts, name: str, key: str, code: str) -> None:
    """Take a secret of which a code is shown. Raises AccountError."""
    now, secret = accounts.clock(), waiting_totp(accounts, name, key)
    step = None if secret is None else one_time.step_of(secret, code, now, -1)
    if secret is None or step is None or accounts.pending.take("totp", key, now) is None:
        raise AccountError("this is not the code that the app shows now: look at the telephone's clock, and try again")
    accounts.factors.set_totp(name, secret, step, now)


def begin_passkey(accounts: Accounts, name: str, network: str) -> tuple[str, str]:
    """What a browser makes a passkey by (JSON), and the key under which the challenge waits. Raises TooSoonError."""
    signing_in.must_be_few(accounts, network)
    handle = hashlib.sha256(f"tallystick portal {name}".encode()).digest()  # opaque to the authenticator
    options, challenge = passkeys.asked_to_register(accounts.relying, name, handle, accounts.factors.passkeys(name))
    return options, accounts.pending.begin(
        "register", {"account": name, "challenge": challenge.hex()}, accounts.clock()
    )


def finish_passkey(accounts: Accounts, name: str, key: str, answer: str, label: str) -> None:
    """Take a new passkey. Raises AccountError."""
    now = accounts.clock()
    asked = accounts.pending.take("register", key, now)
    if asked is None or asked["account"] != name:
        raise AccountError("the question to the passkey is too old: try again")
    credential, public_key, count = passkeys.registered(accounts.relying, answer, bytes.fromhex(asked["challenge"]))
    named = label.strip()[:MAX_LABEL_CHARS] or "passkey"
    if not named.isprintable():
        raise AccountError("the passkey's name has characters that can not be shown")
    accounts.factors.add_passkey(Passkey(credential, name, public_key, count, named, now))


def password_of(accounts: Accounts, name: str, new: str) -> None:
    """Raises AccountError where it is no good password for an account."""
    account = accounts.directory.account(name)
    organisation = None if account is None else accounts.directory.organisation(account.organisation)
    names = [name, accounts.settings.name.english]
    names += [] if organisation is None else [organisation.latin, organisation.chinese]
    password.must_be_good(new, names)


def set_password_and_codes(accounts: Accounts, name: str, chosen: Chosen) -> None:
    """Take a password and a secret of one-time codes; neither where one is not good. Raises AccountError."""
    password_of(accounts, name, chosen.password)
    finish_totp(accounts, name, chosen.key, chosen.code)
    accounts.directory.keep_password(name, accounts.passwords.hash(chosen.password))


def by_link_with_password(
    accounts: Accounts, secret: str, chosen: Chosen, network: str
) -> tuple[Come, tuple[str, ...]]:
    """Set up password and one-time codes by a link: a session and recovery codes. Raises AccountError."""
    name = opened(accounts, secret).account
    set_password_and_codes(accounts, name, chosen)
    return _in_by_link(accounts, secret, name, network), new_codes(accounts, name)


def by_link_with_passkey(accounts: Accounts, secret: str, key: str, answer: str, network: str) -> Come:
    """Set up a passkey by a link: a session. There are no recovery codes to it. Raises AccountError."""
    name = opened(accounts, secret).account
    finish_passkey(accounts, name, key, answer, "")
    return _in_by_link(accounts, secret, name, network)


def new_codes(accounts: Accounts, name: str) -> tuple[str, ...]:
    """Recovery codes, shown once; those before them end."""
    codes = one_time.new_recovery_codes()
    accounts.factors.set_recovery(name, codes)
    return codes


def _in_by_link(accounts: Accounts, secret: str, name: str, network: str) -> Come:
    if not accounts.links.use(secret, accounts.clock()):  # of two that come at once, one is late
        raise AccountError(_GONE)
    accounts.directory.become(name, State.ACTIVE, State.INVITED)  # it may have been locked meanwhile
    account = accounts.directory.account(name)
    assert account is not None  # noqa: S101  it became active a moment ago
    return signing_in.come(accounts, account, signing_in.LINK, network)
