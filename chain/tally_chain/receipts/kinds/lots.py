"""The operations of Lots and Attestations: goods, and what their witnesses say is there. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.kinds.kind import (
    PLACES,
    WITNESSES,
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

_KEEPER = Signer("keeper of the lot", (KeyRole.KEEPER,))
_LOT = ident("lot", "the lot")
_DEPOSITORS = Field("depositors", "bytes32[]", Measure.ORGANISATION, "all whose goods are in no receipt, ascending")
_PANEL = (
    Field("witnesses", "bytes32[]", Measure.ORGANISATION, "who attests what is there"),
    Field("roles", "uint8[]", Measure.ROLE, "in which role each of them does"),
    Field("quorum", "uint8", Measure.COUNT, "how many of them make an attestation"),
)

KINDS = (
    kind(
        "OpenLot",
        "开立批次",
        "Lots",
        (
            ident("slot", "where it lies"),
            head("slot"),
            digest("goods", "what it is: kind, grade, unit"),
            Field("serialised", "bool", Measure.YES_NO, "whether its goods have serial numbers"),
            Field("allowancePpm", "uint32", Measure.PPM, "loss allowance (损耗标准) of all that comes in"),
            Field("maxAgeSeconds", "uint32", Measure.DURATION, "how old an attestation may be for new credit"),
            *_PANEL,
        ),
        (Signer("keeper of the slot", (KeyRole.KEEPER,)),),
        object=("slot", "head"),
        before=None,
    ),
    kind(
        "RecordInbound",
        "入库",
        "Lots",
        (
            _LOT,
            head("lot"),
            party("depositor", "who brings the goods (存货人)"),
            Field("weighings", "Weighing[]", Measure.WEIGHINGS, "what was weighed in, by its evidence"),
            ident("serials", "one for each weighing, where the lot has such", "bytes32[]"),
            time("weighedAt", "when the last of them was weighed, by the evidence of the scale (过磅时间)"),
        ),
        (
            _KEEPER,
            Signer("verifier or inspector who is a witness of the lot", (KeyRole.VERIFIER, KeyRole.INSPECTOR)),
            Signer("depositor", (KeyRole.HOLDER,), named_by="depositor"),
        ),
        object="lot",
    ),
    kind(
        "VoidWeighing",
        "作废磅单",
        "Lots",
        (_LOT, head("lot"), digest("evidence", "evidence of the weighing"), digest("reason", "why it was none")),
        (
            _KEEPER,
            Signer("depositor of that weighing", (KeyRole.HOLDER,)),
            Signer("each lender of the lot", (KeyRole.LENDER,), when="while anything of it is pledged", several=True),
        ),
        object="lot",
    ),
    kind(
        "Attest",
        "见证数量",
        "Attestations",
        (
            _LOT,
            head("lot"),
            grams("estimate", "attested quantity (见证量)"),
            grams("lower", "its lower bound: what is lendable"),
            grams("upper", "its upper bound: what shortage is judged by"),
            time("asOf", "as of when"),
            Field("short", "bool", Measure.YES_NO, "whether they say that goods are missing (短缺)"),
            digest("evidenceRoot", "root of the evidence"),
            digest("policy", "policy by which it was computed"),
            PLACES,
        ),
        (WITNESSES,),
        object="lot",
    ),
    kind(
        "Apportion",
        "按比例分担短缺",
        "Attestations",
        (
            _LOT,
            head("lot"),
            ident("receipts", "all live receipts of the lot, ascending", "bytes32[]"),
            _DEPOSITORS,
            digest("reason", "why it is shared"),
            PLACES,
        ),
        (
            _KEEPER,
            WITNESSES,
            Signer(
                "each lender of the lot, or a court in its place",
                (KeyRole.LENDER, KeyRole.COURT_LIAISON),
                when="while anything of it is pledged",
                several=True,
            ),
        ),
        object="lot",
    ),
    kind(
        "SucceedKeeper",
        "更换保管人",
        "Attestations",
        (
            _LOT,
            head("lot"),
            party("keeper", "who keeps the lot from now on"),
            since("keeperSince", "the new keeper"),
            ident("receipts", "all living receipts of the lot, ascending", "bytes32[]"),
            *_PANEL,
            digest("judgment", "the judgment that says so"),
        ),
        (
            Signer("court, since before the lot was opened", (KeyRole.COURT_LIAISON,)),
            Signer("new keeper of the lot", (KeyRole.KEEPER,), named_by="keeper"),
        ),
        object="lot",
    ),
    kind(
        "CloseLot",
        "注销批次",
        "Attestations",
        (_LOT, head("lot"), _DEPOSITORS, PLACES),
        (
            _KEEPER,
            replace(WITNESSES, when="where goods are left in it"),
            Signer(
                "each depositor named, or a court in its place",
                (KeyRole.HOLDER, KeyRole.COURT_LIAISON),
                when="where goods are left in it",
                several=True,
                counted_by="depositors",
            ),
        ),
        object="lot",
    ),
)
