"""Who picks goods up: openings, plates, and what an order is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.drivers.simulated import Weighing
from tally_finance.errors import ReleaseError
from tally_finance.release.picker import (
    Picker,
    SeenPlate,
    decode_picker,
    decode_plate,
    encode_picker,
    encode_plate,
    plate_of,
)
from tests.finance.release.dock import OTHER, order, picker


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("沪A12345", "沪A12345"),
        ("沪a·1234 5", "沪A12345"),
        ("沪Ａ１２３４５", "沪A12345"),
        ("粤BD12345", "粤BD12345"),
        ("苏E9K88挂", "苏E9K88挂"),
        ("AB-123-CD", "AB123CD"),
    ],
)
def test_a_plate_in_one_spelling(text: str, plate: str) -> None:
    assert plate_of(text) == plate_of(plate) == plate


@pytest.mark.parametrize("text", ["", "沪", "沪A1234", "沪A1234567", "A?1234", "沪沪12345", "x" * 33, "АВ1234"])
def test_what_is_no_plate_is_not_told(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"^what is said to be a plate is none$"):
        plate_of(text)


def test_an_opening_does_not_end_in_a_log() -> None:
    assert "沪" not in repr(picker())
    assert "沪" not in repr(order(1, 1))
    assert "沪" not in repr(SeenPlate("沪A12345", bytes(16)))


def test_the_commitment_is_the_one_that_scales_sign() -> None:
    weighing = Weighing(1, 1, inbound=False, gross_kg=2, tare_kg=1, plate="沪A12345", salt=b"\x05" * 16)
    assert SeenPlate("沪A12345", b"\x05" * 16).commitment == weighing.commitment


@given(
    plate=st.from_regex("[京沪粤苏][A-Z][A-Z0-9]{5,6}", fullmatch=True),
    driver=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=64),
    salt=st.binary(min_size=16, max_size=16),
)
def test_the_files_give_back_what_was_written(plate: str, driver: str, salt: bytes) -> None:
    made, seen = Picker(plate, driver, salt), SeenPlate(plate, salt)
    assert decode_picker(encode_picker(made).encode()) == made
    assert decode_plate(encode_plate(seen).encode()) == seen


def test_every_part_of_an_opening_counts() -> None:
    one = picker()
    others = [replace(one, plate=OTHER), replace(one, driver="x"), replace(one, salt=b"\x0b" * 16)]
    assert len({one.digest, *(other.digest for other in others)}) == 4


@pytest.mark.parametrize("changes", [{"plate": "沪a12345"}, {"driver": " "}, {"driver": "x" * 65}, {"salt": b"1"}])
def test_what_is_no_picker(changes: dict[str, object]) -> None:
    with pytest.raises(ReleaseError):
        replace(picker(), **changes)


@pytest.mark.parametrize(("plate", "salt"), [("", bytes(16)), ("x" * 33, bytes(16)), ("沪A12345", bytes(15))])
def test_what_opens_no_plate(plate: str, salt: bytes) -> None:
    with pytest.raises(ReleaseError, match="16 bytes at least"):
        SeenPlate(plate, salt)


@pytest.mark.parametrize("read", [decode_picker, decode_plate])
@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"format": "tallystick picker 1", "plate": 1, "driver": "x", "salt": "0x"}']
)
def test_a_file_that_is_none(read: object, text: bytes) -> None:
    with pytest.raises(ReleaseError):
        read(text)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"order": b"1"}, "32 bytes each"),
        ({"quantity_g": 0}, "0 g from"),
        ({"until_at": 0}, "to 0"),
        ({"names": bytes(32)}, "the opening is of another picker"),
        ({"picker": picker(OTHER)}, "the opening is of another picker"),
    ],
)
def test_what_is_no_order(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ReleaseError, match=why):
        replace(order(1, 1), **changes)
