"""Signing in. Whatever was wrong, the answer is the same, and takes as long: a stranger learns no name by it.

By password:

    1. the pace, by name and by network
    2. the password, against a hash: nobody's, where there is no such account
    3. the second factor: a one-time code, or a recovery code in its place
    4. the account is active
    5. the code is taken, so that it is good no more

By passkey or by an organisation's own sign-in the network's pace counts alone: there is no secret to guess.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from tally_finance.errors import AccountError, SignInError, TooSoonError
from tally_finance.portal.accounts import passkeys
from tally_finance.portal.accounts.account import Account, State, name_of
from tally_finance.portal.accounts.oidc import Named
from tally_finance.portal.accounts.service import Accounts

PASSWORD, PASSKEY, OIDC, LINK, RECOVERY = "password", "passkey", "oidc", "link", "recovery"
"""How somebody proved who it is."""

_REFUSED: Final = "name, password or code is not right, or the account is not open"
_MAX_CHARS: Final = 512
_BEGUN_AGAIN_S: Final = 600


@dataclass(frozen=True, slots=True)
class Come:
    """Who came in. `secret`: of the new session. `before`: the account as it was until then."""

    secret: str
    before: Account
    method: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form brought."""

    name: str
    password: str
    code: str


def by_password(accounts: Accounts, shown: Shown, network: str) -> Come:
    """A session. Raises SignInError, TooSoonError."""
    account, method = proven(accounts, shown, network)
    return come(accounts, account, method, network)


def proven(accounts: Accounts, shown: Shown, network: str) -> tuple[Account, str]:
    """Whose name, password and code they are. Raises SignInError, TooSoonError."""
    now, name = accounts.clock(), name_kept(shown.name)
    accounts.attempts.take(name, network, now)
    account = accounts.directory.account(name)
    kept = None if account is None else accounts.directory.password(name)
    is_right = accounts.passwords.is_of(shown.password[:_MAX_CHARS], kept)
    step = accounts.factors.step(name, shown.code[:_MAX_CHARS], now)
    if not (is_right and account is not None and account.state is State.ACTIVE):
        raise _refused(accounts, name)
    if step is not None and accounts.factors.take_step(name, step):
        method = PASSWORD
    elif step is None and accounts.factors.take_recovery(name, shown.code[:_MAX_CHARS], now):
        method = RECOVERY
    else:
        raise _refused(accounts, name)
    if kept is not None and accounts.passwords.is_outdated(kept):
        accounts.directory.keep_password(name, accounts.passwords.hash(shown.password))
    return account, method


def must_be_few(accounts: Accounts, network: str) -> None:
    """Count a way that somebody begins and that is kept for minutes: one network does not take all that may wait.

    Also of whoever is signed in: else one account keeps everybody out.

    Raises TooSoonError.
    """
    if accounts.begun.note("", network, accounts.clock()) is None:
        raise TooSoonError(_BEGUN_AGAIN_S)


def challenge(accounts: Accounts, network: str) -> tuple[str, str]:
    """What a browser asks its passkeys (JSON), and the secret of the challenge. Raises TooSoonError."""
    must_be_few(accounts, network)
    options, drawn = passkeys.asked_to_sign_in(accounts.relying)
    return options, accounts.pending.begin("passkey", {"challenge": drawn.hex()}, accounts.clock())


def by_passkey(accounts: Accounts, answer: str, secret: str, network: str) -> Come:
    """A session. Raises SignInError, TooSoonError."""
    return come(accounts, proven_by_passkey(accounts, answer, secret, network), PASSKEY, network)


def proven_by_passkey(accounts: Accounts, answer: str, secret: str, network: str) -> Account:
    """Whose passkey answered the challenge of `secret`. Raises SignInError, TooSoonError."""
    now = accounts.clock()
    accounts.attempts.take(None, network, now)
    asked = accounts.pending.take("passkey", secret, now)
    if asked is None:
        raise SignInError("the question to the passkey is too old, or was answered already: try again")
    passkey = accounts.factors.passkey(passkeys.credential_of(answer))
    if passkey is None:
        raise SignInError("this passkey is not known here")
    count = passkeys.counted(accounts.relying, answer, bytes.fromhex(asked["challenge"]), passkey)
    account = accounts.directory.account(passkey.account)
    if account is None or account.state is not State.ACTIVE:
        raise SignInError("the account of this passkey is not open: ask your administrator")
    accounts.factors.used_passkey(passkey.credential, count, now)
    return account


def by_binding(accounts: Accounts, issuer: str, told: Named, network: str) -> Come:
    """A session of whoever an issuer calls so. Raises SignInError where no administrator bound it.

    It is as fresh as the proof that the issuer tells of.
    The try was counted when the browser came back (`outside_tried`): a provider is asked at strangers' pace.
    """
    name = accounts.factors.bound(issuer, told.subject)
    account = None if name is None else accounts.directory.account(name)
    if account is None or account.state is not State.ACTIVE:
        raise SignInError(f"nobody here is bound to {told.subject[:80]}: tell your administrator this identifier")
    return come(accounts, account, OIDC, network, told.proven_at)


def outside_tried(accounts: Accounts, network: str) -> None:
    """Count a way back from an outside sign-in before the provider is asked. Raises TooSoonError."""
    accounts.attempts.take(None, network, accounts.clock())


def come(accounts: Accounts, account: Account, method: str, network: str, proven_at: int | None = None) -> Come:
    """A new session of somebody who proved who it is, just now or at a time before (Unix seconds).

    Raises SignInError where the account was locked meanwhile.
    """
    now = accounts.clock()
    accounts.attempts.succeeded(account.name, network)
    accounts.directory.signed_in(account.name, now)
    secret = accounts.sessions.make(account.name, method, network, now, proven_at)
    after = accounts.directory.account(account.name)
    # Locked meanwhile: whoever ended its sessions did not see this one.
    if after is None or after.state is not State.ACTIVE:
        accounts.sessions.end_all(account.name, now)
        raise SignInError(_REFUSED)
    return Come(secret, account, method)


def _refused(accounts: Accounts, name: str) -> SignInError:
    """The error to raise; whoever owns the name is told of it the next time."""
    accounts.directory.failed(name)
    return SignInError(_REFUSED)


def name_kept(text: str) -> str:
    """A name as it may be kept; of what can be no name a digest, which slows its sender down as a name would."""
    name = text.strip().casefold()[:_MAX_CHARS]
    try:
        return name_of(name)
    except AccountError:
        return f"#{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
