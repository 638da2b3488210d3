"""From publishing to acknowledgement, to confirmation and to the published checkpoint, at a steady rate.

A real gateway process with its defaults (embedded chain, projection, a checkpoint each half second), founded for the
purpose; clients over MQTT 5 and TLS, 50 devices, every statement signed beforehand. Confirmation is the arrival of the
proof that covers the statement; checkpoint is the first published one that is larger than its index, seen by a look at
the file every 5 ms. Beside it two floors: the same clients against the same listener with a sink that stores nothing,
and one fsync of a small file on this disk. All times from the moment at which the statement was due.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tally_edge import proof
from tally_edge.errors import TallyError
from tally_edge.pinned_tls import client_context
from tally_edge.proof import Proof
from tally_edge.statement import decode
from tally_gateway.intake.clients import ClientFile
from tally_gateway.projection.projector import FOLDER
from tally_gateway.tls import TlsFiles
from tests.bench.load import devices, statements
from tests.bench.running import PASSPHRASE, enrolment, found, percentiles, port_of, running, wait_for
from tests.bench.steady import PER_CLIENT_PER_S, Client, Published, publish
from tests.world import Stream, p256

DEVICES = 50
READINGS = 15
_LOOK_S = 0.005


def run(rate: int, seconds: int) -> dict[str, Any]:
    """Publish `rate` statements a second for so many seconds, and report."""
    with tempfile.TemporaryDirectory(dir=Path("build")) as held:
        folder = Path(held) / "gateway"
        authority = Stream(p256("bench authority"), "urn:dev:org:32473-office")
        start = time.monotonic()
        found(folder, authority)
        started = time.monotonic() - start
        names = [f"plant-{number}" for number in range(max(1, -(-rate // PER_CLIENT_PER_S)))]
        file = ClientFile(folder / "clients.toml")
        tokens = {name: file.add(name) for name in names}
        fleet = devices(DEVICES)
        enrolments = [enrolment(authority, device) for device in fleet]
        load = list(statements(fleet, rate * seconds, READINGS))
        result: dict[str, Any] = {"rate_wanted_per_s": rate, "seconds": seconds, "readings": READINGS}
        result["devices"], result["clients"], result["founding_s"] = DEVICES, len(names), started
        result.update(_with_gateway(folder, tokens, enrolments, load, rate))
        result["floor_listener_alone"] = _null(folder, tokens, load[: rate * min(seconds, 5)], rate)
        result["floor_fsync_ms"] = _fsync_ms(Path(held))
        result.update(_sizes(folder, load))
        return result


def _with_gateway(
    folder: Path, tokens: dict[str, str], enrolments: Sequence[bytes], load: Sequence[bytes], rate: int
) -> dict[str, Any]:
    start = time.monotonic()
    with running(folder) as process:
        port = wait_for(lambda: port_of(folder, "mqtt"), process, folder)
        begun = time.monotonic() - start
        clients = [Client(name) for name in tokens]
        tls = client_context(TlsFiles(folder / "tls").ca_cert)
        uplinks = [client.open(tokens[client.name], port, tls) for client in clients]
        try:
            publish(uplinks, clients, [(0, encoded) for encoded in enrolments], PER_CLIENT_PER_S)
            for client in clients:
                client.acknowledged.clear()
            with _Watch(folder / "log" / "checkpoint", process.pid, len(load) / rate / 10) as watch:
                before, rss = cpu_s(process.pid), _rss_mb(process.pid)
                own = time.process_time()
                done = publish(uplinks, clients, _dealt(load, len(clients)), rate)
                shares = (cpu_s(process.pid) - before) / done.seconds, (time.process_time() - own) / done.seconds
                wait_for(lambda: _all_confirmed(clients, load), process, folder)
                rss_end = _rss_mb(process.pid)
        finally:
            for uplink in uplinks:
                uplink.stop()
    return {
        "start_s": begun,
        "rate_achieved_per_s": len(load) / done.seconds,
        **_times(load, clients, done, watch.seen),
        "gateway_cpu_share": shares[0],
        "clients_cpu_share": shares[1],
        "gateway_rss_mb_start": rss,
        "gateway_rss_mb_end": rss_end,
        "gateway_rss_mb_at_tenths": watch.rss,
    }


def _dealt(load: Sequence[bytes], clients: int) -> list[tuple[int, bytes]]:
    """Each device publishes by one client, so that its stream keeps its order."""
    return [(number % DEVICES % clients, encoded) for number, encoded in enumerate(load)]


def _times(
    load: Sequence[bytes], clients: Sequence[Client], done: Published, seen: Sequence[tuple[int, float]]
) -> dict[str, Any]:
    confirmed = confirmed_of(clients)
    sizes = [size for size, _ in seen]
    acknowledged, proven, published = [], [], []
    for due, at, encoded in zip(done.due, done.acknowledged, load, strict=True):
        arrived, index = confirmed[_place(encoded)]
        acknowledged.append(at - due)
        proven.append(arrived - due)
        published.append(seen[bisect_left(sizes, index + 1)][1] - due)
    return {
        "acknowledged_ms": percentiles(acknowledged),
        "confirmed_ms": percentiles(proven),
        "checkpoint_ms": percentiles(published),
    }


def _proof(body: bytes) -> Proof | None:
    try:
        return proof.decode(body)
    except TallyError:
        return None


def confirmed_of(clients: Sequence[Client]) -> dict[tuple[bytes, int], tuple[float, int]]:
    """By place (key id, seq): when the first proof that covers it came, and its index."""
    confirmed: dict[tuple[bytes, int], tuple[float, int]] = {}
    for client in clients:
        for at, body in list(client.heard):
            covered = _proof(body)
            if covered is not None and covered.run is not None:
                kid, first = covered.run
                for offset, path in enumerate(covered.paths):
                    confirmed.setdefault((kid, first + offset), (at, path.index))
    return confirmed


def _all_confirmed(clients: Sequence[Client], load: Sequence[bytes]) -> int | None:
    confirmed = confirmed_of(clients)
    return len(load) if all(_place(encoded) in confirmed for encoded in load) else None


def _place(encoded: bytes) -> tuple[bytes, int]:
    claims = decode(encoded).claims
    assert claims.seq is not None
    return claims.kid, claims.seq


class _Watch:
    """Looks at the published checkpoint every 5 ms: (size, when it was first seen), ascending; and now and then at the
    gateway's memory."""

    def __init__(self, path: Path, pid: int, rss_every_s: float) -> None:
        self._path, self._over = path, threading.Event()
        self._pid, self._every_s = pid, rss_every_s
        self.rss: list[float] = []
        self.seen: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._look, name="watch")

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        before, due = 0, time.monotonic() + self._every_s
        while not self._over.wait(_LOOK_S):
            now = self._path.stat().st_mtime_ns
            if now != before:
                before = now
                self.seen.append((int(self._path.read_text().split("\n")[1]), time.monotonic()))
            if time.monotonic() >= due:
                due += self._every_s
                self.rss.append(_rss_mb(self._pid))


