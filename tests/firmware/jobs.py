"""Random statements from a seed: as a job for the firmware, and as tally_edge signs them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric import ec

from tally_edge import senml, statement, wire
from tally_edge.answers import Ask, ShownHead
from tally_edge.device import MAX_REGISTERS, Boundary, Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.resolution import Value
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import MAX_SEQ, NO_PREV, Claims, Clock, Kind
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tests.vectors.testkeys import p256_test_key

KEYS = 16
_SIGNERS = [p256_test_key(number) for number in range(KEYS)]
_UNITS = sorted(PRIMARY_UNITS | SECONDARY_UNITS)
_REGISTERS = ("energy_import", "energy_export", "volume", "kg_in", "kg_out", "level", "a", "x" * 40, "T-1.a:b_c")
_TEXTS = ("", "alibi 000123", "load-profile", "磅单-2026-17", "é" * 60, "x" * 128, "称重完成")
_EDGES = (0, 1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53 - 1, 2**63 - 1, 2**63, 2**64 - 1)


@dataclass(frozen=True, slots=True)
class Job:
    """One line for the firmware, and the bytes that tally_edge makes of the same."""

    line: str
    encoded: bytes
    signer: FileSigner


def private_scalar(signer: FileSigner) -> bytes:
    """The test key's scalar: everybody knows it."""
    private = signer._private_key
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private.private_numbers().private_value.to_bytes(32, "big")


_SCALARS = [private_scalar(signer).hex() for signer in _SIGNERS]


def xy(signer: FileSigner) -> str:
    """A public key as the tools take it."""
    return (signer.public_key.x + signer.public_key.y).hex()


def _number_field(value: int | Decimal) -> str:
    exponent = 0
    mantissa = int(value)
    if isinstance(value, Decimal):
        sign, digits, exponent = value.as_tuple()  # type: ignore[assignment]  # no NaN comes here
        mantissa = int("".join(map(str, digits))) * (-1 if sign else 1)
    return f"{'-' if mantissa < 0 else '+'}{-1 - mantissa if mantissa < 0 else mantissa}/{-exponent}"


def _value_field(value: Value) -> str:
    if isinstance(value, bool):
        return f"b:{int(value)}"
    if isinstance(value, int | Decimal):
        return _number_field(value)
    return f"t:{value}" if isinstance(value, str) else f"x:{value.hex()}"


