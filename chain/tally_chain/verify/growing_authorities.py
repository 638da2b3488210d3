"""What the authorities of a log that grows say, without reading all of it again. Verdict-critical: no IO.

The same facts and findings as `check_authorities` makes of all statements at once. Each statement is checked once as
long as the log gives the authorities' streams in their order, which honest authorities' logs do:

- every statement is a known authority's, its signature verifies, and it is the next of its stream and linked to the one
  before;
- its stream is the one that appeared in the log last: `check_authorities` takes stream after stream, and what one says
  may rest on what another said.

Otherwise everything is checked anew, then and from there on. What is about all of them together (who signed for whom,
who speaks of the same thing, which keys the registry knows now) is looked at each time, and costs no signature.
"""

from __future__ import annotations

from copy import deepcopy

from tally_chain.findings import Code, Ledger
from tally_chain.policy import Policy, TrustedKey
from tally_chain.verify.authority_check import (
    apply_statement,
    check_agreement,
    check_authorities,
    check_independence,
)
from tally_chain.verify.facts import Facts
from tally_chain.verify.log_check import Logged
from tally_chain.verify.registry_check import RegistryCheck
from tally_edge.errors import SignatureError


class GrowingAuthorities:
    """All statements of authorities so far, and what follows from them."""

    def __init__(self, policy: Policy) -> None:
        """`policy` names the authorities and second persons that are believed."""
        self._policy = policy
        self._trusted = {(one.issuer, one.key.kid): one for one in policy.authorities}
        self._ends: dict[tuple[str, bytes], Logged] = {}
        self._asked: dict[tuple[str, bytes, int | None], tuple[TrustedKey, int | None]] = {}
        self._ledger = Ledger()
        self._facts = Facts()
        self._in_order = True
        self.statements: list[Logged] = []
        """In the order of the log."""

    def take(self, statements: list[Logged], now: int) -> tuple[Facts, Ledger]:
        """The facts and findings of all so far, with these. `now` is the reader's clock, Unix seconds."""
        self.statements += statements
        for logged in statements:
            if not self._in_order:
                break
            self._in_order = self._follows(logged)
            if self._in_order:
                self._ends[_stream(logged)] = logged
                registry = _Asked(self._policy, now, self._asked)
                registry.authority(self._trusted[_stream(logged)], logged.signed_by)
                apply_statement(
                    logged, self._trusted[_stream(logged)], self._policy, self._facts, self._ledger, registry=registry
                )
        if not self._in_order:
            ledger = Ledger()
            registry_now = RegistryCheck(self._policy, ledger, now)
            return check_authorities(self.statements, self._policy, registry_now, ledger), ledger
        return self._facts, self._together(now)

    def _follows(self, logged: Logged) -> bool:
        """Whether it is the next of the stream that appeared last, by a known authority."""
        name, claims = _stream(logged), logged.statement.claims
        authority, before = self._trusted.get(name), self._ends.get(name)
        if authority is None or (before is not None and name != next(reversed(self._ends))):
            return False
        expected = 0 if before is None else (before.statement.claims.seq or 0) + 1
        if claims.seq != expected or (before is not None and claims.prev != before.statement.id):
            return False
        if before is not None and (before.section != logged.section or before.index >= logged.index):
            return False
        try:
            logged.statement.verify(authority.key)
        except SignatureError:
            return False
        return True

    def _together(self, now: int) -> Ledger:
        ledger = deepcopy(self._ledger)
        registry = RegistryCheck(self._policy, ledger, now)
        for (role, _, _), (trusted, signed_by) in self._asked.items():
            (registry.authority if role == "authority" else registry.person)(trusted, signed_by)
        if not self._facts.plans:
            ledger.add(Code.PLAN_MISSING, "bundle")
        check_independence(self._facts, self._policy, ledger)
        check_agreement(self._facts, ledger)
        return ledger


def _stream(logged: Logged) -> tuple[str, bytes]:
    return logged.statement.claims.issuer, logged.statement.claims.kid


class _Asked(RegistryCheck):
    """Remembers which keys are asked for: what the registry says of them is said at each time anew."""

    def __init__(
        self, policy: Policy, now: int, asked: dict[tuple[str, bytes, int | None], tuple[TrustedKey, int | None]]
    ) -> None:
        super().__init__(policy, Ledger(), now)
        self._keys = asked

    def authority(self, trusted: TrustedKey, signed_by: int | None) -> None:
        """See RegistryCheck."""
        self._keys["authority", trusted.key.kid, signed_by] = trusted, signed_by

    def person(self, trusted: TrustedKey, signed_by: int | None) -> None:
        """See RegistryCheck."""
        self._keys["person", trusted.key.kid, signed_by] = trusted, signed_by
