"""The operations of Receipts: title (权属) and holds (冻结). Verdict-critical: no IO.

Civil Code of the PRC: Art. 908–909 (the keeper issues the receipt; its items), Art. 910 (transfer by endorsement of the
holder and signature or seal of the keeper).
"""

from __future__ import annotations

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

_HOLDER = Signer("holder of the receipt", (KeyRole.HOLDER, KeyRole.KEEPER))
_KEEPER = Signer("keeper of the lot", (KeyRole.KEEPER,))
_LENDER = Signer("lender of the pledge", (KeyRole.LENDER,), when="where it is pledged")
_RECEIPT = ident("receipt", "the receipt")
_HEAD = head("receipt")
_DOCUMENT = digest("document", "its document (GB/T 30332-2024)")
_NUMBER = ident("number", "number of the new receipt, never used before")
_ROLE = Field("role", "uint8", Measure.ROLE, "the role that the signer acts in")
_PIECES = ident("numbers", "numbers of the pieces, never used before", "bytes32[]")

KINDS = (
    kind(
        "Issue",
        "签发仓单",
        "Receipts",
        (
            ident("number", "its number, never used before"),
            ident("lot", "the lot that it is for"),
            Field("lotHead", "bytes32", Measure.HEAD, "head of the lot"),
            party("holder", "who holds it (持单人)"),
            since("holderSince", "the holder"),
            grams("quantity", "its face (仓单数量)"),
            time("until", "last second of its term (储存期限)"),
            _DOCUMENT,
            ident("trade", "trade that it belongs to, or zero"),
        ),
        (
            _KEEPER,
            Signer("holder of the receipt", (KeyRole.HOLDER,), named_by="holder"),
            Signer("inspector", (KeyRole.INSPECTOR,)),
        ),
        object="number",
        before=None,
    ),
    kind(
        "Endorse",
        "背书转让",
        "Receipts",
        (_RECEIPT, _HEAD, party("to", "the new holder"), since("toSince", "the new holder")),
        (_HOLDER, _KEEPER, Signer("new holder", (KeyRole.HOLDER,), named_by="to")),
        object="receipt",
    ),
    kind(
        "Split",
        "拆分仓单",
        "Receipts",
        (
            _RECEIPT,
            _HEAD,
            _PIECES,
            grams("quantities", "face of each piece; their sum is the receipt's", "uint128[]"),
            grams("pledged", "what is pledged of each; their sum is the receipt's", "uint128[]"),
            digest("documents", "document of each piece", "bytes32[]"),
        ),
        (_HOLDER, _KEEPER, _LENDER),
        object="receipt",
    ),
    kind(
        "Merge",
        "合并仓单",
        "Receipts",
        (
            ident("receipts", "the receipts that become one", "bytes32[]"),
            Field("heads", "bytes32[]", Measure.HEAD, "head of each before"),
            _NUMBER,
            _DOCUMENT,
        ),
        (_HOLDER, _KEEPER, _LENDER),
        object="number",
        before=None,
    ),
    kind(
        "Amend",
        "变更数量",
        "Receipts",
        (_RECEIPT, _HEAD, grams("quantity", "its face from now on, never more than before"), _DOCUMENT),
        (_HOLDER, _KEEPER, _LENDER),
        object="receipt",
    ),
    kind(
        "Replace",
        "换发仓单",
        "Receipts",
        (_RECEIPT, _HEAD, _NUMBER, _DOCUMENT),
        (_HOLDER, _KEEPER, _LENDER),
        object="receipt",
    ),
    kind(
        "ReplaceLost",
        "补发遗失仓单",
        "Receipts",
        (
            _RECEIPT,
            _HEAD,
            _NUMBER,
            _DOCUMENT,
            party("holder", "who the court says holds it"),
            since("holderSince", "that holder"),
        ),
        (
            _KEEPER,
            Signer("court", (KeyRole.COURT_LIAISON,)),
            Signer("new holder", (KeyRole.HOLDER,), named_by="holder"),
        ),
        object="receipt",
    ),
    kind("Surrender", "交还仓单", "Receipts", (_RECEIPT, _HEAD), (_HOLDER, _KEEPER), object="receipt"),
    kind("Cancel", "注销仓单", "Receipts", (_RECEIPT, _HEAD), (_KEEPER,), object="receipt"),
    kind(
        "Deliver",
        "提货",
        "Receipts",
        (
            _RECEIPT,
            _HEAD,
            grams("quantity", "what leaves"),
            EVIDENCE_OUT,
            SERIALS_OUT,
            Field("last", "bool", Measure.YES_NO, "whether the receipt ends with it, whatever is left"),
            LEFT_AT,
            PLACES,
        ),
        (_HOLDER, _KEEPER, Signer("verifier", (KeyRole.VERIFIER,)), LATE_WITNESSES),
        object="receipt",
    ),
    kind(
        "Hold",
        "冻结",
        "Holds",
        (
            _RECEIPT,
            _HEAD,
            Field("kind", "uint8", Measure.HOLD, "why"),
            _ROLE,
            grams("quantity", "how much is held; 0 is all of it"),
            digest("reason", "what it rests on"),
        ),
        (
            Signer(
                "who holds it back",
                (
                    KeyRole.HOLDER,
                    KeyRole.LENDER,
                    KeyRole.KEEPER,
                    KeyRole.INSPECTOR,
                    KeyRole.VERIFIER,
                    KeyRole.COURT_LIAISON,
                ),
            ),
        ),
        object="receipt",
    ),
    kind(
        "Lift",
        "解除冻结",
        "Holds",
        (
            _RECEIPT,
            _HEAD,
            ident("hold", "the hold: digest of the operation that set it"),
            digest("reason", "what it rests on"),
            _ROLE,
        ),
        (
            Signer(
                "who set the hold, or a court, or the holder of what was lost",
                (
                    KeyRole.HOLDER,
                    KeyRole.LENDER,
                    KeyRole.KEEPER,
                    KeyRole.INSPECTOR,
                    KeyRole.VERIFIER,
                    KeyRole.COURT_LIAISON,
                ),
            ),
        ),
        object="receipt",
    ),
)
