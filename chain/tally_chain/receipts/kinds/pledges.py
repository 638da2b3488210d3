"""The operations of Pledges: from the offer to the release (担保). Verdict-critical: no IO.

Civil Code of the PRC: Art. 440–441 (pledge of a warehouse receipt), Art. 436 (the pledgee gives back what is paid).
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.kinds.kind import (
    EVIDENCE_OUT,
    LATE_WITNESSES,
    LEFT_AT,
    PLACES,
    SERIALS_OUT,
    Field,
    Measure,
    Signer,
    digest,
    grams,
    head,
    ident,
    kind,
    party,
    since,
    time,
)
from tally_chain.registry.roles import KeyRole

CONTRACT = "Pledges"
HOLDER = Signer("holder of the receipt", (KeyRole.HOLDER, KeyRole.KEEPER))
KEEPER = Signer("keeper of the lot", (KeyRole.KEEPER,))
LENDER = Signer("lender of the pledge", (KeyRole.LENDER,))
SECOND_LENDER = Signer("lender of the pledge, by another key", (KeyRole.LENDER,))
_VERIFIER = Signer("verifier", (KeyRole.VERIFIER,))
RECEIPT = ident("receipt", "the receipt")
HEAD = head("receipt")
COMPUTATION = digest("computation", "the lender's computation of coverage after it (担保覆盖率)")
_ORDER = ident("order", "the release order: digest of the operation that made it")
_PICKER = digest("picker", "salted digest of vehicle and driver (提货人)")

KINDS = (
    kind(
        "Offer",
        "出质要约",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            party("lender", "who may accept it (质权人)"),
            since("lenderSince", "the lender"),
            grams("quantity", "what is pledged of it"),
            digest("terms", "terms of the loan"),
            time("until", "last second in which it can be accepted"),
            time("maturity", "when the debt is due"),
        ),
        (HOLDER, KEEPER),
        object="receipt",
    ),
    kind(
        "Withdraw",
        "撤回质押",
        CONTRACT,
        (RECEIPT, HEAD, Field("role", "uint8", Measure.ROLE, "the role that the signer acts in")),
        (Signer("holder of the receipt, or lender of the pledge", (KeyRole.HOLDER, KeyRole.LENDER)),),
        object="receipt",
    ),
    kind(
        "Accept",
        "接受质押",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            digest("ownership", "ownership pack: contract, VAT invoice, payment (权属资料)"),
            digest("valuation", "valuation (估值)"),
            digest("search", "search in the registry of movables (动产融资统一登记查询)"),
        ),
        (LENDER,),
        object="receipt",
    ),
    kind(
        "Register",
        "质押登记",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            digest("filing", "number and text of the filing in the registry of movables (登记证明)"),
            digest("search", "search right before or after it"),
        ),
        (LENDER,),
        object="receipt",
    ),
    kind(
        "Release",
        "解除质押",
        CONTRACT,
        (RECEIPT, HEAD, grams("quantity", "what is no longer pledged"), COMPUTATION),
        (LENDER, SECOND_LENDER),
        object="receipt",
    ),
    kind(
        "Order",
        "放货指令",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            grams("quantity", "how much may leave"),
            _PICKER,
            time("from", "first second of the window"),
            time("until", "last second of the window"),
            COMPUTATION,
        ),
        (LENDER, SECOND_LENDER, HOLDER),
        object="receipt",
    ),
    kind("CancelOrder", "撤销放货指令", CONTRACT, (_ORDER, RECEIPT, HEAD), (LENDER,), object="receipt"),
    kind(
        "Execute",
        "执行放货",
        CONTRACT,
        (_ORDER, RECEIPT, HEAD, grams("quantity", "what left"), _PICKER, EVIDENCE_OUT, SERIALS_OUT, LEFT_AT, PLACES),
        (
            KEEPER,
            _VERIFIER,
            replace(
                LATE_WITNESSES, when="where more left than was ordered, or something stands that began after they left"
            ),
        ),
        object="receipt",
    ),
    kind(
        "SetFloor",
        "设定最低控货值",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            grams("floor", "what must stay, in a dynamic pledge (动态质押); 0 ends it"),
            time("until", "last second in which goods may leave above it"),
        ),
        (LENDER, SECOND_LENDER, replace(HOLDER, when="where more may leave than before")),
        object="receipt",
    ),
    kind(
        "ExecuteDynamic",
        "动态质押出库",
        CONTRACT,
        (RECEIPT, HEAD, grams("quantity", "what left"), EVIDENCE_OUT, SERIALS_OUT, LEFT_AT, PLACES),
        (KEEPER, _VERIFIER, LATE_WITNESSES),
        object="receipt",
    ),
    kind(
        "Substitute",
        "置换质物",
        CONTRACT,
        (
            RECEIPT,
            HEAD,
            ident("with", "the receipt that is pledged instead"),
            Field("withHead", "bytes32", Measure.HEAD, "head of that receipt before"),
            grams("quantity", "what is pledged of it"),
            digest("filing", "number and text of the changed filing (变更登记)"),
            COMPUTATION,
        ),
        (HOLDER, KEEPER, LENDER, SECOND_LENDER, Signer("keeper of the new lot", (KeyRole.KEEPER,))),
        object="receipt",
    ),
)