def _sizes(folder: Path, load: Sequence[bytes]) -> dict[str, float]:
    """Bytes on disk by statement, and how fast the segments are made again from the log. The gateway has ended."""
    environment = {**os.environ, "TALLYSTICK_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-m", "tally_edge.command", "gateway", "rebuild", "--dir", str(folder)]
    start = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    elapsed, count = time.monotonic() - start, len(load)

    def size_of(path: Path) -> int:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

    return {
        "statement_bytes": sum(map(len, load)) / count,
        "log_bytes_per_statement": size_of(folder / "log") / count,
        "state_bytes_per_statement": (folder / "state.sqlite").stat().st_size / count,
        "parquet_bytes_per_statement": size_of(folder / FOLDER) / count,
        "rebuilt_per_s": count / elapsed,
    }


def _null(folder: Path, tokens: dict[str, str], load: Sequence[bytes], rate: int) -> dict[str, float]:
    """The same clients against the listener alone, in a process of its own: publish to PUBACK."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.null_listener", str(folder / "tls"), str(folder / "clients.toml")],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            clients = [Client(name) for name in tokens]
            tls = client_context(TlsFiles(folder / "tls").ca_cert)
            uplinks = [client.open(tokens[client.name], port, tls) for client in clients]
            try:
                done = publish(uplinks, clients, _dealt(load, len(clients)), rate)
            finally:
                for uplink in uplinks:
                    uplink.stop()
        finally:
            process.kill()
    return percentiles([at - due for at, due in zip(done.acknowledged, done.due, strict=True)])


def _fsync_ms(folder: Path) -> float:
    taken = []
    with (folder / "small").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - start)
    return median(taken) * 1000


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu_s(pid: int) -> float:
    """Processor time used so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