class Jobs:
    """Jobs that follow from a seed alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def _count(self, most: int) -> int:
        """Mostly small, often at an edge of an encoding, sometimes anything."""
        chance = self._random
        edge = chance.choice(_EDGES)
        return min(most, chance.choice((chance.randrange(1_000), edge, chance.randrange(most + 1))))

    def _number(self) -> int | Decimal:
        chance = self._random
        if chance.random() < 0.3:
            value = self._count(2**64 - 1)
            return -1 - value if chance.random() < 0.2 else value
        mantissa = self._count(2**63 - 1)
        places = chance.choice((1, 2, 2, 2, 3, chance.randrange(1, 19)))
        negative = mantissa > 0 and chance.random() < 0.2
        return Decimal((int(negative), tuple(map(int, str(mantissa))), -places))

    def _point(self) -> str:
        chance = self._random
        return "urn:dev:org:32473-" + chance.choice(("steel:m1", "a/b", "x" * chance.randrange(1, 230)))

    def _claims(self, kind: Kind, key: int, subject: str) -> Claims:
        chance = self._random
        seq = self._count(MAX_SEQ)
        return Claims(
            kind, _SIGNERS[key].public_key.kid, "urn:dev:org:32473-steel:" + "g" * chance.randrange(1, 200), subject,
            self._count(MAX_SEQ), seq, chance.randbytes(32) if seq else NO_PREV, self._count(MAX_SEQ),
            Clock(chance.randrange(4)), chance.randbytes(32) if chance.random() < 0.2 else None,
        )  # fmt: skip

    def _signed(self, kind: Kind, subject: str, payload: bytes, fields: list[str]) -> Job:
        key = self._random.randrange(KEYS)
        claims = self._claims(kind, key, subject)
        assert claims.prev is not None
        head = [
            kind.value, _SCALARS[key], claims.issuer, subject, str(claims.issued_at), str(claims.boot_count),
            str(claims.seq), claims.prev.hex(), str(int(claims.clock or 0)),
            claims.beacon.hex() if claims.beacon else "-",
        ]  # fmt: skip
        return Job("\t".join(head + fields), statement.sign(claims, payload, _SIGNERS[key]).encoded, _SIGNERS[key])

    def _reading(self, point: str, register: str, unit: str, at: int) -> Reading:
        chance = self._random
        kind = chance.random()
        if kind < 0.85:
            return Reading(point, register, at, self._number(), unit)
        if kind < 0.9:
            return Reading(point, register, at, chance.choice(_TEXTS))
        if kind < 0.95:
            return Reading(point, register, at, chance.randbytes(chance.randrange(129)))
        return Reading(point, register, at, chance.random() < 0.5)

    def readings(self, most: int = 60) -> Job:
        """A set of readings: one register or several, one unit or several, in any order of times from the first on."""
        chance = self._random
        point = self._point()
        units = chance.sample(_UNITS, chance.choice((1, 1, 1, 2, 3)))
        registers = chance.sample(_REGISTERS, chance.choice((1, 1, 2, 3, 5)))
        start = chance.choice((2**28, 1_767_268_800, chance.randrange(2**28, 2**39)))
        count = chance.randrange(1, most + 1)
        step = chance.choice((0, 1, 60, 900, 86_400))
        made = []
        for number in range(count):
            at = start if number == 0 else start + step * chance.randrange(number + 1)
            made.append(self._reading(point, chance.choice(registers), chance.choice(units), at))
        fields = [point]
        for one in made:
            fields += [str(one.taken_at), one.register, one.unit, _value_field(one.value)]
        return self._signed(Kind.READINGS, point, senml.encode(made), fields)

    def settlement(self) -> Job:
        """A settlement of up to all the registers that one may hold."""
        chance = self._random
        registers = tuple(
            RegisterValue(f"r{number}", self._number(), chance.choice(_UNITS))
            for number in range(chance.choice((0, 1, 2, 4, MAX_REGISTERS)))
        )
        counts = [self._count(2**53 - 1) for _ in range(4)]
        said = Settlement(
            chance.choice(list(Boundary)), self._count(2**40), chance.choice(("2026-01-02T00:00:00+08:00", "x" * 40)),
            registers, chance.choice(("SN-20260001", "表号-7")), self._number(), chance.randbytes(32), Counts(*counts),
            chance.randbytes(32), 1 + self._count(2**40 - 1) if chance.random() < 0.5 else None,
        )  # fmt: skip
        fields = [
            str(int(said.boundary)), str(said.at), said.local, said.serial, _number_field(said.multiplier),
            said.facts.hex(), *map(str, counts), said.previous.hex(), str(said.read_at or "-"),
        ]  # fmt: skip
        for one in registers:
            fields += [one.register, _number_field(one.value), one.unit]
        return self._signed(Kind.SETTLEMENT, self._point(), wire.encode(said), fields)

    def gap(self) -> Job:
        """A declared gap."""
        chance = self._random
        said = Gap(
            self._count(2**40), self._count(2**40), chance.choice(list(GapReason)),
            tuple(f"r{number}" for number in range(chance.choice((0, 0, 1, 3, MAX_REGISTERS)))), self._count(2**53 - 1),
            1 + self._count(2**53 - 2) if chance.random() < 0.3 else None,
            chance.choice(("RS-485 cable unplugged", "断线", "x" * 200)) if chance.random() < 0.5 else None,
        )  # fmt: skip
        fields = [
            str(said.after), str(said.before), str(int(said.reason)), str(said.missing), str(said.kept_every_s or "-"),
            said.note or "-", *said.registers,
        ]  # fmt: skip
        return self._signed(Kind.GAP, self._point(), wire.encode(said), fields)

    def ask(self) -> Job:
        """An ask, with a head or without."""
        chance = self._random
        key = chance.randrange(KEYS)
        shown = None
        fields = ["-"]
        if chance.random() < 0.5:
            shown = ShownHead(chance.randbytes(chance.randrange(1, 2_049)), chance.randbytes(64), chance.randbytes(32))
            fields = [shown.protected.hex(), shown.signature.hex(), shown.root.hex()]
        device, client, at = "urn:dev:org:32473-d", f"plant-{chance.randrange(9_999)}", self._count(MAX_SEQ)
        claims = Claims(Kind.ASK, _SIGNERS[key].public_key.kid, device, f"urn:tallystick:client:{client}", at)
        encoded = statement.sign(claims, wire.encode(Ask(shown)), _SIGNERS[key]).encoded
        return Job("\t".join(["ask", _SCALARS[key], device, claims.subject, str(at), *fields]), encoded, _SIGNERS[key])

    def any(self) -> Job:
        """Half of the jobs are readings."""
        return self._random.choice((self.readings, self.readings, self.readings, self.settlement, self.gap, self.ask))()
