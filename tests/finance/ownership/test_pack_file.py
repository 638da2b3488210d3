"""The pack as a file: what it names is hashed, and what it lacks or adds is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.ownership.matching import Known, Rules, match
from tally_finance.ownership.pack_file import load
from tests.finance.ownership.deal import GOODS, KEEPER, REGISTRARS_KEY, SMELTER, TODAY, TRADER, invoice_nullifier, pack

TEXT = f"""
pledgor = "{TRADER}"
keeper = "{KEEPER}"
received_kg = 299880
pledged_kg = 299000
salt = "0x{"05" * 16}"

[contract]
file = "contract.pdf"
number = "HT-2026-018"
seller = "{SMELTER}"
buyer = "{TRADER}"
goods = "{GOODS}"
quantity_kg = 300000
total = 21036900.00
signed_on = 2026-01-05

[[invoice]]
file = "invoice.ofd"
number = "26312000000012345678"
seller = "{SMELTER}"
buyer = "{TRADER}"
goods = "*有色金属冶炼压延品*{GOODS}"
quantity_kg = 300000
net = 18616725.66
tax = 2420174.34
total = 21036900.00
issued_on = 2026-01-12
nullifier = "{invoice_nullifier(REGISTRARS_KEY, SMELTER, "26312000000012345678").hex()}"

[[payment]]
file = "bank.pdf"
number = "B-991"
payer = "{TRADER}"
payee = "{SMELTER}"
amount = 21036900.00
paid_on = 2026-01-13

[[transport]]
file = "waybill.pdf"
number = "YD-77"
consignee = "{TRADER}"
goods = "{GOODS}"
quantity_kg = 300120
delivered_on = 2026-01-14
"""
FILES = ("contract.pdf", "invoice.ofd", "bank.pdf", "waybill.pdf")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def written(folder: Path, text: str) -> Path:
    file = folder / "pack.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_pack_and_the_digests_of_its_files(folder: Path) -> None:
    found = load(written(folder, TEXT))
    assert [paper.digest for paper in found.papers] == [hashlib.sha256(name.encode()).digest() for name in FILES]
    assert match(found, Rules(), Known(), TODAY).remarks == ()
    assert (found.received_kg, found.contract.total) == (pack().received_kg, pack().contract.total)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('number = "B-991"', 'number = "B-991"\nextra = 1', r"payment\[0\]\.extra|payment.*extra"),
        ("paid_on = 2026-01-13", "paid_on = 2026-01-13T00:00:00+08:00", "is not a date alone"),
        ("tax = 2420174.34", "tax = -1", "tax: -1 is not a number from zero on"),
        ("amount = 21036900.00", "amount = 0", "amount: 0 is not a number above zero"),
        ("bank.pdf", "lost.pdf", "file: cannot be read"),
        ("received_kg = 299880", "", "received_kg: is missing"),
        ("[contract]", "[agreement]", "contract: is missing"),
        ("salt = ", "salt = = ", "pack.toml"),
        ("0505", "05", "salt"),
    ],
)
def test_a_file_that_is_none(folder: Path, old: str, new: str, why: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=why):
        load(written(folder, TEXT.replace(old, new, 1)))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "none.toml")
