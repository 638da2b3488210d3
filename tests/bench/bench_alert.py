"""From a statement's signing to the stored alert that it raises, while other devices publish at a steady rate.

A real gateway process with its defaults, 50 devices over MQTT 5 and TLS, every statement of theirs signed beforehand. A
lender's whole watch runs in a process of its own (`watching`): book, chain and the log over HTTP, all of it proven and
verified, at its default pace. Every quarter of a second a weighbridge signs a truck that leaves without a release
order and publishes it. Floor: the gateway's own confirmation of the same statements, from the same moment; no watch can
see them much sooner, since they stand under no checkpoint before. All times are of one clock, CLOCK_MONOTONIC, which
the processes share.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tally_chain.policy import Accept, Policy, TrustedKey, TrustedLog
from tally_edge import keys, senml, statement
from tally_edge.authority import Enrolment, NamedLog, Person, PlannedPoint, SigningPlace, SitePlan
from tally_edge.pinned_tls import client_context
from tally_edge.proof import log_id_of
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_gateway.founding import Fingerprints
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.intake.clients import ClientFile
from tally_gateway.tls import TlsFiles
from tests.bench import watching
from tests.bench.bench_latency import DEVICES, READINGS, confirmed_of
from tests.bench.load import devices, statements
from tests.bench.running import ORIGIN, PERSON, enrolment, found, percentiles, port_of, running, stated, wait_for
from tests.bench.steady import PER_CLIENT_PER_S, Client, publish
from tests.bench.watching import HOLD_EVERY_S, Reader
from tests.world import Stream, p256

SCALE = "urn:dev:org:32473-bench:scale"
SITE = "urn:example:site:bench"
EVERY_S = 0.25
_LATEST_S = 60.0
_START_S = 300.0
"""For a chain's contracts and a book's ninety days."""


def run(rate: int, seconds: int, receipts: int = 1000, hold_every_s: float = HOLD_EVERY_S) -> dict[str, Any]:
    """Publish `rate` statements a second for so many seconds, with four alarms a second among them, and report."""
    with tempfile.TemporaryDirectory(dir=Path("build")) as held:
        folder = Path(held) / "gateway"
        authority = Stream(p256("bench authority"), "urn:dev:org:32473-office")
        fingerprints = found(folder, authority)
        names = [f"plant-{number}" for number in range(max(1, -(-rate // PER_CLIENT_PER_S)))]
        file = ClientFile(folder / "clients.toml")
        tokens = {name: file.add(name) for name in [*names, "yard"]}
        token = TokenFile(folder / "api-tokens.toml").add("bank", frozenset({Scope.ENTRIES}))
        fleet = devices(DEVICES)
        scale = Stream(p256("bench scale"), "urn:dev:org:32473-bench:yard")
        said = [_plan(authority), _enrolled(authority, scale), *(enrolment(authority, device) for device in fleet)]
        load = list(statements(fleet, rate * seconds, READINGS))
        with running(folder) as process:
            mqtt, http = (wait_for(partial(port_of, folder, of), process, folder) for of in ("mqtt", "http"))
            policy = _policy(authority, fingerprints)
            reader = Reader(
                f"http://127.0.0.1:{http}", token, fingerprints.checkpoint_key, policy, ORIGIN, SCALE, receipts,
                len(said), hold_every_s,
            )  # fmt: skip
            clients = [Client(name) for name in tokens]
            tls = client_context(TlsFiles(folder / "tls").ca_cert)
            uplinks = [client.open(tokens[client.name], mqtt, tls) for client in clients]
            try:
                publish(uplinks, clients, [(0, encoded) for encoded in said], PER_CLIENT_PER_S)
                for client in clients:
                    client.acknowledged.clear()
                with _Watching(reader) as watched:
                    yard = _Yard(scale, clients[-1], uplinks[-1])
                    dealt = [(number % DEVICES % len(names), encoded) for number, encoded in enumerate(load)]
                    with yard:
                        done = publish(uplinks, clients, dealt, rate)
                    told = watched.until(yard.signed)
                    wait_for(
                        lambda: 1 if len(_confirmed(clients[-1], scale)) >= len(yard.signed) else None, process, folder
                    )
                    confirmed = _confirmed(clients[-1], scale)
            finally:
                for uplink in uplinks:
                    uplink.stop()
    signed = list(yard.signed.items())
    return {
        "rate_wanted_per_s": rate,
        "rate_achieved_per_s": len(load) / done.seconds,
        "seconds": seconds,
        "alerts": len(signed),
        "alert_ms": percentiles([told[one] - at for one, at in signed]),
        "floor_confirmed_ms": percentiles([confirmed[number] - at for number, (_, at) in enumerate(signed)]),
        "receipts": receipts,
        "holds": len(watched.held_s()),
        "held_ms": percentiles(watched.held_s()),
        "standing": watched.standing,
        "watch_cpu_share": watched.cpu_s / watched.seconds,
    }


def _plan(authority: Stream) -> bytes:
    points = [SCALE, *(f"urn:dev:org:32473-bench:m{number}" for number in range(DEVICES))]
    plan = SitePlan(
        site=SITE,
        owner="Bench",
        timezone="Asia/Shanghai",
        reading_day=1,
        logs=(NamedLog(log_id_of(ORIGIN), ORIGIN),),
        points=tuple(PlannedPoint(point, 86_400) for point in points),
        persons=(Person(p256(PERSON).public_key.kid, "Inspection"),),
        renew_by=int(time.time()) + 86_400,
    )
    return stated(authority, Kind.SITE_PLAN, SITE, plan)


def _enrolled(authority: Stream, scale: Stream) -> bytes:
    key = scale.signer.public_key.encode()
    payload = Enrolment(scale.issuer, key, (SCALE,), SigningPlace.SIMULATED, "bench")
    return stated(authority, Kind.ENROLMENT, scale.issuer, payload)


def _policy(authority: Stream, fingerprints: Fingerprints) -> Policy:
    proof_key = keys.decode_public_key(bytes.fromhex(fingerprints.proof_public_key))
    return Policy(
        authorities=(TrustedKey(authority.signer.public_key, "Office", authority.issuer),),
        persons=(TrustedKey(p256(PERSON).public_key, "Inspection"),),
        owners=(),
        logs=(TrustedLog(ORIGIN, proof_key, fingerprints.checkpoint_key),),
        accept=Accept(simulated=True),
        audited="Bench",
    )


def _confirmed(client: Client, scale: Stream) -> dict[int, float]:
    """When the weighbridge's statements were confirmed, by seq."""
    kid = scale.signer.public_key.kid
    return {seq: at for (of, seq), (at, _) in confirmed_of([client]).items() if of == kid}


