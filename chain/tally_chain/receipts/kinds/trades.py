"""The operations of Trades: what is financed together is financed once. Verdict-critical: no IO."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import COURT, Signer, digest, head, ident, kind, party, since
from tally_chain.registry.roles import KeyRole

REGISTRAR = Signer("registrar", (KeyRole.REGISTRY_ADMIN,))
_TRADE = ident("trade", "the trade: nullifier of the order's number (订单)")

KINDS = (
    kind(
        "OpenTrade",
        "登记贸易",
        "Trades",
        (
            _TRADE,
            party("seller", "who sells"),
            since("sellerSince", "the seller"),
            party("buyer", "who buys"),
            since("buyerSince", "the buyer"),
            digest("terms", "what was agreed: the order (订单)"),
        ),
        (
            Signer("seller", (KeyRole.HOLDER,), named_by="seller"),
            Signer("buyer", (KeyRole.HOLDER,), named_by="buyer"),
            REGISTRAR,
        ),
        object="trade",
        before=None,
    ),
    kind(
        "FinanceOrder",
        "订单融资",
        "Trades",
        (
            _TRADE,
            head("trade"),
            party("borrower", "seller or buyer, who borrows"),
            party("lender", "who lends"),
            since("lenderSince", "the lender"),
            digest("terms", "terms of the loan"),
        ),
        (
            Signer("seller or buyer who borrows", (KeyRole.HOLDER,), named_by="borrower"),
            Signer("lender of the order", (KeyRole.LENDER,), named_by="lender"),
        ),
        object="trade",
    ),
    kind(
        "RepayOrder",
        "订单融资结清",
        "Trades",
        (_TRADE, head("trade"), digest("discharge", "proof that the debt is paid")),
        (
            Signer("lender of the order", (KeyRole.LENDER,)),
            Signer("lender of the order, by another key", (KeyRole.LENDER,)),
        ),
        object="trade",
    ),
    kind(
        "DischargeOrder",
        "判决终结订单融资",
        "Trades",
        (_TRADE, head("trade"), digest("judgment", "the judgment that nothing is owed")),
        (COURT, Signer("borrower of the order", (KeyRole.HOLDER,))),
        object="trade",
    ),
)
