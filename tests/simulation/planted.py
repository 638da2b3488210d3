"""Bugs, planted on purpose: each a patch of the product that a simulation worth its time finds within 50 seeds."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

from tally_edge.agent import outbox_tables, own_record
from tally_edge.agent.agent import Agent
from tally_edge.agent.config import PointConfig
from tally_edge.agent.delivery import Delivery
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.point_state import OpenGap
from tally_edge.agent.sampler import Sampler
from tally_edge.agent.settling import Settling
from tally_edge.agent.telling import Telling
from tally_edge.agent.transport import DELIVERED
from tally_edge.device import GapReason, RegisterValue
from tally_edge.drivers.interface import Driver, RegisterReading
from tally_edge.errors import DriverError
from tally_edge.statement import Statement
from tally_gateway.intake import commit
from tally_gateway.intake.interface import Outcome
from tally_gateway.log.files import DurableFiles
from tally_gateway.log.placing import Placing
from tally_gateway.log.store import Store
from tally_gateway.log.tile_folder import TileFolder
from tests.simulation.plant import Meter

Plant = Callable[[], Any]
"""A context manager: the bug is there inside."""


@contextmanager
def acknowledged_before_the_commit() -> Iterator[None]:
    """The gateway answers at once, and stores while nobody waits."""
    deliver = commit._deliver

    async def early(batch: Sequence[Any], sink: Any, counters: Any) -> Sequence[Outcome]:
        storing = asyncio.ensure_future(deliver(batch, sink, counters))
        storing.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.sleep(0)
        return [Outcome.COMMITTED] * len(batch)

    with mock.patch.object(commit, "_deliver", early):
        yield


@contextmanager
def tiles_published_before_they_are_synced() -> Iterator[None]:
    """The head is published over tiles that only the page cache holds."""

    def place(_files: DurableFiles, path: Path, data: bytes) -> None:
        path.write_bytes(data)

    def sync(folder: TileFolder) -> None:
        folder._unsynced.clear()

    with mock.patch.object(DurableFiles, "place", place), mock.patch.object(TileFolder, "sync", sync):
        yield


@contextmanager
def deleted_on_the_acknowledgement() -> Iterator[None]:
    """The agent takes the broker's word for the gateway's."""

    def on_puback(delivery: Delivery, seq: int, reason: int) -> None:
        if reason == DELIVERED:
            delivery._outbox._db.execute("DELETE FROM entry WHERE seq = ?", (seq,))
            delivery._forget(seq)

    with mock.patch.object(Delivery, "on_puback", on_puback):
        yield


@contextmanager
def outbox_committed_without_a_sync() -> Iterator[None]:
    """What the agent signed is on its disk at some time."""
    connect = outbox_tables.connect

    def careless(folder: Path, max_bytes: int) -> sqlite3.Connection:
        database = connect(folder, max_bytes)
        database.execute("PRAGMA synchronous=OFF")
        return database

    with mock.patch.object(outbox_tables, "connect", careless):
        yield


@contextmanager
def sent_before_the_number_is_kept() -> Iterator[None]:
    """A statement is on its way before its commit."""
    begin, append = Agent.__init__, Outbox.append
    ways: dict[int, tuple[Any, str]] = {}

    def known(agent: Agent, *arguments: Any, **named: Any) -> None:
        begin(agent, *arguments, **named)
        ways[id(agent._outbox)] = (agent._transport, agent._identity.client)

    def eager(outbox: Outbox, signed: Statement) -> None:
        append(outbox, signed)
        transport, client = ways[id(outbox)]
        transport.publish(signed.claims.seq, client, signed.encoded)

    with mock.patch.object(Agent, "__init__", known), mock.patch.object(Outbox, "append", eager):
        yield


@contextmanager
def log_committed_without_a_sync() -> Iterator[None]:
    """The log's database does not wait for its disk."""
    begin = Store.__init__

    def careless(store: Store, *arguments: Any, **named: Any) -> None:
        begin(store, *arguments, **named)
        store._db.execute("PRAGMA synchronous = OFF")

    with mock.patch.object(Store, "__init__", careless):
        yield


