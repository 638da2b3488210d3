"""Cases of the CBOR subset, of keys, and of readings (SenML)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tally_edge import cbor, senml
from tally_edge.cbor import Item
from tally_edge.senml import LOAD_PROFILE, SOURCE, Reading
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import plain

POINT = "urn:dev:org:32473-steel:m1"
NOON = 1_767_268_800
"""2026-01-01 12:00 UTC."""

_BAD_CBOR = {
    "empty": ("", "ends too early", "No item at all."),
    "trailing-bytes": ("0000", "trailing bytes", "A second item behind the first."),
    "non-minimal-1-byte": ("1817", "shortest form", "23 in a head of two bytes."),
    "non-minimal-2-bytes": ("1900ff", "shortest form", "255 in a head of three bytes."),
    "non-minimal-4-bytes": ("1a0000ffff", "shortest form", "65,535 in a head of five bytes."),
    "non-minimal-8-bytes": ("1b00000000ffffffff", "shortest form", "2**32-1 in a head of nine bytes."),
    "non-minimal-negative": ("3817", "shortest form", "-24 in a head of two bytes."),
    "non-minimal-length": ("580161", "shortest form", "The length of a byte string in more bytes than it needs."),
    "duplicate-key": ("a201000101", "stands twice", "Key 1 stands twice: readers differ in which one counts."),
    "unsorted-keys": ("a202000100", "out of order", "Key 2 before key 1."),
    "length-first-order": ("a2613800190100f6", "out of order", "Sorted by length first (RFC 7049), not bytewise."),
    "indefinite-bytes": ("5f4101ff", "indefinite", "A byte string in pieces."),
    "indefinite-text": ("7f6161ff", "indefinite", "A text in pieces."),
    "indefinite-array": ("9f01ff", "indefinite", "An array that ends with a break."),
    "indefinite-map": ("bf0100ff", "indefinite", "A map that ends with a break."),
    "float-16": ("f93c00", "float", "1.0 as a half float: quantities are exact or they are not here."),
    "float-32": ("fa3f800000", "float", "1.0 as a single float."),
    "float-64": ("fb3ff0000000000000", "float", "1.0 as a double float."),
    "undefined": ("f7", "simple value", "A simple value other than false, true and null."),
    "bignum": ("c249010000000000000000", "tag 2", "2**64 as a bignum: outside 64 bits."),
    "date-tag": ("c11a514b67b0", "tag 1", "A tag for dates: times are plain integers here."),
    "self-described": ("d9d9f700", "tag 55799", "The tag that says this is CBOR: one content, one encoding."),
    "exponent-positive": ("c4820101", "exponent", "1E+1: a value without a fraction is an integer."),
    "exponent-too-small": ("c482320a", "exponent", "19 places after the point."),
    "mantissa-too-wide": ("c482201b8000000000000000", "mantissa", "A mantissa past 63 bits and a sign."),
    "key-bytes": ("a1410100", "neither an integer nor text", "A byte string as a key."),
    "not-utf-8": ("61ff", "not UTF-8", "Text that is not UTF-8."),
    "truncated": ("8301", "ends too early", "An array that promises three and holds one."),
    "too-deep": ("81" * 13 + "00", "nested deeper", "Thirteen arrays inside each other."),
}

_GOOD_CBOR: dict[str, tuple[Item, str]] = {
    "integers": ([0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1], "Each width, first and last value."),
    "negatives": ([-1, -24, -25, -256, -257, -(2**64)], "Each width of a negative integer."),
    "decimals": ([Decimal("12.30"), Decimal("12.3"), Decimal("-0.5")], "12.30 and 12.3 stay different."),
    "strings": (["", "表计读数", b"", b"\x00"], "Text is UTF-8, bytes are bytes."),
    "map-order": ({10: 0, 100: 1, -1: 2, "a": 3, "z": 4, "aa": 5}, "Keys sort bytewise by their encoding."),
    "simple": ([False, True, None], "The three simple values."),
}


def cases() -> Iterator[Case]:
    """All of them."""
    for name, (item, why) in _GOOD_CBOR.items():
        yield Case("cbor", name, why, {"input": cbor.encode(item)}, plain(item))
    for name, (text, fragment, why) in _BAD_CBOR.items():
        yield Case("cbor", name, why, {"input": bytes.fromhex(text)}, error=("CborError", fragment))
    yield from _keys()
    yield from _good_packs()
    yield from _bad_packs()


def _keys() -> Iterator[Case]:
    for name, one in (("p256", testkeys.DEVICE), ("ed25519", testkeys.ED_DEVICE)):
        key = one.public_key
        yield Case(
            "key", name, "A COSE key and its RFC 9679 thumbprint.", {"input": key.encode()}, {"kid": plain(key.kid)}
        )
    x, y = testkeys.DEVICE.public_key.x, testkeys.DEVICE.public_key.y
    bad: dict[str, tuple[dict[int | str, Item], str, str]] = {
        "off-the-curve": ({1: 2, -1: 1, -2: x, -3: x}, "not a point", "y does not belong to x."),
        "private": (
            {1: 2, -1: 1, -2: x, -3: y, -4: bytes(32)},
            "a COSE key is",
            "Something that looks like a private key.",
        ),
        "short": ({1: 2, -1: 1, -2: x[1:], -3: y}, "32 bytes", "A coordinate of 31 bytes."),
        "true-for-one": ({1: True, -1: 6, -2: testkeys.ED_DEVICE.public_key.x}, "integers", "kty is true, not 1."),
        "small-order": (
            {1: 1, -1: 6, -2: b"\x01" + bytes(31)},
            "small order",
            "Anybody can sign for the neutral element.",
        ),
        "other-curve": ({1: 2, -1: 2, -2: bytes(48), -3: bytes(48)}, "a COSE key is", "P-384."),
    }
    for name, (item, fragment, why) in bad.items():
        yield Case("key", name, why, {"input": cbor.encode(item)}, error=("CoseError", fragment))


def quarter_hours(count: int) -> list[Reading]:
    """A meter that counts up, one reading each quarter of an hour."""
    values = [Decimal("12345.60") + number * Decimal("3.17") for number in range(count)]
    return [Reading(POINT, "energy_import", NOON + 900 * number, value, "kWh") for number, value in enumerate(values)]


def _good_packs() -> Iterator[Case]:
    packs = {
        "one": (quarter_hours(1), "One reading; kWh is a secondary unit, so bver is 26."),
        "four-quarter-hours": (quarter_hours(4), "Times are offsets from the base time."),
        "two-registers": (
            [Reading(POINT, name, NOON, 7, "m3") for name in ("water_in", "water_out")],
            "Two registers of one metering point; primary units need no bver.",
        ),
        "weighing": (
            [
                Reading(POINT, "gross", NOON, 24_580, "kg"),
                Reading(POINT, "tare", NOON, 9_240, "kg"),
                Reading(POINT, "stable", NOON, True),
                Reading(POINT, "ticket", NOON, "WB-000123"),
                Reading(POINT, "plate", NOON, bytes(range(32))),
            ],
            "Numbers, a flag, a text and a salted commitment in one pack.",
        ),
        "load-profile": (
            [
                *quarter_hours(1),
                quarter_hours(2)[1],
                Reading(POINT, SOURCE, NOON + 900, LOAD_PROFILE),
                quarter_hours(3)[2],
            ],
            "The second of three readings is the meter's own record, fetched after an outage.",
        ),
    }
    for name, (pack, why) in packs.items():
        yield Case("senml", name, why, {"input": senml.encode(pack)}, plain(pack))


def _bad_packs() -> Iterator[Case]:
    good: dict[int | str, Item] = {-1: 26, -2: f"{POINT}/energy", -3: NOON, -4: "kWh", 2: 5}
    bad: dict[str, tuple[list[Item], str, str]] = {
        "no-records": ([], "1..1024 records", "An empty pack says nothing."),
        "relative-time": ([{**good, -3: -5}], "absolute time", "Seconds before a now that nobody can know later."),
        "no-time": ([{**good, 6: 5, -3: 0}], "absolute time", "A base time of zero makes every time relative."),
        "time-before-base": ([good, {2: 6, 6: -1}], "not before bt", "A time before the base time."),
        "fraction-of-a-second": ([good, {2: 6, 6: Decimal("0.5")}], "whole seconds", "Half a second."),
        "secondary-unit-without-bver": (
            [{key: value for key, value in good.items() if key != -1}], "where a secondary unit is used",
            "kWh without bver 26: a reader of RFC 8428 alone would not know the unit.",
        ),
        "unknown-unit": ([{-2: f"{POINT}/e", -3: NOON, -4: "furlong", 2: 5}], "table of units", "A unit nobody reads."),
        "unknown-label": ([{**good, 9: 1}], "not allowed there", "A label that a reader might ignore."),
        "must-understand": ([{**good, "x_": 1}], "not allowed there", "A label that must be understood."),
        "base-value": ([{**good, -5: 1}], "not allowed there", "A base value would change every value."),
        "sum": ([{**good, 5: 1}], "not allowed there", "s is an integral over time, not a register."),
        "base-field-later": ([good, {2: 6, -3: NOON}], "not allowed there", "A base field in a later record."),
        "two-values": ([{**good, 3: "x"}], "exactly one value", "A number and a text."),
        "no-value": ([good, {6: 5}], "exactly one value", "A record without a value."),
        "boolean-for-number": ([{**good, 2: True}], "v must be an integer", "true is not a quantity."),
        "two-points": ([{**good, -2: "a/b"}, {0: "/c", 2: 1}], "one metering point", "A pack about two points."),
        "name-without-register": ([{**good, -2: "energy"}], "<metering point>/<register>", "No register in the name."),
    }  # fmt: skip
    for name, (pack, fragment, why) in bad.items():
        yield Case("senml", name, why, {"input": cbor.encode(pack)}, error=("StatementError", fragment))
    raw = cbor.encode([good])
    yield Case(
        "senml", "float", "5.0 as a half float.", {"input": raw.replace(b"\x02\x05", b"\x02\xf9\x45\x00")},
        error=("CborError", "float"),
    )  # fmt: skip
    yield Case(
        "senml",
        "trailing-bytes",
        "A byte behind the pack.",
        {"input": raw + b"\x00"},
        error=("CborError", "trailing bytes"),
    )
