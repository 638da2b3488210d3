"""A gateway that was founded for a benchmark, in a process of its own, with its defaults."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tally_edge import countersign
from tally_edge.authority import AuthorityPayload, Enrolment, SigningPlace
from tally_edge.statement import Kind
from tally_gateway.config import AuthorityKey, GatewayConfig, GatewaySection, HttpSection, ListenerSection
from tally_gateway.founding import Fingerprints
from tally_gateway.founding import found as found_gateway
from tests.bench.load import Device
from tests.world import Stream, p256

ORIGIN = "bench.example/latency"
PASSPHRASE = "a passphrase of the bench"
PERSON = "bench second person"
START_S = 60.0
_SCRYPT_FAST = 4


def found(folder: Path, authority: Stream) -> Fingerprints:
    """Found a gateway in `folder` that takes the word of `authority`."""
    key = AuthorityKey(authority.issuer, authority.signer.public_key)
    config = GatewayConfig(
        folder,
        GatewaySection(ORIGIN),
        listener=ListenerSection(port=0),
        http=HttpSection(port=0),
        authorities=(key,),
    )
    return found_gateway(config, PASSPHRASE, lambda: int(time.time()), keystore_work_factor=_SCRYPT_FAST)


def stated(authority: Stream, kind: Kind, subject: str, payload: AuthorityPayload) -> bytes:
    """The authority's next statement, with its second person."""
    claims = authority.claims(kind, subject, int(time.time()))
    return authority.advance(countersign.sign(claims, payload, authority.signer, p256(PERSON))).encoded


def enrolment(authority: Stream, device: Device) -> bytes:
    """The enrolment of a device under load."""
    issuer, point = f"urn:dev:org:32473-bench:a{device.number}", f"urn:dev:org:32473-bench:m{device.number}"
    payload = Enrolment(issuer, device.key.encode(), (point,), SigningPlace.SIMULATED, "bench")
    return stated(authority, Kind.ENROLMENT, issuer, payload)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The gateway's process; ended when left."""
    environment = {**os.environ, "TALLYSTICK_PASSPHRASE": PASSPHRASE}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tally_edge.command", "gateway", "run", "--dir", str(folder)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(START_S)


def port_of(folder: Path, service: str) -> int | None:
    """The port that a service ("mqtt", "http") of the gateway has, once it runs."""
    try:
        said = json.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError):
        return None
    return int(said[service].rpartition(":")[2])


def wait_for(look: Callable[[], int | None], process: subprocess.Popen[bytes], folder: Path) -> int:
    """What `look` finds, once it does."""
    deadline = time.monotonic() + START_S
    while (seen := look()) is None:
        assert process.poll() is None, (folder / "output").read_text()
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    return seen


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Of seconds, in milliseconds."""
    ranked = sorted(values)
    at = {f"p{share}": ranked[min(len(ranked) - 1, len(ranked) * share // 100)] * 1000 for share in (50, 95, 99)}
    return {**at, "max": ranked[-1] * 1000}
