"""A description of what is pledged (财产描述) for the registry: the same facts always give the same text. No IO.

It is Chinese: one item after another, `label：value；`, each on a line. Registries drop line breaks and change the
widths of marks; `filed.py` reads it all the same. The English gloss is for readers and is never filed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import SALT_BYTES, Identifier, Scheme, identifier, opens
from tally_edge import cbor
from tally_finance.errors import FilingError

FORMAT: Final = "tallystick filing 1"
MAX_VALUE_CHARS: Final = 300
"""An address or a grade; a text that nobody reads to its end hides things."""
_DOMAIN: Final = b"tallystick filing 1\0"
_BEIJING: Final = timezone(timedelta(hours=8))


class Reads(Enum):
    """How a value that was filed is compared."""

    TEXT = "text"
    MASS = "mass"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Item:
    """One fact: its stable name, label and value in Chinese, label and value in English. Raises FilingError."""

    name: str
    label: str
    value: str
    english_label: str
    english_value: str
    reads: Reads = Reads.TEXT

    def __post_init__(self) -> None:
        if not self.value.strip() or len(self.value) > MAX_VALUE_CHARS:
            raise FilingError(f"{self.name}: is empty, or longer than {MAX_VALUE_CHARS} characters")
        if any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in self.value + self.english_value):
            raise FilingError(f"{self.name}: holds a character that nobody sees")
        if ";" in unicodedata.normalize("NFKC", self.value):
            raise FilingError(f"{self.name}: a semicolon ends an item, and can not stand in one")


@dataclass(frozen=True, slots=True)
class Description:
    """What is pledged, by `kind`: `receipt` (仓单质押) or `voucher` (应收账款电子凭证质押)."""

    kind: str
    items: tuple[Item, ...]

    @property
    def chinese(self) -> str:
        """The text to file."""
        return "；\n".join(f"{item.label}：{item.value}" for item in self.items) + "。\n"

    @property
    def english(self) -> str:
        """The same in English, item by item."""
        return "\n".join(f"{item.english_label}: {item.english_value}" for item in self.items) + "\n"

    def as_json(self) -> dict[str, Any]:
        """The file beside the text; `json_file.write` writes it."""
        return {
            "kind": self.kind,
            "chinese": self.chinese,
            "english": self.english,
            "items": {item.name: item.value for item in self.items},
        }


def filing_digest(registration: str, text: str) -> bytes:
    """What stands in `Register.filing`: over the registry's number (登记证明编号) and the text as it was filed.

    Raises FilingError where there is no number: nothing was filed yet.
    """
    number = "".join(unicodedata.normalize("NFKC", registration).split())
    if not number or not text.strip():
        raise FilingError("without the registry's number and the text nothing was filed")
    return hashlib.sha256(_DOMAIN + cbor.encode([number, text])).digest()


@dataclass(frozen=True, slots=True)
class Named:
    """An organisation of the chain and what the law calls it. `code`: USCC, or LEI abroad. Raises FilingError.

    `salt` opens the commitment that the registry of organisations holds (`identifiers.opens`).
    """

    organisation: bytes
    name: str
    scheme: Scheme
    code: str
    salt: bytes

    def __post_init__(self) -> None:
        if len(self.organisation) != 32 or len(self.salt) != SALT_BYTES:
            raise FilingError(f"{self.name}: an organisation's id has 32 bytes, its salt {SALT_BYTES}")
        try:
            identifier(self.scheme, self.code)
        except IdentifierError as error:
            raise FilingError(f"{self.name}: {error}") from None

    @property
    def identifier(self) -> Identifier:
        """The code in its one spelling."""
        return identifier(self.scheme, self.code)

    def is_of(self, commitment: bytes) -> bool:
        """Whether the chain registered this very organisation."""
        return opens(commitment, self.identifier, self.salt)

    @property
    def chinese(self) -> str:
        """Name and code, as filed."""
        what = "统一社会信用代码" if self.scheme is Scheme.USCC else "LEI"
        return f"{self.name}（{what} {self.identifier.text}）"

    @property
    def english(self) -> str:
        """Name and code."""
        return f"{self.name} ({self.scheme.value} {self.identifier.text})"


def party(name: str, label: str, english_label: str, who: Named) -> Item:
    """An organisation in a role."""
    return Item(name, label, who.chinese, english_label, who.english)


def digest(name: str, label: str, english_label: str, value: bytes) -> Item:
    """An id or a digest, in hexadecimal digits. Raises FilingError."""
    if len(value) != 32:
        raise FilingError(f"{name}: has {len(value)} bytes, not 32")
    return Item(name, label, value.hex(), english_label, value.hex())


def mass(name: str, label: str, english_label: str, grams: int) -> Item:
    """A quantity, exact, in tonnes and in grams. Raises FilingError."""
    if grams <= 0:
        raise FilingError(f"{name}: {grams} g is no quantity")
    tonnes = _plain(Decimal(grams).scaleb(-6))
    return Item(name, label, f"{tonnes} 吨（{grams} 克）", english_label, f"{tonnes} t ({grams} g)", Reads.MASS)


def money(name: str, label: str, english_label: str, fen: int) -> Item:
    """An amount of yuan, exact. Raises FilingError."""
    if fen <= 0:
        raise FilingError(f"{name}: {fen} fen is no amount")
    yuan = f"{Decimal(fen).scaleb(-2):.2f}"
    return Item(name, label, f"人民币 {yuan} 元", english_label, f"CNY {yuan}", Reads.MONEY)


def moment(name: str, label: str, english_label: str, at: int) -> Item:
    """A time on the chain (Unix seconds), as it is told in Beijing. Raises FilingError."""
    try:
        there = datetime.fromtimestamp(at, _BEIJING)
        english = f"{there.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OSError, OverflowError):
        raise FilingError(f"{name}: no calendar has {at}") from None
    return Item(name, label, f"{there:%Y-%m-%d %H:%M:%S}（北京时间）", english_label, english)


def words(name: str, label: str, english_label: str, value: str) -> Item:
    """Text as it is."""
    return Item(name, label, value, english_label, value)


def _plain(number: Decimal) -> str:
    """Without zeros behind the last digit, and never with an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
