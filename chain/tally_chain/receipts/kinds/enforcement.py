"""The operations of Pledges: margin call, default, enforcement, sale. Verdict-critical: no IO.

Civil Code of the PRC: Art. 436 (agreement on the price, auction or sale), Art. 428 (no title for the lender by default
alone), Art. 438 (surplus to the pledgor, shortfall stays a debt).
"""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import COURT, Signer, digest, ident, kind, party, since, time
from tally_chain.receipts.kinds.pledges import COMPUTATION, CONTRACT, HEAD, KEEPER, LENDER, RECEIPT, SECOND_LENDER
from tally_chain.registry.roles import KeyRole

_AUCTIONEER = Signer("auctioneer", (KeyRole.AUCTIONEER,))
_SALE = (
    RECEIPT,
    HEAD,
    party("buyer", "who holds the receipt from now on"),
    since("buyerSince", "the buyer"),
    ident("rest", "receipt for what is not pledged, of the pledgor; zero where all is"),
    digest("restDocument", "its document, or zero"),
    digest("waterfall", "order of payments from the price (清偿顺序)"),
    digest("report", "report of the sale"),
)

KINDS = (
    kind(
        "CallMargin",
        "追加担保通知",
        CONTRACT,
        (RECEIPT, HEAD, time("until", "last second for the top-up (补仓)"), COMPUTATION),
        (LENDER,),
        object="receipt",
    ),
    kind("Cure", "补仓完成", CONTRACT, (RECEIPT, HEAD, COMPUTATION), (LENDER,), object="receipt"),
    kind(
        "DeclareDefault",
        "宣布违约",
        CONTRACT,
        (RECEIPT, HEAD, digest("reason", "why")),
        (LENDER,),
        object="receipt",
    ),
    kind(
        "Enforce",
        "处置质物",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            time("noticeUntil", "last second of the pledgor's notice"),
            digest("valuation", "valuation (估值)"),
            digest("reserve", "reserve price (保留价)"),
        ),
        (LENDER,),
        object="receipt",
    ),
    kind(
        "Settle",
        "清偿了结",
        CONTRACT,
        (RECEIPT, HEAD, digest("discharge", "proof that the debt is paid")),
        (LENDER, SECOND_LENDER),
        object="receipt",
    ),
    kind(
        "Discharge",
        "判决解除质押",
        CONTRACT,
        (RECEIPT, HEAD, digest("judgment", "the judgment that nothing is owed")),
        (COURT, KEEPER),
        object="receipt",
    ),
    kind(
        "Sell",
        "拍卖成交",
        CONTRACT,
        _SALE,
        (LENDER, SECOND_LENDER, _AUCTIONEER, KEEPER, Signer("buyer", (KeyRole.HOLDER,), named_by="buyer")),
        object="receipt",
    ),
    kind(
        "TakeOver",
        "折价抵债",
        CONTRACT,
        _SALE,
        (
            LENDER,
            SECOND_LENDER,
            Signer("pledgor", (KeyRole.HOLDER, KeyRole.KEEPER)),
            _AUCTIONEER,
            KEEPER,
            Signer("lender as the new holder", (KeyRole.HOLDER,), named_by="buyer"),
        ),
        object="receipt",
    ),
)