class _Yard:
    """Signs and publishes a truck that leaves, again and again, in a thread of its own."""

    def __init__(self, scale: Stream, client: Client, uplink: Any) -> None:
        self._scale, self._client, self._uplink = scale, client, uplink
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._leave, name="yard")
        self.signed: dict[bytes, float] = {}
        """By statement id: when it was signed."""

    def __enter__(self) -> _Yard:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _leave(self) -> None:
        while not self._over.wait(EVERY_S):
            number = len(self.signed)
            at = time.monotonic()
            signed = self._weighing(number)
            self.signed[signed.id] = at
            while not self._uplink.publish(1_000_000 + number, self._client.name, signed.encoded):
                time.sleep(0.002)

    def _weighing(self, number: int) -> statement.Statement:
        taken_at = int(time.time())
        first, net = 14_000 + number, 30_000
        records: Sequence[tuple[str, Any, str]] = (
            ("ticket", f"T{number}", ""),
            ("first", first, "kg"),
            ("second", first + net, "kg"),
            ("net", -net, "kg"),
            ("stable", True, ""),
            ("alibi", number + 1, "count"),
            ("plate", os.urandom(32), ""),
        )
        pack = [Reading(SCALE, name, taken_at, value, unit) for name, value, unit in records]
        claims = self._scale.claims(Kind.READINGS, SCALE, taken_at)
        return self._scale.advance(statement.sign(claims, senml.encode(pack), self._scale.signer))


class _Watching:
    """The watching process: what it tells, as it comes."""

    def __init__(self, reader: Reader) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=watching.watch, args=(reader, theirs), name="watch")
        self.told: dict[str, dict[bytes, float]] = {"left": {}, "held": {}, "block": {}}
        self.seconds = self.cpu_s = 0.0
        self.standing = 0

    def __enter__(self) -> _Watching:
        self._process.start()
        assert self._ours.poll(_START_S), "the watch never read everything"
        assert self._ours.recv()[0] == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.send("over")
        while self._ours.poll(_LATEST_S):
            what, *said = self._ours.recv()
            if what == "cost":
                self.seconds, self.cpu_s, self.standing = said
                break
            self.told[what].setdefault(*said)
        self._process.join(_LATEST_S)

    def until(self, signed: dict[bytes, float]) -> dict[bytes, float]:
        """When the alert of each of `signed` was told, and one of a hold was. Fails where one is not told of."""
        left = self.told["left"]
        while (missing := signed.keys() - left.keys()) or not self.held_s():
            assert self._ours.poll(_LATEST_S), (
                f"{len(missing)} alerts of trucks, or every one of a hold, were never told"
            )
            what, one, at = self._ours.recv()
            self.told[what].setdefault(one, at)
        return left

    def held_s(self) -> list[float]:
        """From each hold's block to its alert."""
        held = self.told["held"]
        return [held[head] - at for head, at in self.told["block"].items() if head in held]
