"""Load for benchmarks, generated beforehand: signed statements of many devices, round robin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tally_edge import senml, statement
from tally_edge.keys import PublicKey
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind
from tests.world import p256

START = 1_767_225_600


@dataclass
class Device:
    """A device under load: its key and the place its stream has reached."""

    number: int
    signer: FileSigner
    seq: int = 0
    prev: bytes = NO_PREV
    register: Decimal = Decimal("1000.00")

    @property
    def key(self) -> PublicKey:
        """Its public key."""
        return self.signer.public_key

    def next(self, readings: int) -> bytes:
        """Its next statement, with so many quarter-hourly readings."""
        point = f"urn:dev:org:32473-bench:m{self.number}"
        start = START + self.seq * readings * 900
        pack = []
        for number in range(readings):
            self.register += Decimal("3.17")
            pack.append(Reading(point, "energy_import", start + number * 900, self.register, "kWh"))
        claims = Claims(
            Kind.READINGS,
            self.key.kid,
            f"urn:dev:org:32473-bench:a{self.number}",
            point,
            pack[-1].taken_at,
            self.seq,
            self.prev,
            1,
            Clock.SYNCHRONISED,
        )
        signed = statement.sign(claims, senml.encode(pack), self.signer)
        self.seq, self.prev = self.seq + 1, signed.id
        return signed.encoded


def devices(count: int) -> list[Device]:
    """Devices with keys that follow from their numbers."""
    return [Device(number, p256(f"bench device {number}")) for number in range(count)]


def statements(fleet: list[Device], count: int, readings: int) -> Iterator[bytes]:
    """`count` statements of the fleet, round robin."""
    for number in range(count):
        yield fleet[number % len(fleet)].next(readings)
