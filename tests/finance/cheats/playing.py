"""Playing a case: its fraud, the same by honest people, what remains, and its fraud without a guard."""

from __future__ import annotations

from collections.abc import Iterable

from tests.finance.cheats.case import Case, Guard
from tests.finance.cheats.stage import Said, without


class PlayError(AssertionError):
    """A play that does not go as the catalogue tells it."""


def check_fraud(case: Case) -> None:
    """The fraud ends in what the catalogue says, and in nothing else. Raises PlayError."""
    said, told = case.fraud(), {*case.says, *case.also}
    if said != told:
        raise PlayError(f"{case.name}: not told {_names(told - said)}; told besides {_names(said - told)}")


def check_honest(case: Case) -> None:
    """Honest people are told nothing. Raises PlayError."""
    if said := case.honest():
        raise PlayError(f"{case.name}: of honest people it says {_names(said)}")


def check_possible(case: Case) -> None:
    """What remains is told by nobody. Raises PlayError."""
    if case.possible is not None and (said := case.possible()):
        raise PlayError(f"{case.name}: what remains is told after all: {_names(said)}")


def check_guard(case: Case, guard: Guard) -> None:
    """Without the guard nobody says what it said. Raises PlayError."""
    if guard.said not in case.says or (guard.fraud is not None and guard.said not in guard.fraud()):
        raise PlayError(f"{case.name}: {_names([guard.said])} is not told with the guard either")
    fraud = guard.fraud or case.fraud
    with without(guard.target, guard.instead):
        if guard.said in fraud():
            raise PlayError(f"{case.name}: {_names([guard.said])} is told without {guard.target}")


def _names(said: Iterable[Said]) -> str:
    return ", ".join(sorted(f"{one.where} {one.name}" for one in said)) or "nothing"
