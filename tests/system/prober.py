"""A device whose key the test holds, and the nonsense that it sends."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

from tally_edge import senml, signer, statement
from tally_edge.answers import RefusalReason
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.keys import P256_ORDER
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind
from tally_gateway.anchored_log import wall_clock
from tests.system.asking import health
from tests.system.plant import BASE, Plant, wait_until

DEVICE = f"{BASE}:prober"
POINT = f"{BASE}:m0"


@contextlib.contextmanager
def unharmed(plant: Plant) -> Iterator[None]:
    """Whatever happens inside: afterwards the agent's stream still grows, and the gateway finds no fault in itself."""
    before = plant.status()["size"]
    yield
    wait_until(lambda: plant.status()["size"] > before + 2, "growth of the agent's stream")
    assert health(plant) == 200
    assert not plant.look().dead


class Prober:
    """A device whose key the test holds, and its connection to the gateway."""

    def __init__(self, plant: Plant) -> None:
        """Enrol it with the running gateway."""
        self.key = signer.generate()
        enrolment = Enrolment(DEVICE, self.key.public_key.encode(), (POINT,), SigningPlace.SIMULATED, "prober")
        with AuthorityStream(plant.folders.authority) as stream:
            said = stream.state(enrolment, wall_clock(), plant.people.authority, plant.people.person)
        assert plant.submit([said])[0]["index"] > 0
        self.seq, self.prev = 0, NO_PREV

    def sign(self, payload: bytes | None = None, key: FileSigner | None = None) -> bytes:
        """The next statement of the stream, whatever its payload; by another key where one is given."""
        by = key or self.key
        claims = Claims(
            Kind.READINGS, by.public_key.kid, DEVICE, POINT, wall_clock(), self.seq, self.prev, 1, Clock.INFORMATIVE
        )
        good = senml.encode([Reading(POINT, "energy_import", wall_clock(), 5, "kWh")])
        made = statement.sign(claims, good if payload is None else payload, by)
        self.seq, self.prev = self.seq + 1, made.id
        return made.encoded


def high_s(encoded: bytes) -> bytes:
    """The other signature that verifies: it would frame an honest device as forking."""
    r, s = encoded[-64:-32], int.from_bytes(encoded[-32:], "big")
    return encoded[:-64] + r + (P256_ORDER - s).to_bytes(32, "big")


def nonsense(prober: Prober, chance: random.Random) -> list[tuple[bytes, RefusalReason]]:
    """Messages of many kinds that are no statements, or not to be taken; each with the reason that must be given."""
    sample = prober.sign()
    flipped = bytearray(sample)
    flipped[-1] ^= 1
    return [
        (b"\x00", RefusalReason.MALFORMED),
        (b"hello", RefusalReason.MALFORMED),
        (b"\xd2\x84", RefusalReason.MALFORMED),
        (b"\xff" * 300, RefusalReason.MALFORMED),
        (chance.randbytes(4_000), RefusalReason.MALFORMED),
        (sample + b"\x00", RefusalReason.MALFORMED),
        (sample[:-1], RefusalReason.MALFORMED),
        (b"\xd2" + b"\x9f" + sample[2:] + b"\xff", RefusalReason.MALFORMED),
        (high_s(sample), RefusalReason.BAD_SIGNATURE),
        (bytes(flipped), RefusalReason.BAD_SIGNATURE),
        (chance.randbytes(70_000), RefusalReason.TOO_LARGE),
        (prober.sign(key=signer.generate()), RefusalReason.UNKNOWN_KEY),
        (prober.sign(b"not senml"), RefusalReason.MALFORMED),
        (prober.sign(b"\x81\xa2\x00\x61x\x02\xf9\x3c\x00"), RefusalReason.MALFORMED),
    ]
