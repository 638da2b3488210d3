"""The page says what a run of today says, and tells of every fault and attack."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from tally_finance.plausibility.site import NAMES
from tally_trial import detection, power
from tally_trial.detection import Seen
from tally_trial.injection import KINDS
from tests.detection import page

SEED = 10
"""A multiple of GOODS_EVERY, so that everything is played."""

ROW = re.compile(
    r"^\| `(?P<name>[\w-]+)` \| (?P<stands_for>.*?) \| (?P<caught>.*?) \| (?P<by>.*?) \| (?P<alarms>.*?) \|$"
)


@lru_cache
def rows() -> dict[str, re.Match[str]]:
    found = (ROW.match(line) for line in page.PAGE.read_text("utf-8").splitlines())
    return {row["name"]: row for row in found if row is not None}


def test_the_page_tells_of_every_fault_and_attack() -> None:
    assert set(rows()) == set(KINDS)
    for name, row in rows().items():
        assert row["stands_for"] == KINDS[name].stands_for


def test_every_kind_is_measured_or_statistical() -> None:
    assert {*detection.measured(), *page.STATISTICAL} == {*KINDS, detection.HONEST}
    text = page.PAGE.read_text("utf-8")
    for profile in power.profiles():
        assert f"### {profile}\n" in text
    for name in NAMES:
        assert f"`{name}`" in text


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(page.STATISTICAL)))
def test_rules_caught_everything_and_were_never_wrong(name: str) -> None:
    row, kind = rows()[name], KINDS[name]
    assert row["alarms"] == "none"
    if not kind.caught_by:
        assert row["caught"].startswith("not detectable by this system, because ")
        return
    caught, whole = map(int, re.match(r"(\d+) of (\d+)", row["caught"]).groups())  # type: ignore[union-attr]
    assert 0 < caught <= whole
    if not kind.limit:
        assert caught == whole


def test_a_run_of_today_agrees_with_the_page() -> None:
    for seen in detection.detect(SEED, detection.measured()):
        assert seen.false_alarms == (), seen
        if seen.name == detection.HONEST:
            continue
        kind = KINDS[seen.name]
        assert seen.caught or kind.limit, seen
        assert all(f"{label} (" in rows()[seen.name]["by"] for label in seen.by), seen


def test_what_is_missed_and_what_is_wrong_is_a_fault() -> None:
    tally = detection.Tally()
    tally.add(7, Seen("fork", caught=True, by=("405 FORK", "405 FORK"), false_alarms=()))
    assert (tally.runs, tally.caught, dict(tally.by)) == (1, 1, {"405 FORK": 1})
    tally.add(8, Seen("fork", caught=False, by=(), false_alarms=("402 SIGNATURE_WRONG",)))
    row = {"runs": 2, "caught": 1, "missed_seeds": tally.missed_seeds, "false_alarms": dict(tally.false_alarms)}
    told = page.Measured({"rows": {"fork": row}}, {"profiles": {"p": {"false_alarms": ["x"], "site_days": 100}}})
    assert len(page.faults(told)) == 3
    fine = {"runs": 2, "caught": 2, "missed_seeds": [], "false_alarms": {}}
    good = page.Measured({"rows": {"fork": fine}}, {"profiles": {"p": {"false_alarms": ["x"], "site_days": 400}}})
    assert page.faults(good) == []
