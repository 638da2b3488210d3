"""Step 3.6: keys that must stand in a registry, by what the reader read there. Verdict-critical: no IO."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tally_chain.findings import Code, Ledger
from tally_chain.policy import PinnedRegistry, Policy, RegisteredKey, TrustedKey, TrustedLog
from tally_chain.registry.roles import KeyRole
from tally_chain.verify.verdict import time_text

_OF_AUTHORITIES: Final = (KeyRole.AUTHORITY,)
_OF_PERSONS: Final = (KeyRole.INSPECTOR, KeyRole.VERIFIER, KeyRole.AUTHORITY)
_OF_OPERATORS: Final = (KeyRole.OPERATOR,)
_ADDRESS_PAD: Final = bytes(12)
CLOCK_SKEW_S: Final = 300
"""Two honest clocks differ by less: heads and blocks may be so far ahead of the reader's."""


class RegistryCheck:
    """Asks the registry of the policy about a key, at the time by which the key had signed.

    A key is good when the registry binds it to the organisation that the policy names, in a role that fits, and it was
    signed with no earlier than the key was good and before it ended. An independent block says by when it was signed;
    where there is none, only `now` does, so a key that has ended since is not believed. Device keys do not stand in a
    registry: authorities enrol them.
    """

    def __init__(self, policy: Policy, ledger: Ledger, now: int) -> None:
        """`now` is the reader's clock, Unix seconds."""
        self._registry, self._ledger, self._now = policy.registry, ledger, now

    def authority(self, trusted: TrustedKey, signed_by: int | None) -> None:
        """Of a statement that the authority signed."""
        self._check(f"authority {trusted.issuer}", trusted.key.kid, trusted.registered, _OF_AUTHORITIES, signed_by)

    def person(self, trusted: TrustedKey, signed_by: int | None) -> None:
        """Of a statement that the second person signed."""
        self._check(f"person {trusted.organisation}", trusted.key.kid, trusted.registered, _OF_PERSONS, signed_by)

    def owner(self, trusted: TrustedKey) -> None:
        """Of a grant that the owner signed: nothing dates a grant."""
        self._check(f"owner {trusted.organisation}", trusted.key.kid, trusted.registered, _OF_OPERATORS, None)

    def log(self, log: TrustedLog) -> None:
        """Of the address that owns the log on the contract, now."""
        if log.anchor_owner is not None:
            self._check(f"log {log.origin}", _ADDRESS_PAD + log.anchor_owner, log.registered, _OF_OPERATORS, None)

    def _check(
        self,
        touches: str,
        key_id: bytes,
        registered: bytes | None,
        roles: Collection[KeyRole],
        signed_by: int | None,
    ) -> None:
        registry = self._registry
        if registered is None or registry is None:
            return
        if registry.read_at is None:
            self._ledger.add(Code.REGISTRY_UNREAD, touches, "verify with a chain at hand")
            return
        known = registry.key(key_id)
        if known is None:
            self._ledger.add(Code.KEY_UNREGISTERED, touches, f"nothing binds key {key_id.hex()[:16]}…")
        elif known.organisation != registered:
            other = f"it is bound to organisation {known.organisation.hex()[:16]}…"
            self._ledger.add(Code.KEY_UNREGISTERED, touches, f"{other}, the policy says {registered.hex()[:16]}…")
        elif known.role not in roles:
            self._ledger.add(Code.KEY_UNREGISTERED, touches, f"it is bound as {known.role.word}")
        else:
            self._check_time(touches, known, registry, signed_by)

    def _check_time(self, touches: str, known: RegisteredKey, registry: PinnedRegistry, signed_by: int | None) -> None:
        by = self._now if signed_by is None else signed_by
        skew = CLOCK_SKEW_S if signed_by is None else 0
        dated = "nothing dates what it signed" if signed_by is None else f"anchored {time_text(signed_by)}"
        read_at = 0 if registry.read_at is None else registry.read_at
        if by + skew < known.good_from:
            self._ledger.add(Code.KEY_NOT_IN_FORCE, touches, f"{dated}, it is good from {time_text(known.good_from)}")
        elif by >= known.good_until:
            until = f"it is believed until {time_text(known.good_until)}"
            self._ledger.add(Code.KEY_NOT_IN_FORCE, touches, f"{dated}, {until}")
        elif by > read_at:
            self._ledger.add(Code.REGISTRY_UNREAD, touches, f"{dated}, the registry was read {time_text(read_at)}")
        else:
            span = f"from {time_text(known.good_from)} until {time_text(known.good_until)}"
            text = f"{known.role.word} of organisation {known.organisation.hex()[:16]}…, {span}"
            self._ledger.add(Code.KEY_REGISTERED, touches, f"{text}, read {time_text(read_at)}")
