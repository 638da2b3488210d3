"""Who may pick goods up (提货人): vehicle and driver behind a salted digest, and plates that a scale saw. No IO.

Plate and driver are persons' data (design: no personal data in the clear): orders and statements carry digests with a
128-bit salt, and who must know gets the opening. Who deletes the opening has deleted the person.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor
from tally_finance import json_file
from tally_finance.errors import ReleaseError

PICKER_FORMAT: Final = "tallystick picker 1"
PLATE_FORMAT: Final = "tallystick plate 1"
SALT_BYTES: Final = 16
MAX_DRIVER_CHARS: Final = 64
"""A name and the number of a licence."""
MAX_PLATE_CHARS: Final = 32
"""As somebody writes it, with dots and blanks."""
_DOMAIN: Final = b"tallystick picker 1\0"
_SEPARATORS: Final = frozenset("·•.-‐‑‒–— ")
_PLATE: Final = re.compile("[\u4e00-\u9fff][A-Z](?:[A-Z0-9]{5,6}|[A-Z0-9]{4}[\u4e00-\u9fff])|[A-Z0-9]{4,10}")
"""Of the mainland: province, city, five or six places, the last a character on trailers (挂) and so on; or abroad."""


def plate_of(text: str) -> str:
    """A licence plate (车牌) in one spelling. Raises ReleaseError for what is none."""
    folded = unicodedata.normalize("NFKC", text) if len(text) <= MAX_PLATE_CHARS else ""
    plain = "".join(char for char in folded if char not in _SEPARATORS).upper()
    if _PLATE.fullmatch(plain) is None:
        raise ReleaseError("what is said to be a plate is none")  # not shown: errors end in logs
    return plain


@dataclass(frozen=True, slots=True, repr=False)
class Picker:
    """The opening of an order's picker. `plate` in one spelling; `driver` as lender and keeper agreed to write it.

    Raises ReleaseError.
    """

    plate: str
    driver: str
    salt: bytes

    def __post_init__(self) -> None:
        if self.plate != plate_of(self.plate):
            raise ReleaseError("a picker's plate stands in its one spelling")
        if not self.driver.strip() or len(self.driver) > MAX_DRIVER_CHARS or len(self.salt) != SALT_BYTES:
            raise ReleaseError(f"a driver has 1 to {MAX_DRIVER_CHARS} characters, a salt {SALT_BYTES} bytes")

    @property
    def digest(self) -> bytes:
        """What stands in `Order.picker` and `Execute.picker`."""
        driver = unicodedata.normalize("NFKC", self.driver)
        return hashlib.sha256(_DOMAIN + self.salt + cbor.encode([self.plate, driver])).digest()


@dataclass(frozen=True, slots=True, repr=False)
class SeenPlate:
    """The opening of a plate that a scale signed: the text that it read, and its salt. Raises ReleaseError."""

    plate: str
    salt: bytes

    def __post_init__(self) -> None:
        if not self.plate or len(self.plate) > MAX_PLATE_CHARS or len(self.salt) < SALT_BYTES:
            raise ReleaseError(f"a plate has 1 to {MAX_PLATE_CHARS} characters, a salt {SALT_BYTES} bytes at least")

    @property
    def commitment(self) -> bytes:
        """What the weighing's record `plate` holds."""
        return hashlib.sha256(self.salt + self.plate.encode()).digest()


def encode_picker(picker: Picker) -> str:
    """The file that goes to the keeper, by another way than the order."""
    salt = json_file.hexadecimal(picker.salt)
    return json_file.write(PICKER_FORMAT, {"plate": picker.plate, "driver": picker.driver, "salt": salt})


def decode_picker(text: bytes) -> Picker:
    """Reads it. Raises ReleaseError."""
    try:
        fields = json_file.read(text, PICKER_FORMAT, {"plate", "driver", "salt"})
        plate, driver = json_file.text_of(fields, "plate"), json_file.text_of(fields, "driver")
        return Picker(plate, driver, json_file.octets(fields, "salt", SALT_BYTES))
    except ValueError as error:
        raise ReleaseError(str(error)) from None


def encode_plate(seen: SeenPlate) -> str:
    """The file that the keeper of the scale gives to the lender."""
    return json_file.write(PLATE_FORMAT, {"plate": seen.plate, "salt": json_file.hexadecimal(seen.salt)})


def decode_plate(text: bytes) -> SeenPlate:
    """Reads it. Raises ReleaseError."""
    try:
        fields = json_file.read(text, PLATE_FORMAT, {"plate", "salt"})
        return SeenPlate(json_file.text_of(fields, "plate"), json_file.octets(fields, "salt", SALT_BYTES))
    except ValueError as error:
        raise ReleaseError(str(error)) from None
