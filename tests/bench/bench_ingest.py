"""Statements verified, decoded strictly and durably appended per second, beside the floor of bare verification.

The load goes through the service's own path from an intake's inbox on: group commit, the sink, checks, keys, the log on
this disk, a seal each half second, and confirmations where that is said. What is left out is the network: MQTT and TLS
are part of the latency section.

The floor is what the `cryptography` package alone needs for the same signatures. Every round measures floors and rates
one after another on the same cores, so a ratio is between neighbours in time; what is given is the median of the
rounds' ratios and the best of the rounds' rates, for what disturbs a round only ever makes it slower.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tally_edge import senml, statement
from tally_edge.keys import PublicKey
from tally_edge.proof import log_id_of
from tally_gateway.admission import Message
from tally_gateway.beacons import Beacons
from tally_gateway.checking import Checker, InlineChecker, KnownKeys, make_checker
from tally_gateway.intake.commit import CommitSettings, commit_forever
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery, Outcome, Sink
from tally_gateway.key_state import KeyState
from tally_gateway.lane import LogLane
from tally_gateway.log.writer import Log
from tally_gateway.pipeline import Incoming, Pipeline, PipelineParts
from tally_gateway.refuse import RefusalDesk
from tally_gateway.state import open_state
from tests.bench.bare import bare_verification
from tests.bench.load import Device, devices, statements
from tests.world import ed, p256

ORIGIN = "bench.example/1"
ROUNDS = 5
SEAL_EVERY_S = 0.5
"""The default cadence."""
CLIENT = "bench"
TOPIC = f"tally/1/{CLIENT}/up"


def run(count: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure at 1, 15 and 60 readings per statement on one core, and on two where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    fleet = devices(20)
    rows: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        helpers: _Helpers | None = None
        if len(cores) > 1:
            with pinned(cores[:2]):  # processes stay on the cores of whoever started them
                helpers = stack.enter_context(_helpers([device.key for device in fleet]))
        for readings in (1, 15, 60):
            load = list(statements(devices(20), count, readings))
            rows[f"{readings} readings"] = _row(load, fleet, rounds, cores, helpers)
    return rows


@dataclass(frozen=True, slots=True)
class _Helpers:
    """Two processes that check, and two that do nothing but verify. All are up."""

    checker: Checker
    bare: ProcessPoolExecutor


@contextlib.contextmanager
def _helpers(known: list[PublicKey]) -> Iterator[_Helpers]:
    checker = make_checker(2)
    try:
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as bare:
            asyncio.run(checker.check([Message(b"")] * 64, KnownKeys()))
            list(bare.map(bare_verification, [[]] * 8, [known] * 8))
            yield _Helpers(checker, bare)
    finally:
        checker.close()


def _row(
    load: list[bytes], fleet: list[Device], rounds: int, cores: list[int], helpers: _Helpers | None
) -> dict[str, Any]:
    count = len(load)
    taken: dict[str, list[float]] = {}

    def measure(name: str, seconds: float) -> None:
        taken.setdefault(name, []).append(count / seconds)

    known = [device.key for device in fleet]
    for _ in range(rounds):
        with pinned(cores[:1]):
            measure("floor_signature", bare_verification(load, known))
            measure("one_core", _ingest(load, known, InlineChecker()))
            measure("floor_signature_and_decode", _verification_and_decode(load, known))
            measure("one_core_confirmed", _ingest(load, known, InlineChecker(), confirmed=True))
        if helpers is not None:
            with pinned(cores[:2]):
                measure("two_cores", _ingest(load, known, helpers.checker))
                measure("floor_two_processes", _bare_verification_twice(load, known, helpers.bare))
    row: dict[str, Any] = {"bytes": sum(map(len, load)) // len(load), "statements": count}
    row.update({f"{name}_per_s": max(rates) for name, rates in taken.items()})
    row["one_core_of_signature_floor"] = _ratio(taken, "one_core", "floor_signature")
    row["one_core_of_decode_floor"] = _ratio(taken, "one_core", "floor_signature_and_decode")
    if "two_cores" in taken:
        row["two_cores_of_one"] = _ratio(taken, "two_cores", "one_core")
        row["floor_two_processes_of_one"] = _ratio(taken, "floor_two_processes", "floor_signature")
    return row


def _ratio(taken: dict[str, list[float]], name: str, floor: str) -> float:
    return median(one / other for one, other in zip(taken[name], taken[floor], strict=True))


@contextlib.contextmanager
def pinned(cores: Sequence[int]) -> Iterator[None]:
    """Run on these cores only; processes started meanwhile too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(cores))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _bare_verification_twice(load: list[bytes], known: list[PublicKey], pool: ProcessPoolExecutor) -> float:
    """The floor in two processes at once, half the load each: what two cores of this machine are worth to anybody."""
    half = len(load) // 2
    return max(pool.map(bare_verification, [load[:half], load[half:]], [known] * 2))


