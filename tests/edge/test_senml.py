"""Readings: the profile, the resolution beneath it, and the fast check beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings

from tally_edge import cbor, pack_scan, resolution, senml
from tally_edge.cbor import Item
from tally_edge.errors import CborError, DecodeError, StatementError
from tests.edge.forge import NOON, POINT, mutated, packs, readings, widened


def pack_of(*records: dict[int | str, Item]) -> bytes:
    return cbor.encode(list(records))


def first(**changes: Item) -> dict[int | str, Item]:
    """A good first record, with members replaced by their short names, or left out where None."""
    labels = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4}
    labels |= {"s": 5, "t": 6, "ut": 7, "vd": 8}
    record: dict[int | str, Item] = {-1: 26, -2: f"{POINT}/energy", -3: NOON, -4: "kWh", 2: 5}
    for name, value in changes.items():
        if value is None:
            del record[labels[name]]
        else:
            record[labels[name]] = value
    return record


@given(packs())
def test_packs_come_back_as_they_went_in(pack: list[senml.Reading]) -> None:
    encoded = senml.encode(pack)
    assert senml.decode(encoded) == pack
    assert senml.check(encoded) == len(pack)


@given(packs().map(senml.encode).flatmap(mutated))
@settings(max_examples=400)
def test_check_accepts_exactly_what_decode_accepts(payload: bytes) -> None:
    try:
        count = len(senml.decode(payload))
    except DecodeError as refusal:
        assert pack_scan.scan(payload) is None
        with pytest.raises(type(refusal)):
            senml.check(payload)
    else:
        assert senml.check(payload) == count


@pytest.mark.parametrize("count", [1, 2, 15, 23, 24, 60, 255, 256, 1024])
@pytest.mark.parametrize("registers", [("energy_import",), ("energy_import", "energy_export")])
def test_the_usual_pack_never_needs_the_full_decoder(count: int, registers: tuple[str, ...]) -> None:
    pack = readings(count, registers=registers)[: pack_scan.MAX_RECORDS]
    assert pack_scan.scan(senml.encode(pack)) == len(pack)


def test_every_byte_of_a_usual_pack_checked_in_every_value() -> None:
    payload = senml.encode(readings(2))
    for at in range(len(payload)):
        for value in range(256):
            changed = payload[:at] + bytes((value,)) + payload[at + 1 :]
            scanned = pack_scan.scan(changed)
            try:
                assert scanned in (None, len(senml.decode(changed)))
            except DecodeError:
                assert scanned is None, f"byte {at} as {value:#04x}"


NUMBERS = [0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1, -1, -24, -25, -256, -257, -(2**64)]
NUMBERS_AND_DECIMALS: list[int | Decimal] = [
    *NUMBERS,
    *(Decimal(number) * Decimal("0.1") for number in NUMBERS if -(2**63) <= number < 2**63),
    Decimal("1E-18"),
]


@pytest.mark.parametrize("value", NUMBERS_AND_DECIMALS)
@pytest.mark.parametrize("offset", [1, 24, 256, 65536])
def test_every_head_of_a_pack_in_every_longer_form_is_refused(value: int | Decimal, offset: int) -> None:
    for named in (False, True):
        base = first(v=value, bn=f"{POINT}/", n="a") if named else first(v=value)
        names: dict[int | str, Item] = {0: "energy"} if named else {}
        good = pack_of(base, {**names, 2: value, 6: offset}, {**names, 2: value})
        assert pack_scan.scan(good) == len(senml.decode(good)) == 3
        for lax in widened(good):
            assert pack_scan.scan(lax) is None
            with pytest.raises(CborError, match=r"shortest form|not a pair"):
                senml.check(lax)


@pytest.mark.parametrize("mantissa", ["1b8000000000000000", "1bffffffffffffffff", "3b8000000000000000"])
def test_a_mantissa_past_63_bits_is_refused(mantissa: str) -> None:
    good = pack_of(first(v=7), {2: 7})
    for place in (1, 2):
        parts = good.split(b"\x02\x07")
        lax = b"\x02\x07".join(parts[:place]) + b"\x02\xc4\x82\x20" + bytes.fromhex(mantissa)
        lax += b"\x02\x07".join(parts[place:])
        with pytest.raises(CborError, match="mantissa"):
            senml.check(lax)


def test_more_records_than_allowed_are_refused() -> None:
    for count in (1025, 2000):
        payload = pack_of(first(), *({2: 1} for _ in range(count - 1)))
        with pytest.raises(StatementError, match=r"1\.\.1024"):
            senml.check(payload)


@pytest.mark.parametrize(
    ("payload", "fragment"),
    [
        (cbor.encode([]), "1..1024 records"),
        (cbor.encode({}), "1..1024 records"),
        (cbor.encode([5]), "record 0 is not a map"),
        (pack_of(first(), 5), "record 1 is not a map"),  # type: ignore[arg-type]
        (pack_of(first(bt=None)), "bt must be an absolute time"),
        (pack_of(first(bt=-5)), "bt must be an absolute time"),
        (pack_of(first(bt=2**28 - 1)), "bt must be an absolute time"),
        (pack_of(first(bt=Decimal("1767268800.5"))), "bt must be an absolute time"),
        (pack_of(first(bt=2**41)), "past any meter's life"),
        (pack_of(first(), {2: 1, 6: 2**41}), "past any meter's life"),
        (pack_of(first(), {2: 1, 6: -1}), "t must be whole seconds"),
        (pack_of(first(), {2: 1, 6: Decimal("0.5")}), "t must be whole seconds"),
        (pack_of(first(), {2: 1, 6: True}), "t must be whole seconds"),
        (pack_of(first(bver=10)), "neither absent nor 26"),
        (pack_of(first(bver=Decimal("26.0"))), "neither absent nor 26"),
        (pack_of(first(bver=None)), "where a secondary unit is used"),
        (pack_of(first(bu="m3")), "where a secondary unit is used"),
        (pack_of(first(bu="furlong", bver=None)), "not in the table of units"),
        (pack_of(first(bu=None, bver=None)), "not in the table of units"),
        (pack_of(first(bu=5)), "bu must be text"),
        (pack_of(first(bn=5)), "bn must be text"),
        (pack_of(first(n=5)), "n must be text"),
        (pack_of(first(u=5)), "u must be text"),
        (pack_of(first(bv=5)), "not allowed there"),
        (pack_of(first(bs=5)), "not allowed there"),
        (pack_of(first(s=5)), "not allowed there"),
        (pack_of(first(ut=5)), "not allowed there"),
        (pack_of({**first(), "x_": 1}), "not allowed there"),
        (pack_of({**first(), 9: 1}), "not allowed there"),
        (pack_of(first(), {2: 1, -3: NOON}), "not allowed there"),
        (pack_of(first(v=None)), "exactly one value"),
        (pack_of(first(vs="a")), "exactly one value"),
        (pack_of(first(v=True)), "v must be an integer"),
        (pack_of(first(v="5")), "v must be an integer"),
        (pack_of(first(v=None, vs=5)), "vs must be text"),
        (pack_of(first(v=None, vs="a\nb")), "printable text"),
        (pack_of(first(v=None, vs="a" * 129)), "printable text"),
        (pack_of(first(v=None, vd=bytes(129))), "vd at most"),
        (pack_of(first(v=None, vb=1)), "vb true or false"),
        (pack_of(first(bn="energy")), "not <metering point>/<register>"),
        (pack_of(first(bn=f"{POINT}/")), "not <metering point>/<register>"),
        (pack_of(first(bn="-a/b")), "not a name of RFC 8428"),
        (pack_of(first(bn="a b/c")), "not a name of RFC 8428"),
        (pack_of(first(bn="表/c")), "not a name of RFC 8428"),
        (pack_of(first(bn="a" * 321 + "/c")), "not a name of RFC 8428"),
        (pack_of(first(bn="a/b"), {2: 1, 0: "/c"}), "speaks of one metering point"),
        (senml.encode(readings(1)) + b"\x00", "trailing bytes"),
        (b"\x9f" + senml.encode(readings(1))[1:] + b"\xff", "indefinite"),
        (cbor.encode([first()]).replace(b"\x02\x05", b"\x02\xf9\x45\x00"), "float"),
    ],
)
def test_what_evidence_can_not_carry_is_refused(payload: bytes, fragment: str) -> None:
    for read in (senml.decode, senml.check):
        with pytest.raises(DecodeError, match=fragment):
            read(payload)


def test_encode_refuses_what_decode_would() -> None:
    one = readings(1)[0]
    for bad in ([], [one] * 1025, [one, senml.Reading("urn:x:other", "energy", NOON, 1, "kWh")]):
        with pytest.raises(StatementError):
            senml.encode(bad)
    with pytest.raises(DecodeError):
        senml.encode([one, senml.Reading(POINT, one.register, NOON - 1, 1, "kWh")])
    with pytest.raises(DecodeError):
        senml.encode([senml.Reading(POINT, "energy", NOON, 1.5, "kWh")])  # type: ignore[arg-type]


def test_registers_are_listed_once() -> None:
    assert senml.registers_of(readings(3, registers=("b", "a"))) == ["a", "b"]


def test_base_value_and_base_sum_are_added() -> None:
    pack: list[Item] = [{-2: "a", -3: NOON, -5: 10, -6: 100, 2: 5, 5: 1}, {2: 6}, {5: 2}, {3: "x"}]
    out = resolution.resolve(pack)
    assert [(record.value, record.total) for record in out] == [(15, 101), (16, 100), (10, 102), ("x", 100)]


def test_relative_times_need_a_now() -> None:
    with pytest.raises(StatementError, match="relative"):
        resolution.resolve([{0: "a", 2: 1, 6: -5}])
    assert resolution.resolve([{0: "a", 2: 1, 6: -5}], now=NOON)[0].time == NOON - 5


@pytest.mark.parametrize(
    ("pack", "fragment"),
    [
        ([5], "not a map"),
        ([{"x_": 1, 0: "a", 2: 1, 6: NOON}], "must be understood"),
        ([{-1: 0, 0: "a", 2: 1}], "positive integer"),
        ([{-1: 10, 0: "a", 2: 1, 6: NOON}, {-1: 11, 0: "a", 2: 1}], "differs"),
        ([{2: 1, 6: NOON}], "not a name"),
        ([{0: "a", 2: 1, 3: "x", 6: NOON}], "exactly one value"),
    ],
)
def test_resolution_names_what_is_wrong(pack: list[Item], fragment: str) -> None:
    with pytest.raises(StatementError, match=fragment):
        resolution.resolve(pack)
