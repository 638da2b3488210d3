"""Each attack and each fault of a device, on a small yard: what catches it, and that nothing else is said."""

from __future__ import annotations

import pytest

from tally_trial import kinds
from tally_trial.draws import Draws
from tally_trial.injection import KINDS, Kind
from tally_trial.ledger import Ledger, ledger_of
from tally_trial.play import play
from tally_trial.reading import read
from tests.trial.yard import yard

PLAYED = sorted(name for name, kind in KINDS.items() if kind.make is not None)
SEEDS = (1, 2, 3)


def ledger(seed: int, *played: Kind) -> Ledger:
    scene = yard(seed)
    injections = kinds.injections(played, scene)
    found = read(play(scene, injections)).found
    return ledger_of([injection.happening for injection in injections], found)


@pytest.mark.parametrize("name", PLAYED)
def test_it_is_caught_by_its_own_signs_and_nothing_else_is_said(name: str) -> None:
    kind = KINDS[name]
    for seed in SEEDS:
        result = ledger(seed, kind)
        assert result.false_alarms == ()
        (line,) = result.lines
        assert line.caught is bool(kind.caught_by), (seed, line.happening.what)
        assert {one.sign for one in line.caught_by} <= kind.caught_by


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_nothing_catches_says_why_and_everything_says_what_it_is(name: str) -> None:
    kind = KINDS[name]
    assert kind.stands_for.endswith(".")
    assert kind.kind in ("attack", "fault")
    assert kind.caught_by or kind.limit


def test_an_honest_yard_verifies_and_nothing_is_said() -> None:
    scene = yard()
    result = read(play(scene))
    assert result.verdict.holds
    assert ledger_of([], result.found) == Ledger((), ())
    assert {figure.basis.value for figure in result.verdict.figures} == {"complete", "state at the end"}


def test_several_at_once_are_told_apart() -> None:
    result = ledger(5, KINDS["fork"], KINDS["brown-out"], KINDS["replay"])
    assert [(line.happening.name, line.caught) for line in result.lines] == [
        ("fork", True),
        ("brown-out", True),
        ("replay", True),
    ]


@pytest.mark.parametrize("seed", range(1, 13))
def test_of_three_at_once_each_thing_that_is_said_belongs_to_one(seed: int) -> None:
    """One may undo another, so that it is not caught; but nothing that follows from any of them is a false alarm."""
    draws = Draws(seed, "three")
    played: dict[str, Kind] = {}
    while len(played) < 3:
        name = draws.one_of(PLAYED)
        played[name] = KINDS[name]
    assert ledger(seed, *played.values()).false_alarms == ()


def test_a_cheat_that_is_not_on_the_list_is_a_false_alarm() -> None:
    """What the ledger calls a false alarm is what was found and not told: the fork here."""
    scene = yard(5)
    injections = kinds.injections([KINDS["fork"]], scene)
    found = read(play(scene, injections)).found
    result = ledger_of([], found)
    assert "FORK" in {one.sign for one in result.false_alarms}


def test_the_same_seed_attacks_in_the_same_way_and_another_in_another() -> None:
    def happening(seed: int) -> object:
        (injection,) = kinds.injections([KINDS["rollback"]], yard(seed))
        play(yard(seed), [injection])
        return injection.happening

    assert happening(3) == happening(3)
    assert len({str(happening(seed)) for seed in range(6)}) > 1
