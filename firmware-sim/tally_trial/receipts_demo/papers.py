"""The papers of the play, each a file: contract, invoice, bank receipt, waybill, search, filing, the receipt itself.

What a paper says is read back from its file by the same code that a lender uses, and its digest is of that file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from tally_finance import json_file
from tally_finance.filing.description import FORMAT, filing_digest
from tally_finance.filing.receipt import PledgedReceipt
from tally_finance.lending.rounding import down, up
from tally_finance.ownership import matching, pack_file, search, search_file
from tally_finance.ownership.papers import invoice_nullifier
from tally_trial.errors import TrialError
from tally_trial.receipts_demo.cast import FIRMS, digest
from tally_trial.receipts_demo.days import date_of, iso, shown
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.works import G_PER_KG

GOODS: Final = "玉米 dried maize"
GRADE: Final = "二等 grade 2, GB 1353"
PLACE: Final = "江北粮食园区 A 仓"
BOUGHT_PER_T: Final = Decimal(2240)
"""What the borrower paid, with tax, yuan."""
_TAX: Final = Fraction(9, 100)
"""VAT on farm produce."""
_REGISTRARS_KEY: Final = digest("key of the namespace of invoices")
_SEARCH_AGE_S: Final = 2 * 86_400
_KEEPER_AGE_S: Final = 30 * 86_400
LOSS: Final = "0.1 %（六个月内 within six months）"


def written(file: Path, text: str) -> bytes:
    """Write a paper; its digest."""
    data = text.encode()
    leave(file, data)
    return hashlib.sha256(data).digest()


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """What a receipt states. `quantity_g` grams; `issued_at`, `until` Unix seconds; `bags` is none: it lies loose."""

    name: str
    number: bytes
    quantity_g: int
    issued_at: int
    until: int
    insured: Decimal

    def text(self) -> str:
        """The receipt in the form of GB/T 30332-2024, with the eight items of Art. 909 of the 民法典 numbered."""
        holder, keeper = FIRMS["borrower"], FIRMS["keeper"]
        tonnes = Decimal(self.quantity_g).scaleb(-6)
        return (
            f"仓单 Warehouse receipt {self.name}\n"
            f"仓单编号 Number: {self.number.hex()}\n"
            f"凭证权利提示: 本仓单是提取仓储物的凭证，经背书并经保管人签章可以转让（民法典第九百一十条）。\n"
            f"1. 存货人 Depositor: {holder.chinese} {holder.english}, {holder.code}, 上海市\n"
            f"2. 品种、数量、质量、包装 Goods: {GOODS}, {tonnes:f} t, {GRADE}, 散装 loose\n"
            f"3. 损耗标准 Loss allowed: {LOSS}\n"
            f"4. 储存场所 Place: {PLACE}\n"
            f"5. 储存期限 Term: until {shown(self.until)}\n"
            f"6. 仓储费 Storage fee: 0.50 元/吨·天 CNY a tonne and day\n"
            f"7. 保险 Insurance: CNY {self.insured:f}, until {shown(self.until)}, 示范财产保险\n"
            f"8. 填发人、地点、日期 Issued: {keeper.chinese} {keeper.english}, 上海, {shown(self.issued_at)}\n"
        )


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase of grain from the farmers: what of it was weighed in, grams; from when to when, Unix seconds."""

    name: str
    quantity_g: int
    signed_at: int
    delivered_at: int


