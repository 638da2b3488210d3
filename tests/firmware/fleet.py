"""Devices of the firmware against a running gateway: keys, enrolments, tokens, and the process that runs them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tally_edge import keys, statement
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.signer import FileSigner
from tally_edge.statement import Statement
from tally_gateway.log.reader import LogReader
from tests.firmware.build import Device
from tests.firmware.jobs import private_scalar
from tests.gateway.intake.support import Recorder, eventually
from tests.gateway.service.world import World
from tests.vectors.testkeys import p256_test_key

VARIANTS = ("electricity", "water", "weighbridge", "silo", "rfid-gate")
UNACKNOWLEDGED = 100
"""Enrolments on their way at once: below the listener's Receive Maximum."""


@dataclass(frozen=True, slots=True)
class Member:
    """One device: its transport's name and token, its key and what it speaks of."""

    client: str
    token: str
    key: FileSigner
    uri: str
    point: str
    variant: str

    @property
    def line(self) -> str:
        """As the firmware reads it."""
        return "\t".join((self.client, self.token, private_scalar(self.key).hex(), self.uri, self.point, self.variant))


def members(count: int) -> list[Member]:
    """`count` devices, of every variant in turn."""
    return [
        Member(
            f"device-{number}", secrets.token_hex(32), p256_test_key(10_000 + number),
            f"urn:dev:org:32473-sim:device-{number}", f"urn:dev:org:32473-sim:point-{number}",
            VARIANTS[number % len(VARIANTS)],
        )
        for number in range(count)
    ]  # fmt: skip


def register(world: World, fleet: list[Member], office: str) -> str:
    """Write the clients' file for the fleet and the office; returns the office's token."""
    token = secrets.token_hex(32)
    tokens = {office: token} | {member.client: member.token for member in fleet}
    lines = [f'{name} = "{hashlib.sha256(tokens[name].encode()).hexdigest()}"' for name in sorted(tokens)]
    path = world.folder / "clients.toml"
    path.write_text("\n".join(["version = 1", "", "[clients]", *lines]) + "\n")
    path.chmod(0o600)
    return token


def enrolment(world: World, member: Member) -> Statement:
    """The authority enrols the device's key for its point."""
    payload = Enrolment(
        member.uri,
        member.key.public_key.encode(),
        (member.point,),
        SigningPlace.SIMULATED,
        f"firmware, {member.variant}",
    )
    return world.authority.authority(statement.Kind.ENROLMENT, member.uri, payload, world.person)


async def enrol(world: World, fleet: list[Member], office: Recorder) -> None:
    """Every device, a share at a time; returns when the gateway has them all."""
    for begin in range(0, len(fleet), UNACKNOWLEDGED):
        left = [enrolment(world, one).encoded for one in fleet[begin : begin + UNACKNOWLEDGED]]
        while left:
            sent = {office.publish(encoded): encoded for encoded in left}
            await eventually(partial(office.pubacks.keys().__ge__, sent.keys()))
            # A broker to which the gateway has not subscribed yet says so (0x10).
            left = [encoded for message, encoded in sent.items() if office.pubacks[message] != 0]
            await asyncio.sleep(0.2 if left else 0)


async def start(
    device: Device,
    world: World,
    fleet: list[Member],
    port: int,
    *,
    ca_file: Path,
    statements: int,
    seconds: int,
    speed: int,
    console: bool = False,
) -> asyncio.subprocess.Process:
    """The firmware's process."""
    listed = world.folder.parent / "devices.tsv"
    listed.write_text("".join(member.line + "\n" for member in fleet))
    key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
    return await asyncio.create_subprocess_exec(
        device.program, "fleet", str(listed), (key.x + key.y).hex(), "127.0.0.1", str(port), str(ca_file),
        str(statements), str(seconds), str(speed), *(["console"] if console else []),
        stdin=asyncio.subprocess.PIPE if console else None, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def run(
    device: Device,
    world: World,
    fleet: list[Member],
    port: int,
    *,
    ca_file: Path,
    statements: int,
    seconds: int,
    speed: int,
) -> dict[str, Any]:
    """The firmware's process until every device has so many statements confirmed; what it reports."""
    process = await start(
        device, world, fleet, port, ca_file=ca_file, statements=statements, seconds=seconds, speed=speed
    )
    out, err = await process.communicate()
    assert out, err.decode()[-2000:]
    report: dict[str, Any] = json.loads(out)
    report["exit code"] = process.returncode
    return report


def logged(world: World) -> dict[bytes, list[Statement]]:
    """What stands in the gateway's log, by key, in the log's order."""
    reader = LogReader(world.folder)
    found: dict[bytes, list[Statement]] = {}
    for index in range(reader.size):
        said = statement.decode(reader.entry(index))
        found.setdefault(said.claims.kid, []).append(said)
    return found
