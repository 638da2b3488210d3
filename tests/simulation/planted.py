"""Bugs, planted on purpose: each a patch of the product that a simulation worth its time finds within 50 seeds."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tally_edge.agent import outbox_tables
from tally_edge.agent.agent import Agent
from tally_edge.agent.delivery import Delivery
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.sampler import Sampler
from tally_edge.agent.transport import DELIVERED
from tally_edge.statement import Statement
from tally_gateway.intake import commit
from tally_gateway.intake.interface import Outcome
from tally_gateway.log.files import DurableFiles
from tally_gateway.log.placing import Placing
from tally_gateway.log.store import Store
from tally_gateway.log.tile_folder import TileFolder

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
    )
}