@contextmanager
def repeats_taken_for_new() -> Iterator[None]:
    """The log does not know a statement again."""
    with mock.patch.object(Placing, "_leaf_at", return_value=b""):
        yield


@contextmanager
def never_sent_again() -> Iterator[None]:
    """What was sent once is never overdue."""
    with mock.patch.object(Delivery, "_set_deadline", return_value=None):
        yield


@contextmanager
def downtime_not_declared() -> Iterator[None]:
    """An agent that was away says nothing of it."""
    with mock.patch.object(Sampler, "_account_for_start", return_value=None):
        yield


# What an agent signs as its meter's word


@contextmanager
def readings_at_half_their_value() -> Iterator[None]:
    """Every register is signed at half of what the meter shows: a consistent lie, which no reader can see."""
    ask = Sampler._read

    def halved(sampler: Sampler, slot: int, now: int) -> list[RegisterReading] | None:
        shown = ask(sampler, slot, now)
        return None if shown is None else [replace(one, value=_number(one.value) / 2) for one in shown]

    with mock.patch.object(Sampler, "_read", halved):
        yield


@contextmanager
def late_readings_stamped_as_on_time() -> Iterator[None]:
    """A reading that came some seconds late carries the time of its slot."""
    ask = Sampler._read

    def stamped(sampler: Sampler, slot: int, now: int) -> list[RegisterReading] | None:
        shown = ask(sampler, slot, now)
        return None if shown is None else [replace(one, taken_at=slot) for one in shown]

    with mock.patch.object(Sampler, "_read", stamped):
        yield


@contextmanager
def silence_filled_with_the_last_register() -> Iterator[None]:
    """Where the meter is silent, what it showed before is signed again, as if it had been read."""
    ask = Sampler._read
    last: WeakKeyDictionary[Sampler, list[RegisterReading]] = WeakKeyDictionary()

    def filled(sampler: Sampler, slot: int, now: int) -> list[RegisterReading] | None:
        meter = sampler._driver
        assert isinstance(meter, Meter)
        if meter.silent and sampler in last:
            return [replace(one, taken_at=now) for one in last[sampler]]
        if shown := ask(sampler, slot, now):
            last[sampler] = shown
        return shown

    with mock.patch.object(Sampler, "_read", filled):
        yield


@contextmanager
def a_freeze_of_an_earlier_time() -> Iterator[None]:
    """A boundary that was missed is settled on a register of ten minutes before it."""
    fetch = own_record.frozen

    def earlier(driver: Driver, at: int, point: PointConfig) -> tuple[RegisterValue, ...] | None:
        return fetch(driver, at - 600, point)

    with mock.patch.object(own_record, "frozen", earlier):
        yield


# What it says of what it did not read


def _skipping(skip: Callable[[Sampler, int, int], None]) -> Any:
    """Every sixteenth slot is left out by `skip`, after the opening."""
    ask = Sampler._read

    def skipped(sampler: Sampler, slot: int, now: int) -> list[RegisterReading] | None:
        if sampler._settling.opens or slot % (16 * sampler._point.cadence_s):
            return ask(sampler, slot, now)
        skip(sampler, slot, now)
        return None

    return mock.patch.object(Sampler, "_read", skipped)


@contextmanager
def silence_of_a_meter_that_answered() -> Iterator[None]:
    """An answer is thrown away, and the meter blamed."""

    def skip(sampler: Sampler, slot: int, now: int) -> None:
        with suppress(DriverError):
            sampler._driver.read(now)
        sampler._leave_out(GapReason.METER_SILENT, slot)

    with _skipping(skip):
        yield


@contextmanager
def down_while_it_ran() -> Iterator[None]:
    """An agent that runs does not read, and says that it was down."""
    with _skipping(lambda sampler, slot, _now: sampler._leave_out(GapReason.AGENT_DOWN, slot)):
        yield