def _verification_and_decode(load: list[bytes], known: list[PublicKey]) -> float:
    by_kid = {key.kid: key for key in known}
    start = time.perf_counter()
    for encoded in load:
        signed = statement.decode(encoded)
        signed.verify(by_kid[signed.claims.kid])
        senml.check(signed.payload)
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message in the inbox, as a connection puts it there."""

    delivery: Delivery


class _Unconfirmed:
    """The pipeline's sink for messages that came by no intake, as over HTTP: nobody is owed a confirmation."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """See Sink."""
        incoming = [Incoming(Message(one.payload), one.client) for one in deliveries]
        return [taken.outcome for taken in await self._pipeline.take(incoming)]


def _ingest(load: list[bytes], known: list[PublicKey], checker: Checker, *, confirmed: bool = False) -> float:
    """Seconds from the first message in the inbox until the last is acknowledged and sealed."""
    with tempfile.TemporaryDirectory(dir=Path("build")) as folder:
        pipeline, lane, log = _pipeline(Path(folder), known, checker)
        try:
            elapsed = asyncio.run(_feed(pipeline, load, confirmed=confirmed))
            assert log.size == log.head.size == len(load) + 1
            assert pipeline.counters.confirmed_statements == (len(load) if confirmed else 0)
            return elapsed
        finally:
            lane.close()


def _pipeline(folder: Path, known: list[PublicKey], checker: Checker) -> tuple[Pipeline, LogLane, Log]:
    """What assembly.assemble puts together, without chain and projection. Every round knows the same keys, so a
    checker may serve many rounds."""
    proof_signer, log_id = p256("bench proof"), log_id_of(ORIGIN)
    log = Log.create(folder, ORIGIN, ed("bench"), proof_signer, _now)
    state = open_state(folder, log_id)
    key_state = KeyState(state, ())
    for key in known:
        key_state.known.add(key)
    parts = PipelineParts(
        lane=LogLane(log, state),
        state=state,
        checker=checker,
        keys=key_state,
        desk=RefusalDesk(state, proof_signer, log_id, 1 << 20, _now),
        beacons=Beacons(proof_signer, log_id, _now),
        log_id=log_id,
        proof_keys={},
        has_space=lambda: True,
    )
    return Pipeline(parts), parts.lane, log


def _now() -> int:
    return int(time.time())


async def _feed(pipeline: Pipeline, load: list[bytes], *, confirmed: bool) -> float:
    """Through an inbox, as connections fill it, and group commit; seals at the cadence beside it."""

    async def send(_client: str, _payload: bytes) -> bool:
        return True

    async def seal_forever() -> None:
        while True:
            await asyncio.sleep(SEAL_EVERY_S)
            await pipeline.seal()

    waiting, finished = len(load), asyncio.Event()

    def answer(_batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        nonlocal waiting
        assert all(outcome is Outcome.COMMITTED for outcome in outcomes)
        waiting -= len(outcomes)
        if not waiting:
            finished.set()

    inbox: Inbox[_Waiting] = Inbox(4096, 64 << 20)
    sink: Sink = pipeline.port(send) if confirmed else _Unconfirmed(pipeline)
    arriving = [_Waiting(Delivery(CLIENT, TOPIC, encoded)) for encoded in load]
    start = time.perf_counter()
    committing = asyncio.create_task(commit_forever(inbox, sink, answer, CommitSettings(), IntakeCounters()))
    sealing = asyncio.create_task(seal_forever())
    for one in arriving:
        await inbox.put(one, len(one.delivery.payload))
    await finished.wait()
    sealing.cancel()
    await asyncio.wait({sealing})
    await pipeline.seal()
    elapsed = time.perf_counter() - start
    committing.cancel()
    await asyncio.wait({committing})
    return elapsed
