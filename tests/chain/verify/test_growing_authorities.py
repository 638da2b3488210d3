"""However a log's authority statements come in, they say what all of them say at once."""

from __future__ import annotations

import random

import pytest

from tally_chain.findings import Ledger
from tally_chain.policy import Policy
from tally_chain.verify.authority_check import check_authorities
from tally_chain.verify.facts import Facts
from tally_chain.verify.growing_authorities import GrowingAuthorities
from tally_chain.verify.log_check import Logged
from tally_chain.verify.registry_check import RegistryCheck
from tally_edge import statement
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.errors import DecodeError
from tally_edge.statement import AUTHORITY_KINDS, Kind, Statement
from tests.chain.verify.all_cases import CASES
from tests.chain.verify.case import NOW
from tests.world import World, p256


def of_authorities(entries: list[tuple[int, int, bytes]]) -> list[Logged]:
    found = []
    for section, index, entry in entries:
        try:
            logged = Logged(section, index, statement.decode(entry), None)
        except DecodeError:
            continue
        if logged.statement.claims.kind in AUTHORITY_KINDS:
            found.append(logged)
    return found


def at_once(statements: list[Logged], policy: Policy) -> tuple[Facts, Ledger]:
    ledger = Ledger()
    return check_authorities(statements, policy, RegistryCheck(policy, ledger, NOW), ledger), ledger


def told(ledger: Ledger) -> set[tuple[object, ...]]:
    """Without how often the registry was asked: the sentence says so where it is asked for each statement."""
    return {(one.code, one.severity, one.touches) for one in ledger.all()}


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("seed", [1, 2])
def test_the_cases_of_verification_say_the_same_in_any_batches(name: str, seed: int) -> None:
    dice, given = random.Random(f"{name} {seed}"), CASES[name].make()
    entries = [
        (number, placed.index, placed.statement)
        for number, section in enumerate(given.bundle.sections)
        for placed in section.entries
    ]
    statements = of_authorities(entries)
    growing, rest = GrowingAuthorities(given.policy), list(statements)
    facts, ledger = growing.take([], NOW)
    while rest:
        count = dice.randint(1, 3)
        facts, ledger = growing.take(rest[:count], NOW)
        del rest[:count]
    whole, of_whole = at_once(statements, given.policy)
    assert facts == whole
    assert told(ledger) == told(of_whole)


def enrolments(count: int) -> tuple[World, list[Logged]]:
    world = World()
    world.open()
    for number in range(count):
        key = p256(f"device {number}").public_key.encode()
        payload = Enrolment(
            f"urn:dev:org:32473-mill:b{number}", key, (f"urn:x:{number}",), SigningPlace.POLLED_BUS, "m"
        )
        world.state(Kind.ENROLMENT, payload.device, payload)
    return world, of_authorities([(0, index, entry) for index, entry in enumerate(world.entries)])


def test_each_statement_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, statements = enrolments(30)
    verified: list[bytes] = []
    verify = Statement.verify

    def counting(self: Statement, key: object) -> None:
        verified.append(self.id)
        verify(self, key)  # type: ignore[arg-type]

    monkeypatch.setattr(Statement, "verify", counting)
    growing = GrowingAuthorities(world.policy())
    for one in statements:
        growing.take([one], NOW)
    assert verified == [one.statement.id for one in statements]
