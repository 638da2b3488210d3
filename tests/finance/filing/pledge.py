"""A pledged receipt and a financed voucher."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.registry.identifiers import Scheme, commitment
from tally_finance.filing.description import Named
from tally_finance.filing.receipt import PledgedReceipt
from tally_finance.filing.voucher import Business, FinancedVoucher
from tests.finance.ownership.deal import KEEPER, OTHER, SMELTER, TRADER


def named(number: int, name: str, code: str) -> Named:
    return Named(bytes([number]) * 32, name, Scheme.USCC, code, bytes([number + 100]) * 32)


HOLDER, BANK, HOUSE, WORKS = (
    named(1, "沪铜贸易有限公司", TRADER),
    named(2, "第一银行股份有限公司", OTHER),
    named(3, "洋山仓储有限公司", KEEPER),
    named(4, "江铜冶炼有限公司", SMELTER),
)
COMMITMENTS = {who.organisation: commitment(who.identifier, who.salt) for who in (HOLDER, BANK, HOUSE, WORKS)}
RECEIPT = PledgedReceipt(
    number=b"\x11" * 32,
    document=b"\x12" * 32,
    lot=b"\x13" * 32,
    slot=b"\x14" * 32,
    plan=b"\x15" * 32,
    face_g=300_500_000,
    pledged_g=299_000_001,
    until=1_798_732_799,
    matures=1_790_000_000,
    pledgor=HOLDER,
    pledgee=BANK,
    keeper=HOUSE,
    place="上海市浦东新区洋山保税区 1 2 号库",
    goods="阴极铜 cathode copper",
    grade="A级, Cu-CATH-1, 2 捆",
    loan_contract="DK-2026-007",
    loan_fen=1_400_000_000,
)
VOUCHER = FinancedVoucher(
    business=Business.PLEDGE,
    number=b"\x21" * 32,
    root=b"\x22" * 32,
    face_fen=50_000_000,
    root_face_fen=100_000_000,
    due_at=1_790_000_000,
    obligor=WORKS,
    supplier=HOLDER,
    financed=HOUSE,
    financier=BANK,
    invoices=("26312000000012345679", "26312000000012345678"),
    platform="供应链平台",
)


def receipt(**changes: object) -> PledgedReceipt:
    return replace(RECEIPT, **changes)


def voucher(**changes: object) -> FinancedVoucher:
    return replace(VOUCHER, **changes)
