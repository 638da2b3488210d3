"""`tallystick finance demo receipts`: the main flow and the default branch, with everything left in a folder."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tally_trial.folder import left_whole
from tally_trial.receipts_demo import beginning, days, recovery, sale, timeline
from tally_trial.receipts_demo.again import rebuilt
from tally_trial.receipts_demo.consortium import Clock, founded
from tally_trial.receipts_demo.days import at
from tally_trial.receipts_demo.desk import LendersDesk
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.record import Record
from tally_trial.receipts_demo.works import Works
from tally_trial.receipts_demo.world import Say, World

DEFAULT: Final = "default-branch"
MAIN: Final = "Warehouse receipts, the main flow 仓单质押全流程"
OTHER: Final = "Warehouse receipts, the default branch 违约处置"


def run(folder: Path, say: Say) -> tuple[Record, Record]:
    """Play both branches in `folder`, which is empty or not there. Raises TrialUsageError, TrialError."""
    with left_whole(folder):
        works = Works(folder)
        try:
            return _run(folder, works, say)
        finally:
            works.close()


def _run(folder: Path, works: Works, say: Say) -> tuple[Record, Record]:
    with ExitStack() as open_until_the_end:
        world = _world(folder, works, say)
        open_until_the_end.callback(world.close)
        beginning.prepared(world)
        beginning.stocked(world)
        beginning.drawn(world)
        day = beginning.called(world)
        other = _forked(world, folder / DEFAULT)
        open_until_the_end.callback(other.close)
        for looked in (days.TOPPED_UP, days.DEFAULTED, days.WATCHED[1], days.SOLD):
            works.seen(looked)
        recovery.topped_up(world, day)
        recovery.released(world)
        recovery.discharged(world)
        recovery.delivered(world)
        rebuilt(world)
        _left(world, MAIN)
        say("")
        say("The other branch, from the margin call on: nobody tops up.")
        sale.defaulted(other, day)
        sale.sold(other)
        rebuilt(other)
        _left(other, OTHER)
    return world.record, other.record


def _world(folder: Path, works: Works, say: Say) -> World:
    clock = Clock(at(-4, 9))
    chain = founded(folder, clock)
    chain.write_pins()
    return World(folder, clock, chain, works, Record(), say)


def _forked(world: World, folder: Path) -> World:
    """The same world so far, to go on another way: the chain and the book are copied."""
    folder.mkdir()
    clock = Clock(world.clock.at)
    chain = world.chain.copied(folder, clock, shutil.copytree)
    world.desk.close()
    for name in ("books.db", "desk.toml", "silo.toml"):
        shutil.copy(world.folder / name, folder / name)
    alerts = world.desk.alerts
    world.opened = LendersDesk(world.folder, world.chain, alerts)
    world.desk.read()
    chain.write_pins()
    other = World(
        folder, clock, chain, world.works, world.record.copied(), world.say, LendersDesk(folder, chain, alerts),
        world.lot, world.trade, set(world.recorded), dict(world.receipts), dict(world.purchases), world.last_draw_at,
    )  # fmt: skip
    other.desk.read()
    return other


def _left(world: World, title: str) -> None:
    """What a reader finds beside chain and book."""
    world.chain.write_names({one.number: name for name, one in world.receipts.items()} | {world.lot: "lot of silo A"})
    world.desk.leave_journal()
    leave(world.folder / "timeline.svg", timeline.render(title, world.record).encode())
    figures = json.dumps(world.record.figures, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    leave(world.folder / "figures.json", figures.encode())
