"""Hypothesis strategies and small builders for the formats. Keys come from fixed seeds and are for tests only."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import strategies as st

from tally_edge import cbor, senml
from tally_edge.cbor import Item
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind, Statement, sign

POINT = "urn:dev:org:32473-steel:m1"
DEVICE = "urn:dev:org:32473-steel:gw"
NOON = 1_767_268_800


def known_signer(number: int) -> FileSigner:
    """A P-256 key that everybody knows: the private scalar is `number` + 1,000."""
    return FileSigner(ec.derive_private_key(1_000 + number, ec.SECP256R1()))


def known_ed25519_signer(number: int) -> FileSigner:
    """An Ed25519 key that everybody knows."""
    return FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def readings(count: int, *, registers: tuple[str, ...] = ("energy_import",)) -> list[senml.Reading]:
    """`count` quarter hours of a meter that counts up."""
    return [
        senml.Reading(POINT, register, NOON + 900 * i, Decimal("12345.6") + i * Decimal("3.17"), "kWh")
        for i in range(count)
        for register in registers
    ]


def claims_of(signer: FileSigner, kind: Kind = Kind.READINGS, *, seq: int = 0, prev: bytes = NO_PREV) -> Claims:
    """Claims of a device's statement."""
    return Claims(kind, signer.public_key.kid, DEVICE, POINT, NOON + 5, seq, prev, 3, Clock.SYNCHRONISED)


def readings_statement(signer: FileSigner, count: int = 2) -> Statement:
    """A signed statement of `count` readings."""
    return sign(claims_of(signer), senml.encode(readings(count)), signer)


decimals = st.builds(
    lambda mantissa, exponent: Decimal((int(mantissa < 0), tuple(map(int, str(abs(mantissa)))), exponent)),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(cbor.MIN_EXPONENT, cbor.MAX_EXPONENT),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64 - 1),
    st.sampled_from([23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, -24, -25, -256, -257]),
    st.binary(max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    decimals,
)
keys = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
items: st.SearchStrategy[Item] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=15
)

registers = st.from_regex(r"[a-z][a-z0-9_\-.:]{0,30}", fullmatch=True)
values = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    decimals,
    st.booleans(),
    st.binary(max_size=20),
    st.text(st.characters(categories=["L", "N"]), max_size=20),
)


@st.composite
def packs(draw: st.DrawFn) -> list[senml.Reading]:
    """Readings of one metering point, uniform or mixed."""
    count = draw(st.integers(1, 30))
    start = draw(st.integers(2**28, 2**33))
    names = draw(st.lists(registers, min_size=1, max_size=3, unique=True))
    unit = draw(st.sampled_from(["kWh", "m3", "kg", "t"]))
    mixed = draw(st.booleans()) and draw(st.booleans())
    out = []
    for number in range(count):
        value = draw(values) if mixed else draw(st.integers(0, 10**9) | decimals)
        plain = isinstance(value, bool | str | bytes)
        name = names[number % len(names)]
        taken_at = start + draw(st.integers(0, 2**32)) if number else start
        own_unit = draw(st.sampled_from([unit, "V"])) if mixed else unit
        out.append(senml.Reading(POINT, name, taken_at, value, "" if plain else own_unit))
    return out


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` with a few bytes changed, cut out, put in or doubled."""
    out = bytearray(data)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(out) - 1)))
        how = draw(st.integers(0, 4))
        if how == 0 and out:
            out[at] ^= 1 << draw(st.integers(0, 7))
        elif how == 1 and out:
            out[at] = draw(st.sampled_from([0, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x20, 0x37, 0x38, 0x9F, 0xFF, 0xF4, 0xC4]))
        elif how == 2:
            del out[at : at + draw(st.integers(1, 4))]
        elif how == 3:
            out[at:at] = draw(st.binary(max_size=4))
        else:
            out[at:at] = out[at : at + draw(st.integers(1, 20))]
    return bytes(out)


def widened(data: bytes) -> Iterator[bytes]:
    """`data` (CBOR items) with one head after the other in each longer form: the same content for a lax decoder."""
    at = 0
    while at < len(data):
        if data[at] >= 0xE0:
            at += 1
            continue
        major, argument, end = cbor.read_head(data, at)
        for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if width > end - at - 1:
                yield data[:at] + bytes((major << 5 | low,)) + argument.to_bytes(width, "big") + data[end:]
        at = end + (argument if major in (2, 3) else 0)
