"""Ten thousand devices in one process, a statement a device and minute: as fast as they can, and live over MQTT.

First the fleet alone, some minutes of its time one after the other, beside its floor: bare signing with the same keys.
Then in real time against a real gateway process with its defaults, over MQTT 5 and TLS: in every second the devices
whose turn it is read, sign and publish. A publication is late by how long after its second began it was handed over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tally_edge import countersign
from tally_edge.agent.uplink import Uplink
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.pinned_tls import client_context
from tally_edge.statement import Kind
from tally_gateway.intake.clients import ClientFile
from tally_gateway.tls import TlsFiles
from tally_sim.fleet import MINUTE_S, PREFIX, Fleet
from tests.bench import bench_latency
from tests.bench.running import PASSPHRASE, found, percentiles, port_of, wait_for
from tests.bench.steady import PER_CLIENT_PER_S, Client, publish
from tests.world import Stream, p256

ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = 1_772_380_800
_RETRY_S = 0.002
_QUIET_S = 60.0


def run(devices: int, minutes: int, live_seconds: int) -> dict[str, Any]:
    """`minutes` of the fleet alone, then `live_seconds` of real time with a gateway (0: none)."""
    result: dict[str, Any] = {"devices": devices, "wanted_per_s": devices / MINUTE_S}
    result["alone"] = _alone(devices, minutes)
    if live_seconds:
        result["live"] = _live(devices, live_seconds)
    return result


def _alone(devices: int, minutes: int) -> dict[str, float]:
    started = time.process_time()
    fleet = Fleet(devices, "bench", BEGINS, ZONE)
    made = time.process_time() - started
    for at in range(BEGINS, BEGINS + MINUTE_S):
        fleet.turn(at)  # they start, and say their openings
    begun, wall = time.process_time(), time.monotonic()
    sizes = [
        len(said.encoded)
        for at in range(BEGINS + MINUTE_S, BEGINS + (minutes + 1) * MINUTE_S)
        for _, said in fleet.turn(at)
    ]
    seconds, wall = time.process_time() - begun, time.monotonic() - wall
    keys = [device.stream.key for device in fleet.devices]
    message = bytes(sum(sizes) // len(sizes) - 64)
    begun = time.process_time()
    for number in range(len(sizes)):
        keys[number % devices].sign(message)
    floor = time.process_time() - begun
    return {
        "minutes": minutes,
        "statements": len(sizes),
        "statement_bytes": sum(sizes) / len(sizes),
        "seconds_to_make": made,
        "memory_mb": bench_latency._rss_mb(os.getpid()),
        "statements_per_s": len(sizes) / seconds,
        "floor_signed_per_s": len(sizes) / floor,
        "of_floor": floor / seconds,
        "cpu_us_a_statement": seconds / len(sizes) * 1e6,
        "cores_in_real_time": seconds / (minutes * MINUTE_S),
        "times_real_time": minutes * MINUTE_S / wall,
    }


def _live(devices: int, seconds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=Path("build")) as held:
        folder = Path(held) / "gateway"
        authority = Stream(p256("bench authority"), "urn:dev:org:32473-office")
        found(folder, authority)
        names = [f"plant-{number}" for number in range(max(1, -(-devices // (MINUTE_S * PER_CLIENT_PER_S))) * 2)]
        file = ClientFile(folder / "clients.toml")
        tokens = {name: file.add(name) for name in names}
        begins = int(time.time()) // MINUTE_S * MINUTE_S
        fleet = Fleet(devices, "bench live", begins, ZONE)
        enrolments = [(0, _enrolment(authority, fleet, number)) for number in range(devices)]
        environment = {**os.environ, "TALLYSTICK_PASSPHRASE": PASSPHRASE}
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tally_edge.command", "gateway", "run", "--dir", str(folder)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        try:
            port = wait_for(lambda: port_of(folder, "mqtt"), process, folder)
            clients = [Client(name) for name in tokens]
            tls = client_context(TlsFiles(folder / "tls").ca_cert)
            uplinks = [client.open(tokens[client.name], port, tls) for client in clients]
            try:
                publish(uplinks, clients, enrolments, PER_CLIENT_PER_S)
                for client in clients:
                    client.acknowledged.clear()
                return _stream(fleet, seconds, uplinks, clients, process.pid)
            finally:
                for uplink in uplinks:
                    uplink.stop()
        finally:
            process.terminate()
            process.wait(_QUIET_S)


def _enrolment(authority: Stream, fleet: Fleet, number: int) -> bytes:
    issuer, point = f"{PREFIX}:a{number}", f"{PREFIX}:m{number}"
    key = fleet.devices[number].stream.key.public
    payload = Enrolment(issuer, key, (point,), SigningPlace.SIMULATED, "fleet")
    claims = authority.claims(Kind.ENROLMENT, issuer, int(time.time()))
    return authority.advance(countersign.sign(claims, payload, authority.signer, p256("bench second person"))).encoded


def _stream(fleet: Fleet, seconds: int, uplinks: list[Uplink], clients: list[Client], gateway: int) -> dict[str, Any]:
    """Live: second after second. The fleet's own time begins at its first turn, a whole minute of openings first."""
    lateness: list[float] = []
    sent = 0
    gateway_before, own_before = bench_latency.cpu_s(gateway), time.process_time()
    start = time.monotonic()
    for second in range(seconds):
        due = start + second
        wait_s = due - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        for number, said in fleet.turn(fleet.begins + second):
            place = number % len(clients)
            while not uplinks[place].publish(sent, clients[place].name, said.encoded):
                time.sleep(_RETRY_S)
            sent += 1
            lateness.append(time.monotonic() - due)
    took = time.monotonic() - start
    shares = (bench_latency.cpu_s(gateway) - gateway_before) / took, (time.process_time() - own_before) / took
    deadline = time.monotonic() + _QUIET_S
    while sum(len(client.acknowledged) for client in clients) < sent and time.monotonic() < deadline:
        time.sleep(0.05)
    answers = [reason for client in clients for _, reason in client.acknowledged.values()]
    return {
        "seconds": seconds,
        "statements": sent,
        "achieved_per_s": sent / took,
        "acknowledged": answers.count(0),
        "refused": len(answers) - answers.count(0),
        "late_ms": percentiles(lateness),
        "fleet_and_clients_cpu_share": shares[1],
        "gateway_cpu_share": shares[0],
    }
