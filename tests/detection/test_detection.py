"""Some seeds of every kind are really played: caught, with no false alarm, and as the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_trial import detection, power
from tally_trial.detection import Seen, Tally
from tally_trial.injection import KINDS
from tests.detection import page, remembered, rules

SEEDS = range(1, 1 + len(power.profiles()))
"""Every profile has its turn."""


def played(seed: int) -> dict[str, Seen]:
    with remembered.remembering():
        return {seen.name: seen for seen in detection.detect(seed, detection.measured())}


def test_every_kind_is_measured_or_statistical() -> None:
    assert {*detection.measured(), *page.STATISTICAL} == {*KINDS, detection.HONEST}
    assert {detection.profile_of(seed) for seed in SEEDS} == set(power.profiles())


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_is_caught_and_nothing_else_is_said_and_the_page_has_it(seed: int) -> None:
    told, seen = page.load(), played(seed)
    assert list(seen) == detection.measured()
    for name, one in seen.items():
        kind, row = KINDS.get(name), told.row(name)
        assert one.false_alarms == (), name
        if kind is None or not kind.caught_by:
            assert not one.caught, name
        else:
            assert one.caught or kind.limit, name
        assert (seed in row["missed_seeds"]) is not one.caught, name
        assert set(one.by) <= set(row["by"]), name


def test_what_is_remembered_changes_nothing() -> None:
    names = ["honest", "fork", "malleated-signature", "altered-value", "reset", "two-names"]
    with remembered.remembering():
        quick = list(detection.detect(1, names))
    assert list(detection.detect(1, names)) == quick


def test_nothing_is_remembered_afterwards() -> None:
    plain = [getattr(owner, name) for owner, name in remembered.PURE]
    with remembered.remembering():
        assert all(hasattr(getattr(owner, name), "cache_info") for owner, name in remembered.PURE)
    assert [getattr(owner, name) for owner, name in remembered.PURE] == plain


def test_a_test_stand_is_held_against_the_meters_above_and_below_it() -> None:
    (seen,) = detection.detect(1, ["test-stand"])
    assert (seen.profile, seen.instruments) == ("metal-warehouse", ("electricity", "electricity"))


def test_a_tally_counts_a_sign_once_a_run_and_keeps_the_seeds_of_misses_and_false_alarms() -> None:
    tally = Tally()
    caught = Seen("fork", "p", ("silo", "silo"), caught=True, by=("405 FORK", "405 FORK"), false_alarms=())
    missed = Seen("fork", "q", ("silo",), caught=False, by=(), false_alarms=("x", "x"))
    tally.add(7, caught)
    tally.add(8, missed)
    assert (tally.runs, tally.caught, dict(tally.by)) == (2, 1, {"405 FORK": 1})
    assert (tally.missed_seeds, tally.false_alarms) == ([8], {"x": [8]})
    assert (dict(tally.profiles), dict(tally.instruments)) == ({"p": 1, "q": 1}, {"silo": 3})
    told = rules.told(range(7, 9), [[caught], [missed]])
    assert told["seeds"] == [7, 8]
    assert told["rows"]["fork"]["false_alarms"] == {"x": [8]}


def test_a_measurement_is_the_same_whether_it_was_cut_off_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "measured", lambda: ["honest", "fork"])
    whole = rules.measure(range(1, 4), tmp_path / "whole.jsonl", workers=2)
    rules.measure(range(2, 3), tmp_path / "cut.jsonl", workers=1)
    assert rules.measure(range(1, 4), tmp_path / "cut.jsonl", workers=2) == whole
    assert whole["rows"]["fork"]["caught"] == whole["rows"]["fork"]["runs"] == 3
