"""Statements verified, decoded strictly and durably appended per second, beside the floor of bare verification.

The floor is what the `cryptography` package alone needs for the same signatures, in the same run, on the same core.
Rates are by wall clock with the process pinned to its cores; the signature floor is pinned to one.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tally_edge import keys, senml, statement
from tally_gateway.admission import Message
from tally_gateway.checking import InlineChecker, KnownKeys, ProcessChecker
from tally_gateway.log.records import Entry
from tally_gateway.log.writer import Log
from tests.bench.load import Device, devices, statements
from tests.world import ed, p256

BATCH = 400
ROUNDS = 3


def run(count: int) -> dict[str, Any]:
    """Measure at 1, 15 and 60 readings per statement on one core, and on two where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return {f"{readings} readings": _row(readings, count, cores) for readings in (1, 15, 60)}


def _row(readings: int, count: int, cores: list[int]) -> dict[str, Any]:
    fleet = devices(20)
    load = list(statements(fleet, count, readings))
    row: dict[str, Any] = {"bytes": sum(map(len, load)) // len(load), "statements": count}
    with _Pinned(cores[:1]):
        row["floor_signature_per_s"] = _best(lambda: _bare_verification(load, fleet), count)
        row["floor_signature_and_decode_per_s"] = _best(lambda: _verification_and_decode(load, fleet), count)
        row["one_core_per_s"] = _best(lambda: _ingest(load, fleet, 0), count)
    row["one_core_of_signature_floor"] = row["one_core_per_s"] / row["floor_signature_per_s"]
    row["one_core_of_decode_floor"] = row["one_core_per_s"] / row["floor_signature_and_decode_per_s"]
    if len(cores) > 1:
        with _Pinned(cores[:2]):
            row["two_cores_per_s"] = _best(lambda: _ingest(load, fleet, 2), count)
        row["two_cores_of_one"] = row["two_cores_per_s"] / row["one_core_per_s"]
    return row


class _Pinned:
    """Run on these cores only."""

    def __init__(self, cores: Sequence[int]) -> None:
        self._cores, self._before = set(cores), os.sched_getaffinity(0)

    def __enter__(self) -> None:
        os.sched_setaffinity(0, self._cores)

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._before)


def _best(action: Callable[[], float], count: int) -> float:
    """The best rate of several rounds: what disturbs a round only ever makes it slower."""
    return max(count / action() for _ in range(ROUNDS))


def _bare_verification(load: list[bytes], fleet: list[Device]) -> float:
    loaded = {device.key.kid: keys.load(device.key) for device in fleet}
    algorithm = ec.ECDSA(hashes.SHA256())
    ready = []
    for encoded in load:
        signed = statement.decode(encoded)
        r, s = int.from_bytes(signed.signature[:32], "big"), int.from_bytes(signed.signature[32:], "big")
        ready.append((loaded[signed.claims.kid], encode_dss_signature(r, s), signed.signed_bytes))
    start = time.perf_counter()
    for key, signature, message in ready:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, algorithm)
    return time.perf_counter() - start


def _verification_and_decode(load: list[bytes], fleet: list[Device]) -> float:
    by_kid = {device.key.kid: device.key for device in fleet}
    start = time.perf_counter()
    for encoded in load:
        signed = statement.decode(encoded)
        signed.verify(by_kid[signed.claims.kid])
        senml.check(signed.payload)
    return time.perf_counter() - start


def _ingest(load: list[bytes], fleet: list[Device], workers: int) -> float:
    known = KnownKeys()
    for device in fleet:
        known.add(device.key)
    checker = ProcessChecker(workers) if workers else InlineChecker()
    with tempfile.TemporaryDirectory(dir=Path("build")) as folder:
        log = Log.create(Path(folder), "bench.example/1", ed("bench"), p256("bench proof"), lambda: int(time.time()))
        try:
            asyncio.run(checker.check([Message(encoded) for encoded in load[:64]], known))  # processes are up
            start = time.perf_counter()
            asyncio.run(_feed(load, checker, known, log))
            log.seal()
            elapsed = time.perf_counter() - start
            assert log.size == len(load) + 1
            return elapsed
        finally:
            checker.close()
            log.close()


async def _feed(load: list[bytes], checker: InlineChecker | ProcessChecker, known: KnownKeys, log: Log) -> None:
    """As the pipeline does: the next batch is checked while the one before is appended."""
    loop = asyncio.get_running_loop()
    appending: asyncio.Future[Any] | None = None
    for start in range(0, len(load), BATCH):
        part = load[start : start + BATCH]
        checked = await checker.check([Message(encoded) for encoded in part], known)
        assert all(one.accepted for one in checked)
        entries = [Entry(one.kid, one.seq, encoded) for one, encoded in zip(checked, part, strict=True)]
        if appending is not None:
            await appending
        appending = loop.run_in_executor(None, log.append, entries)
    if appending is not None:
        await appending