@contextmanager
def one_more_missing_than_was_left_out() -> Iterator[None]:
    """A gap counts one slot too many."""
    declare = Telling.gap

    def one_more(telling: Telling, gap: OpenGap, before: int) -> None:
        declare(telling, replace(gap, missing=gap.missing + 1), before)

    with mock.patch.object(Telling, "gap", one_more):
        yield


@contextmanager
def a_gap_over_what_was_read() -> Iterator[None]:
    """A gap begins one slot too early, and counts it: the reading of that slot is in the log."""
    declare = Telling.gap

    def wider(telling: Telling, gap: OpenGap, before: int) -> None:
        earlier = gap.after - telling._point.cadence_s
        declare(telling, replace(gap, after=earlier, missing=gap.missing + 1), before)

    with mock.patch.object(Telling, "gap", wider):
        yield


@contextmanager
def a_gap_behind_the_reading_that_ends_it() -> Iterator[None]:
    """The reading is signed first, and the gap before it only then."""
    pack = Sampler._pack

    def packed(sampler: Sampler, readings: list[RegisterReading], slot: int, taken_at: int) -> None:
        pack(sampler, readings, slot, taken_at)
        if len(sampler._gaps):
            sampler.flush()
            sampler._declare_open(taken_at)

    with mock.patch.object(Sampler, "_pack", packed), mock.patch.object(Sampler, "_end_gaps", return_value=None):
        yield


@contextmanager
def settlements_that_count_one_gap_less() -> Iterator[None]:
    """The counts leave out the first gap, so that two settlements around it prove a total."""
    settle = Settling._settle

    def fewer(settling: Settling, *about: Any) -> None:
        view = settling._telling.view
        settling._telling.view = replace(view, counts=replace(view.counts, gaps=max(0, view.counts.gaps - 1)))
        settle(settling, *about)

    with mock.patch.object(Settling, "_settle", fewer):
        yield


def _number(value: object) -> Decimal:
    assert isinstance(value, Decimal)
    return value


PLANTS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        acknowledged_before_the_commit,
        tiles_published_before_they_are_synced,
        deleted_on_the_acknowledgement,
        outbox_committed_without_a_sync,
        sent_before_the_number_is_kept,
        log_committed_without_a_sync,
        repeats_taken_for_new,
        never_sent_again,
        downtime_not_declared,
        readings_at_half_their_value,
        late_readings_stamped_as_on_time,
        silence_filled_with_the_last_register,
        a_freeze_of_an_earlier_time,
        silence_of_a_meter_that_answered,
        down_while_it_ran,
        one_more_missing_than_was_left_out,
        a_gap_over_what_was_read,
        a_gap_behind_the_reading_that_ends_it,
        settlements_that_count_one_gap_less,
    )
}

FOUND_AT: dict[str, int] = {
    "acknowledged_before_the_commit": 11,
    "tiles_published_before_they_are_synced": 3,
    "deleted_on_the_acknowledgement": 1,
    "outbox_committed_without_a_sync": 2,
    "sent_before_the_number_is_kept": 1,
    "log_committed_without_a_sync": 3,
    "repeats_taken_for_new": 1,
    "never_sent_again": 1,
    "downtime_not_declared": 2,
    "readings_at_half_their_value": 1,
    "late_readings_stamped_as_on_time": 14,
    "silence_filled_with_the_last_register": 3,
    "a_freeze_of_an_earlier_time": 10,
    "silence_of_a_meter_that_answered": 1,
    "down_while_it_ran": 1,
    "one_more_missing_than_was_left_out": 2,
    "a_gap_over_what_was_read": 2,
    "a_gap_behind_the_reading_that_ends_it": 2,
    "settlements_that_count_one_gap_less": 2,
}
"""The seed that found each when it was last looked for from 1 on: tried first, as the runs before it found nothing."""
