"""A purchase of 300 t of cathode copper, with every paper in order; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tally_chain.registry.identifiers import Identifier
from tally_finance.ownership.papers import Contract, Invoice, Pack, Payment, Transport, invoice_nullifier, party

D = Decimal
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
REGISTRARS_KEY = b"\x07" * 32
TODAY = date(2026, 2, 1)


def uscc(number: int) -> str:
    """A USCC that nobody has, its check character as GB 32100-2015 computes it."""
    body = f"9131{number:013d}"
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + ALPHABET[-total % 31]


SMELTER, TRADER, KEEPER, SHADOW, OTHER = (uscc(number) for number in range(1, 6))
GOODS = "阴极铜 Cathode copper"


def org(text: str) -> Identifier:
    return party(text)


def contract(**changes: object) -> Contract:
    made = Contract(b"\1" * 32, "HT-2026-018", SMELTER, TRADER, GOODS, D(300_000), D("21036900.00"), date(2026, 1, 5))
    return replace(made, **changes)


def invoice(number: str = "26312000000012345678", **changes: object) -> Invoice:
    """Of everything: 13 % tax."""
    made = Invoice(
        b"\2" * 32,
        number,
        SMELTER,
        TRADER,
        f"*有色金属冶炼压延品*{GOODS}",
        D(300_000),
        D("18616725.66"),
        D("2420174.34"),
        D("21036900.00"),
        date(2026, 1, 12),
        invoice_nullifier(REGISTRARS_KEY, SMELTER, number),
    )
    return replace(made, **changes)


def payment(**changes: object) -> Payment:
    made = Payment(b"\3" * 32, "B-991", TRADER, SMELTER, D("21036900.00"), date(2026, 1, 13))
    return replace(made, **changes)


def transport(**changes: object) -> Transport:
    return replace(Transport(b"\4" * 32, "YD-77", TRADER, GOODS, D(300_120), date(2026, 1, 14)), **changes)


def pack(**changes: object) -> Pack:
    made = Pack(
        TRADER, KEEPER, contract(), (invoice(),), (payment(),), (transport(),), D("299880"), D(299_000), b"\5" * 16
    )
    return replace(made, **changes)
