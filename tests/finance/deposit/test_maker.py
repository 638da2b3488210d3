"""A maker who signs what its figures do not give, restates what was not there, or deposits what came in later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tally_chain import tree
from tally_chain.bundle import Link
from tally_chain.policy import PinnedRoot, Policy
from tally_edge import signer
from tally_edge.authority import Correction, CorrectionReason, FactsEvent
from tally_edge.statement import Kind
from tally_finance.deposit import deposit_file
from tally_finance.deposit.anchored import anchored_by
from tally_finance.deposit.body import body_of
from tally_finance.deposit.checking import Against, checked, table_files, workbook_name
from tally_finance.deposit.deposit_file import Deposit
from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.deposit.test_deposit import JANUARY, KEY, MADE_AT, signed, steps
from tests.finance.report import mill
from tests.world import START, World

DAY_S = works.DAY_S
EARLY, LATE = START + 33 * DAY_S, START + 80 * DAY_S


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mill.made(works.run(works.opened(), 31), tmp_path_factory.mktemp("mill"), 31)


def signed_with(report: Report, more: dict[str, bytes], at: int = MADE_AT) -> tuple[Deposit, dict[str, bytes]]:
    body = body_of(report, JANUARY)
    files = {**table_files(body), **more}
    digests = {name: sha256(data).digest() for name, data in files.items()}
    return deposit_file.sign(body, digests, KEY, at), files


def test_a_workbook_that_says_something_else(report: Report) -> None:
    """Its digest is signed, which says nothing of what is in it."""
    deposit, files = signed_with(report, {"2026-01.xlsx": b"another one"})
    assert workbook_name(deposit.body) in files
    for drawn in (True, False, None):
        assert steps(deposit, documents=files, workbook=drawn)[5] is drawn


@pytest.mark.parametrize("name", ["tables/more.csv", "2026-02.xlsx"])
def test_what_is_signed_beside_the_tables(report: Report, name: str) -> None:
    deposit, files = signed_with(report, {name: b"medium,used\r\nelectricity,1\r\n"})
    assert steps(deposit, documents=files)[5] is False


def test_the_index_of_the_tables_is_the_bodys(report: Report) -> None:
    deposit, files = signed_with(report, {"tables/tables.json": b"{}"})
    assert steps(deposit, documents=files)[5] is False


def test_another_standing_of_the_same_report(report: Report) -> None:
    """Who has that very report sees that a finding was left out."""
    body = body_of(report, JANUARY)
    body["basis"]["findings"] = [{"code": "1", "touches": "nothing"}]
    assert steps(signed(body), report=report)[4] is False
    body["basis"]["report"] = "00" * 32
    assert steps(signed(body), report=report)[4] is True, "of another report it may say so"


def test_a_month_that_was_signed_before_it_was_over(report: Report) -> None:
    deposit, _ = signed_with(report, {})
    claims = replace(deposit.statement.claims, issued_at=START + 30 * DAY_S)
    early = replace(deposit, statement=replace(deposit.statement, claims=claims))
    assert steps(early, report=report, anchored_by=START + 32 * DAY_S)[7] is False


def test_a_restatement_of_a_deposit_that_nobody_saw(report: Report) -> None:
    """A first deposit under a key that the reader does not know, made up to be late without being first."""
    stranger = signer.generate()
    body = body_of(report, JANUARY)
    first = deposit_file.sign(body, {}, stranger, MADE_AT)
    second = signed(body_of(report, JANUARY, first.before("a typing error")))
    assert steps(second, previous=first)[6] is False
    assert steps(second, previous=first, trusted=frozenset({KEY.public_key.kid, stranger.public_key.kid}))[6] is True


def test_a_restatement_of_a_late_deposit_is_late(report: Report) -> None:
    body = body_of(report, JANUARY)
    for at, holds in ((START + 51 * DAY_S - 1, None), (START + 51 * DAY_S, False)):
        first = signed(body, at)
        second = signed(body_of(report, JANUARY, first.before("again")))
        assert steps(second, report=report, previous=first)[7] is holds


def test_no_step_asks_for_what_the_body_does_not_say(report: Report) -> None:
    """The day it was due is the calendar's, whatever the body says."""
    body = body_of(report, JANUARY)
    body["due"] = []
    against = Against(frozenset({KEY.public_key.kid}), report, EARLY, table_files(body))
    assert {one.number: one.holds for one in checked(signed(body), against)}[4] is False


def _correction(world: World) -> None:
    one = Correction(
        works.GRID, "energy_import", START + DAY_S, START + 2 * DAY_S, 90, "kWh", CorrectionReason.WRONG_RATIO, "ratio"
    )
    world.state(Kind.CORRECTION, works.GRID, one, at=START + 70 * DAY_S)


def _ratio(world: World) -> None:
    """In force since a moment at which a register was read, so that no interval opens to it."""
    facts = works.facts_of(works.GRID, FactsEvent.RATIO, START + 10 * DAY_S, multiplier=2)
    world.state(Kind.METER_FACTS, works.GRID, facts, at=START + 70 * DAY_S)


def _ratio_of_march(world: World) -> None:
    facts = works.facts_of(works.GRID, FactsEvent.RATIO, START + 65 * DAY_S, multiplier=2)
    world.state(Kind.METER_FACTS, works.GRID, facts, at=START + 70 * DAY_S)


@pytest.mark.parametrize(("late", "by"), [(None, EARLY), (_correction, LATE), (_ratio, LATE), (_ratio_of_march, EARLY)])
def test_what_was_stated_late_dates_the_evidence(late: Callable[[World], None] | None, by: int, tmp_path: Path) -> None:
    """Readings were anchored in time; the correction or ratio that the figures follow from too was not."""
    world = works.run(works.opened(), 31)
    size, root = len(world.entries), world.root
    if late is not None:
        late(world)
    found = mill.made(world, tmp_path, 31)
    bundle, policy = world.bundle(hours=31 * works.DAY_H), works.policy_of(world)
    if late is not None:
        link = Link(size, tuple(tree.consistency_path(world.nodes, size, len(world.entries))))
        bundle = replace(bundle, sections=(replace(bundle.sections[0], links=(link,)),))
    zone = found.activity.site.boundary.zone
    assert zone.key == "UTC"
    period = START, START + 31 * DAY_S
    assert anchored_by(found, bundle, _dated(policy, size, root), period) == by


def _dated(policy: Policy, size: int, root: bytes) -> Policy:
    """The head before anything came late was anchored early, the present one late."""
    (log,) = policy.logs
    (now,) = log.roots
    if now.size == size:
        return replace(policy, logs=(replace(log, roots=(replace(now, time=EARLY),)),))
    roots: tuple[PinnedRoot, ...] = (replace(now, size=size, root=root, time=EARLY), replace(now, time=LATE))
    return replace(policy, logs=(replace(log, roots=roots),))
