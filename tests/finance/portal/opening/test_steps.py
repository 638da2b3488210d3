"""What a page says of an opened statement claims no more than what held."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tally_chain.policy import Accept, RootSource
from tally_chain.verify.one_statement import Openable, Outcome, Step
from tally_chain.verify.one_statement_told import to_json
from tally_edge.authority import SigningPlace
from tally_edge.statement import AUTHORITY_KINDS, DEVICE_KINDS
from tally_finance.portal.opening import findings, statement_page, steps
from tests.chain.verify.case import NOW
from tests.world import World

DAY = World()
DAY.open()
DAY.day(3)


def told_of(index: int = 6, **changed: Any) -> dict[str, Any]:
    policy = replace(DAY.policy(), **changed)
    return to_json(Openable(DAY.bundle(hours=3), policy, now=NOW).open(0, index))


@pytest.mark.parametrize("index", range(len(DAY.entries)))
def test_every_step_of_every_kind_is_told_in_both_languages(index: int) -> None:
    told = told_of(index)
    for step in steps.shown(told):
        assert step.tone in ("good", "doubt")
        for words in (step.title, step.claim, step.check, step.outcome):
            assert words.english
            assert re.search("[\u4e00-\u9fff]", words.chinese)
    assert steps.overall(told)[0] == "good"


def test_a_sound_statement_in_one_sentence() -> None:
    summary = steps.summary(told_of())
    assert "Readings; signed by the key of urn:dev:org:32473-mill:a1" in summary.english
    assert "entry 6 of log tallystick.example/mill/1" in summary.english
    assert "vouched for by a public chain" in summary.english
    assert "不晚于" in summary.chinese


def test_nothing_is_claimed_of_what_did_not_hold() -> None:
    """Without a head that vouches the sentence has no anchor and no bound in time; with an own chain no bound."""
    log = DAY.policy().logs[0]
    bare = told_of(logs=(replace(log, roots=()),))
    assert "vouched" not in steps.summary(bare).english
    assert steps.overall(bare)[0] == "bad"
    own = replace(log, roots=tuple(replace(root, source=RootSource.SELF_ANCHORED) for root in log.roots))
    taken = steps.summary(told_of(logs=(own,), accept=Accept(self_anchored=True)))
    assert "which bounds no time" in taken.english
    assert "不晚于" not in taken.chinese
    unknown = told_of(logs=(replace(log, origin="tallystick.example/other/1"),))
    assert "signed head" not in steps.summary(unknown).english
    tones = {step.name: step.tone for step in steps.shown(unknown)}
    assert (tones["head"], tones["anchor"], tones["leaf"]) == ("bad", "doubt", "good")


def test_an_unchecked_step_is_no_green_page() -> None:
    told = told_of()
    told["steps"] = [{**one, "outcome": "unchecked"} if one["step"] == "anchor" else one for one in told["steps"]]
    assert steps.overall(told)[0] == "doubt"


def test_every_value_has_its_words() -> None:
    assert {str(one) for one in Outcome} == set(steps.OUTCOMES) == set(steps.TONES)
    assert {one.value for one in RootSource} == set(steps.SOURCES)
    assert {one.name.lower() for one in SigningPlace} <= set(steps.PLACES)
    assert {one.value for one in DEVICE_KINDS | AUTHORITY_KINDS} <= set(steps.KINDS)
    assert [one["step"] for one in told_of()["steps"]] == [str(one) for one in Step]


def test_findings_come_gravest_first_in_both_languages() -> None:
    told = [
        {"code": 706, "severity": "warning", "touches": "bundle", "sentence": "no grant"},
        {"code": 204, "severity": "failure", "touches": "log x", "sentence": "another tree"},
    ]
    first, second = findings.shown(told)
    assert (first.code, first.tone, first.words.chinese, first.touches) == (204, "bad", "树根不符", "log x")
    assert (second.code, second.weight.chinese) == (706, "警示")


@pytest.mark.parametrize(
    "origin", ["mill\"; filename*=UTF-8''evil.html; x=\"", "某厂/计量", "../../mill\\1", '"', "x" * 255]
)
def test_a_file_is_named_by_nothing_that_a_stranger_wrote_as_it_is(origin: str) -> None:
    """A log's name is its keeper's word: whoever made the bundle chose it."""
    told = {**told_of(), "log": origin}
    answer = statement_page.fetched(statement_page.Reached(told, NOW, "", []), "statement")
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9-]{1,80}-6\.cose"', answer.headers["content-disposition"])
