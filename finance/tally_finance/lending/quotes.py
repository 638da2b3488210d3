"""Signed price quotes (报价): what a price source says, as EIP-712 that its key of role PriceSource signs. No IO.

`tally_finance.quoting` signs quotes and says whose key signed one; here is what is signed, the file that carries it,
and which of many quotes speak at a time. They feed `prices.py`, which asks for enough sources that agree.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_uppercase
from typing import Any, Final, TypeVar

from tally_finance import json_file
from tally_finance.errors import PriceError, QuoteFileError
from tally_finance.lending import prices
from tally_finance.lending.rounding import FEN

FORMAT: Final = "tallystick price quote 1"
DOMAIN_NAME: Final = "Tallystick Prices"
DOMAIN_VERSION: Final = "1"
FIELDS: Final[Mapping[str, str]] = {
    "source": "bytes32",
    "commodity": "string",
    "price": "uint128",
    "currency": "string",
    "at": "uint64",
    "lineage": "bytes32",
    "until": "uint64",
}
"""Of the EIP-712 type `Quote`, in order."""
MAX_COMMODITY_CHARS: Final = 128
"""Kind, grade and place of a price, such as `cathode copper, grade A, Shanghai`."""
MAX_PRICE_FEN: Final = 10**15
"""Per tonne: ten thousand times what a tonne of gold costs. A price above it is an error of units."""
_MAX_TIME: Final = 2**40
SIGNATURE_BYTES: Final = 65
_Name = TypeVar("_Name")


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source says. Raises PriceError.

    `source`: the organisation's registry id, 32 bytes. `price`: fen (hundredths of `currency`, ISO 4217) per tonne.
    `lineage` (来源): digest of the source's own record of how it came to the price; it must be able to show it.
    It speaks from `at` to `until`, Unix seconds, both included.
    """

    source: bytes
    commodity: str
    price: int
    currency: str
    at: int
    lineage: bytes
    until: int

    def __post_init__(self) -> None:
        if len(self.source) != 32 or len(self.lineage) != 32 or not any(self.source) or not any(self.lineage):
            raise PriceError("source and lineage of a quote have 32 bytes, not all of them zero")
        if not self.commodity.isprintable() or self.commodity != _plain(self.commodity) or not self.commodity:
            raise PriceError(f"{self.commodity!r} is no commodity: NFC, nothing unseen, single blanks inside")
        if len(self.commodity) > MAX_COMMODITY_CHARS:
            raise PriceError(f"a commodity has at most {MAX_COMMODITY_CHARS} characters")
        if not 0 < self.price <= MAX_PRICE_FEN:
            raise PriceError(f"{self.price} fen per tonne is no price up to {MAX_PRICE_FEN}")
        if len(self.currency) != 3 or not set(self.currency) <= set(ascii_uppercase):
            raise PriceError(f"{self.currency!r} is no currency of three capital letters")
        if not 0 < self.at <= self.until < _MAX_TIME:
            raise PriceError(f"a quote of {self.at} can not speak until {self.until}")

    @property
    def per_t(self) -> Decimal:
        """Money per tonne."""
        return self.price * FEN

    def typed_data(self, chain_id: int, organisations: str) -> dict[str, Any]:
        """The EIP-712 document, as wallets and external signers take it (eth_signTypedData_v4).

        Bound to a registry of organisations by its address, so that a quote for one consortium is none for another.
        """
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Quote": [{"name": name, "type": kind} for name, kind in FIELDS.items()],
            },
            "primaryType": "Quote",
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": chain_id,
                "verifyingContract": organisations,
            },
            "message": {name: getattr(self, name) for name in FIELDS},
        }


def _plain(text: str) -> str:
    """One spelling: a commodity that is written twice would be two, and neither would have its quorum."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A quote and 65 bytes r, s, v over it. Nothing is said yet of whose key made them. Raises PriceError."""

    quote: Quote
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.signature) != SIGNATURE_BYTES:
            raise PriceError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(self.signature)}")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file: how a valuation names what it rests on."""
        return hashlib.sha256(encode(self).encode()).digest()


def encode(signed: SignedQuote) -> str:
    """The file's text."""
    fields = {name: getattr(signed.quote, name) for name in FIELDS} | {"signature": signed.signature}
    return json_file.write(
        FORMAT,
        {name: json_file.hexadecimal(value) if isinstance(value, bytes) else value for name, value in fields.items()},
    )


def decode(text: bytes) -> SignedQuote:
    """Reads the file. Raises QuoteFileError that says what is wrong with it."""
    try:
        fields = json_file.read(text, FORMAT, {*FIELDS, "signature"})
        quote = Quote(
            json_file.octets(fields, "source", 32),
            json_file.text_of(fields, "commodity"),
            json_file.whole(fields, "price", MAX_PRICE_FEN),
            json_file.text_of(fields, "currency"),
            json_file.whole(fields, "at", _MAX_TIME),
            json_file.octets(fields, "lineage", 32),
            json_file.whole(fields, "until", _MAX_TIME),
        )
        return SignedQuote(quote, json_file.octets(fields, "signature", SIGNATURE_BYTES))
    except (ValueError, PriceError) as error:
        raise QuoteFileError(str(error)) from None


def standing(now: int, quotes: Mapping[_Name, Quote], commodity: str, currency: str) -> dict[_Name, Quote]:
    """Those of `quotes` that speak of a commodity at `now`, under their names; all are admitted (`quoting.admit`).

    Of each source the newest counts, and where that has run out the source is silent: what it said before does not come
    back. Two quotes of one second both count, and `price_at` refuses them where they differ.
    """
    told: dict[bytes, list[tuple[_Name, Quote]]] = {}
    for name, quote in quotes.items():
        if (quote.commodity, quote.currency) == (commodity, currency) and quote.at <= now:
            told.setdefault(quote.source, []).append((name, quote))
    found: dict[_Name, Quote] = {}
    for _, said in sorted(told.items()):
        newest = max(quote.at for _, quote in said)
        last = {name: quote for name, quote in said if quote.at == newest}
        if min(quote.until for quote in last.values()) >= now:
            found |= last
    return found


def speaking(now: int, quotes: Iterable[Quote], commodity: str, currency: str) -> list[prices.Quote]:
    """What the sources say of a commodity at `now`, for `prices.price_at`; see `standing`."""
    found = standing(now, dict(enumerate(quotes)), commodity, currency).values()
    return [prices.Quote(quote.source.hex(), quote.at, quote.per_t) for quote in found]