def ownership(folder: Path, of: Purchase, pledged_g: int, now: int) -> tuple[matching.Matched, dict[str, bytes]]:
    """The ownership pack (权属资料), and the digests of its contract, invoice and payment. Raises TrialError."""
    seller, buyer = FIRMS["seller"].code, FIRMS["borrower"].code
    kg = Decimal(of.quantity_g) / G_PER_KG
    total = up(Fraction(kg) * Fraction(BOUGHT_PER_T) / 1000)
    net = down(Fraction(total) / (1 + _TAX))
    number = f"2631200000{int(digest(of.name).hex()[:8], 16):010d}"
    on, paid = date_of(of.delivered_at), date_of(of.delivered_at)
    texts = {
        "contract": f"购销合同 {of.name}: {seller} 向 {buyer} 出售 {kg:f} kg {GOODS}\n",
        "invoice": f"增值税专用发票 {number}: {net:f} + {total - net:f} = {total:f}\n",
        "payment": f"银行回单 {of.name}: {buyer} 付 {seller} {total:f}\n",
        "transport": f"运单 {of.name}: {kg:f} kg {GOODS}\n",
    }
    digests = {what: written(folder / f"{what}.txt", text) for what, text in texts.items()}
    nullifier = invoice_nullifier(_REGISTRARS_KEY, seller, number)
    parties = f'seller = "{seller}"\nbuyer = "{buyer}"\ngoods = "{GOODS}"\nquantity_kg = {kg:f}\n'
    pack = (
        f'pledgor = "{buyer}"\nkeeper = "{FIRMS["keeper"].code}"\nreceived_kg = {kg:f}\n'
        f'pledged_kg = {Decimal(pledged_g) / G_PER_KG:f}\nsalt = "0x{digest(f"pack {of.name}").hex()[:32]}"\n\n'
        f'[contract]\nfile = "contract.txt"\nnumber = "{of.name}"\n{parties}total = {total:f}\n'
        f"signed_on = {date_of(of.signed_at)}\n\n"
        f'[[invoice]]\nfile = "invoice.txt"\nnumber = "{number}"\n{parties}net = {net:f}\ntax = {total - net:f}\n'
        f'total = {total:f}\nissued_on = {on}\nnullifier = "0x{nullifier.hex()}"\n\n'
        f'[[payment]]\nfile = "payment.txt"\nnumber = "B-{of.name}"\npayer = "{buyer}"\npayee = "{seller}"\n'
        f"amount = {total:f}\npaid_on = {paid}\n\n"
        f'[[transport]]\nfile = "transport.txt"\nnumber = "Y-{of.name}"\nconsignee = "{buyer}"\ngoods = "{GOODS}"\n'
        f"quantity_kg = {kg:f}\ndelivered_on = {on}\n"
    )
    file = folder / "pack.toml"
    leave(file, pack.encode())
    found = matching.match(pack_file.load(file), matching.Rules(), matching.Known(), date_of(now))
    if not found.allows_pledge:
        raise TrialError(f"{file}: {found.remarks}")
    return found, digests


def searched(folder: Path, delivered_at: int, last_draw_at: int | None, now: int) -> search.Record:
    """The search of the registry of movables, and the keeper's declaration; judged as before a pledge."""
    borrower, keeper = FIRMS["borrower"].code, FIRMS["keeper"].code
    written(folder / "search.txt", f"查询证明 {iso(now)}: {borrower}，无登记 nothing registered\n")
    written(folder / "keeper.txt", f"保管人声明 {iso(now)}: {keeper}，无欠费 nothing owed\n")
    text = (
        f'salt = "0x{digest(f"search {folder.name}").hex()[:32]}"\n\n'
        f'[search]\nsubject = "{borrower}"\nsearched_at = {iso(now)}\ncertificate = "search.txt"\n\n'
        f'[keeper]\nkeeper = "{keeper}"\nsaid_at = {iso(now)}\nowed = 0\nfile = "keeper.txt"\n'
    )
    leave(folder / "search.toml", text.encode())
    record = search_file.load(folder / "search.toml")
    asked = search.Asked(borrower, keeper, delivered_at, last_draw_at, _SEARCH_AGE_S, _KEEPER_AGE_S)
    remarks = search.judge(record, asked, now)
    if remarks:
        raise TrialError(f"{folder}: {remarks}")
    return record


def filed(file: Path, registration: str, pledged: PledgedReceipt) -> bytes:
    """The text for the registry of movables (动产融资统一登记), and what stands in `Register.filing`."""
    description = pledged.description()
    leave(file, description.chinese.encode())
    told = description.as_json() | {"registration": registration}
    leave(file.with_suffix(".json"), json_file.write(FORMAT, told).encode())
    return filing_digest(registration, description.chinese)
