"""Evidence that came late, and days that were copied: what is told, and what is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from tally_chain import bundle as bundles
from tally_chain import bundling
from tally_chain.bundle import Bundle, Content
from tally_chain.policy import PinnedRoot, RootSource
from tally_chain.tree import root_of
from tally_chain.verify.verifier import Examined, examine
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.proof import leaf_hash
from tally_edge.statement import Kind
from tally_finance.activity.copied import LEAST_DIFFERENT
from tally_finance.activity.lateness import LATE_S, Late, late, logged_after
from tally_finance.activity.remark import Name
from tally_finance.activity.report import report_of
from tally_finance.export.product import product_of
from tests.finance.activity import works
from tests.finance.activity.works import DAY_H, DAY_S, GRID
from tests.finance.report import mill
from tests.world import START, World


def examined(world: World, days: int, heads: list[tuple[int, int]]) -> Examined:
    """Verified by a reader who holds heads: (size, time), and the bundle links them."""
    leaves = [leaf_hash(entry) for entry in world.entries]
    roots = tuple(PinnedRoot(size, root_of(leaves[:size]), RootSource.PUBLIC, at) for size, at in heads)
    policy = world.policy()
    policy = replace(policy, logs=tuple(replace(log, roots=roots) for log in policy.logs))
    section = bundling.section(world, list(range(len(leaves))), link_sizes=[size for size, _ in heads])
    shown = Bundle(bundles.MEDIA_TYPE, Content.FULL, START, START, START + days * DAY_S, (section,))
    return examine(shown, policy, now=START + 395 * DAY_S)


def log_of(days: int) -> tuple[World, int]:
    """The works read for so many days, and where the log stood before the last statement of GRID."""
    world = works.opened()
    works.run(world, days)
    return world, len(world.entries)


def test_what_a_head_does_not_cover_came_after_it() -> None:
    world, size = log_of(10)
    early, last = START + 20 * DAY_S, START + 60 * DAY_S
    found = examined(world, 10, [(size - 1, early), (size, last)])
    statements = (*found.statements, *found.gapped)
    newest = max(statements, key=lambda one: one.index)
    assert logged_after(statements) == {(0, newest.index): early}
    point = newest.statement.claims.subject
    assert list(late(statements)) == [Late(point, 1, newest.statement.claims.issued_at, early)]
    names = [(one.name, one.touches) for one in report_of(found, works.boundary()).remarks]
    assert (Name.LATE, "coils") in names


def test_a_week_is_not_late_and_one_head_says_nothing() -> None:
    world, size = log_of(10)
    signed_at = START + 10 * DAY_S
    in_time = examined(world, 10, [(size - 1, signed_at + LATE_S), (size, signed_at + 90 * DAY_S)])
    assert not list(late(in_time.statements))
    alone = examined(world, 10, [(size, signed_at + 90 * DAY_S)])
    assert logged_after(alone.statements) == {}
    assert not list(late(alone.statements))


HOURLY = [Decimal(number * number % 97 + number) for number in range(24)]
"""What a busy day counts, hour by hour."""


def hourly(*days: list[Decimal]) -> list[tuple[int, Decimal]]:
    """A register over days, read every hour."""
    at = Decimal("1000.0")
    shown = [(0, at)]
    for hour, step in enumerate((step for day in days for step in day), 1):
        at += step
        shown.append((hour, at))
    return shown


def copied(*days: list[Decimal], solar: tuple[list[Decimal], ...] = ()) -> list[str]:
    """What is remarked of the works where the grid counts this, and the panels that."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            shown = [(day * 24, 1000 + day) for day in range(len(days) + 1)]
            if register == "energy_import" and point == works.SOLAR and solar:
                shown = hourly(*solar)  # type: ignore[assignment]
            if (point, register) == (GRID, "energy_import"):
                shown = hourly(*days)  # type: ignore[assignment]
            works.say(world, point, register, unit, shown)
    found = works.report(world, len(days))
    return [one.touches for one in found.remarks if one.name is Name.COPIED]


def test_a_day_that_comes_again_is_told_and_one_that_differs_in_a_digit_is_not() -> None:
    other = [*HOURLY[:-1], HOURLY[-1] + Decimal("0.1")]
    assert copied(HOURLY, HOURLY) == ["grid"]
    assert copied(HOURLY, other) == []
    assert copied(HOURLY, HOURLY[::-1]) == []


def test_a_day_of_another_meter_is_told_and_idling_is_not() -> None:
    assert copied(HOURLY, HOURLY[::-1], solar=(HOURLY[::-1], [Decimal(1)] * 24)) == ["solar"]
    few = [Decimal(number % (LEAST_DIFFERENT - 1)) for number in range(24)]
    assert len(np.unique([int(one) for one in few])) < LEAST_DIFFERENT
    assert copied(few, few) == []


def test_what_is_entered_by_hand_is_no_devices_word(tmp_path: Path) -> None:
    world = works.opened()
    key = world.device.signer.public_key.encode()
    for place, rests in ((SigningPlace.POLLED_BUS, "devices"), (SigningPlace.BY_HAND, "stated")):
        world = works.opened()
        form = Enrolment(world.device.issuer, key, tuple(works.REGISTERS), place, "a form")
        world.state(Kind.ENROLMENT, world.device.issuer, form)
        works.run(world, 3)
        policy = works.policy_of(world)
        policy = replace(policy, accept=replace(policy.accept, by_hand=True))
        found = examine(world.bundle(hours=72), policy, now=START + 395 * DAY_S)
        report = mill.report_of(found, mill.inventory(tmp_path), works.boundary(), mill.shipped(), (b"\1" * 32,))
        assert {part.rests for part in report.emitted.parts} == {rests}


def test_a_gap_in_what_is_entered_by_hand_makes_nothing_else_a_devices(tmp_path: Path) -> None:
    """A ceiling fills a day of it: what stands around is stated all the same."""
    world = works.opened()
    key = world.device.signer.public_key.encode()
    form = Enrolment(world.device.issuer, key, tuple(works.REGISTERS), SigningPlace.BY_HAND, "a form")
    world.state(Kind.ENROLMENT, world.device.issuer, form)
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            first = int((point, register) == (works.GRID, "energy_import"))
            if first:
                world.log(world.gap(0, DAY_H, (register,), point))
            shown = [(day * DAY_H, 1000 + day * works.PER_DAY[point, register]) for day in range(first, 4)]
            works.say(world, point, register, unit, shown)
    policy = works.policy_of(world)
    policy = replace(policy, accept=replace(policy.accept, by_hand=True))
    found = examine(world.bundle(hours=72), policy, now=START + 395 * DAY_S)
    report = mill.report_of(found, mill.inventory(tmp_path), works.boundary(), mill.shipped(), (b"\1" * 32,))
    assert {part.rests for part in report.emitted.parts} == {"ceilings and stated"}
    rests = product_of(report.encode(), report.trace.encode(), "coil").rests
    assert (rests.devices, rests.ceilings > 0) == (0, True)
