"""What the kinds of operations are called, and what the desk prepares, in both languages. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tally_chain.receipts.operations import KINDS
from tally_gateway.pages.words import Words

_ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AddSlot": "Add a slot",
        "AssignKeeper": "Assign a keeper",
        "DismissKeeper": "Dismiss a keeper",
        "RetireSlot": "End a slot",
        "OpenLot": "Open a lot",
        "RecordInbound": "Record goods that came in",
        "VoidWeighing": "Void a weighing",
        "Attest": "Attest a quantity",
        "Apportion": "Share a shortage",
        "SucceedKeeper": "Change the keeper of a lot",
        "CloseLot": "Close a lot",
        "Issue": "Issue a receipt",
        "Endorse": "Endorse a receipt",
        "Split": "Split a receipt",
        "Merge": "Merge receipts",
        "Amend": "Reduce a receipt",
        "Replace": "Replace a receipt",
        "ReplaceLost": "Replace a lost receipt",
        "Surrender": "Give a receipt back",
        "Cancel": "Cancel a receipt",
        "Deliver": "Deliver goods",
        "Hold": "Hold goods back",
        "Lift": "Lift a hold",
        "Offer": "Offer a pledge",
        "Withdraw": "Withdraw a pledge",
        "Accept": "Accept a pledge",
        "Register": "Register a pledge",
        "Release": "Free from the pledge",
        "Order": "Order goods out",
        "CancelOrder": "Cancel a release order",
        "Execute": "Record goods that left under an order",
        "SetFloor": "Set a floor",
        "ExecuteDynamic": "Record goods that left above the floor",
        "Substitute": "Take other goods instead",
        "CallMargin": "Margin call",
        "Cure": "Margin call answered",
        "DeclareDefault": "Declare default",
        "Enforce": "Begin a sale",
        "Settle": "End a pledge: the debt is paid",
        "Discharge": "End a pledge by judgment",
        "Sell": "Sell pledged goods",
        "TakeOver": "Take over pledged goods",
        "OpenTrade": "Open a trade",
        "FinanceOrder": "Finance an order",
        "RepayOrder": "End the loan on an order",
        "DischargeOrder": "End the loan on an order by judgment",
        "CreateVoucher": "Create a voucher",
        "SplitVoucher": "Split a voucher",
        "TransferVoucher": "Transfer a voucher",
        "OfferVoucher": "Offer a voucher in pledge",
        "WithdrawVoucher": "Withdraw the offer of a voucher",
        "AcceptVoucher": "Accept a voucher in pledge",
        "ReleaseVoucher": "Release a voucher",
        "DischargeVoucher": "Release a voucher by judgment",
        "DisputeVoucher": "Dispute a voucher",
        "SettleDispute": "Settle a dispute",
        "RedeemVoucher": "Redeem a voucher",
        "DishonourVoucher": "State that a voucher was not paid",
    }
)
CONTRACTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "Sites": Words("Sites and slots", "库区与货位"),
        "Lots": Words("Lots", "批次"),
        "Attestations": Words("Attestations", "见证"),
        "Receipts": Words("Receipts", "仓单"),
        "Holds": Words("Holds", "冻结"),
        "Pledges": Words("Pledges", "质押"),
        "Trades": Words("Trades", "贸易"),
        "Vouchers": Words("Vouchers", "凭证"),
    }
)
"""What the contracts are about, as headings."""


def kind_words(name: str) -> Words:
    """What a kind is called. Raises KeyError for a kind that there is not."""
    return Words(_ENGLISH[name], KINDS[name].chinese)
