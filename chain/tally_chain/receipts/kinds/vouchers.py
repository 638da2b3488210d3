"""The operations of Vouchers: receivables that an obligor accepted (应收账款电子凭证). Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.kinds.kind import (
    COURT,
    Field,
    Kind,
    Measure,
    Signer,
    digest,
    head,
    ident,
    kind,
    party,
    since,
    time,
)
from tally_chain.receipts.kinds.trades import REGISTRAR
from tally_chain.registry.roles import KeyRole

_HOLDER = Signer("holder of the voucher", (KeyRole.HOLDER,))
_OBLIGOR = Signer("obligor", (KeyRole.HOLDER,))
_LENDER = Signer("lender of the voucher", (KeyRole.LENDER,))
_SECOND_LENDER = Signer("lender of the voucher, by another key", (KeyRole.LENDER,))
_LENDER_IF_PLEDGED = Signer("lender of the voucher", (KeyRole.LENDER,), when="where it is pledged")
_NUMBER = ident("number", "the voucher")
_ROOT = ident("root", "the voucher that all leaves come from")
_ROLE = Field("role", "uint8", Measure.ROLE, "the role that the signer acts in")


def _fen(name: str, meaning: str, of: str = "uint128") -> Field:
    return Field(name, of, Measure.FEN, meaning)


def _of_voucher(name: str, chinese: str, fields: tuple[Field, ...], signers: tuple[Signer, ...]) -> Kind:
    return kind(name, chinese, "Vouchers", (_NUMBER, head("voucher"), *fields), signers, object="number")


KINDS = (
    kind(
        "CreateVoucher",
        "开立凭证",
        "Vouchers",
        (
            ident("number", "its number, never used before"),
            ident("invoices", "the invoices: nullifiers, each in one voucher for ever (发票)", "bytes32[]"),
            party("supplier", "who holds it first (供应商)"),
            since("supplierSince", "the supplier"),
            party("obligor", "who owes it (付款人)"),
            since("obligorSince", "the obligor"),
            _fen("face", "what is owed (承兑金额)"),
            time("dueAt", "when it is due (到期日)"),
            ident("trade", "trade that it belongs to, or zero"),
        ),
        (
            Signer("supplier", (KeyRole.HOLDER,), named_by="supplier"),
            Signer("obligor", (KeyRole.HOLDER,), named_by="obligor"),
            REGISTRAR,
        ),
        object="number",
        before=None,
    ),
    _of_voucher(
        "SplitVoucher",
        "拆分凭证",
        (
            ident("numbers", "numbers of the pieces, never used before", "bytes32[]"),
            _fen("faces", "face of each piece; their sum is the voucher's", "uint128[]"),
        ),
        (_HOLDER, _LENDER_IF_PLEDGED),
    ),
    _of_voucher(
        "TransferVoucher",
        "转让凭证",
        (party("to", "the new holder"), since("toSince", "the new holder")),
        (_HOLDER, Signer("new holder", (KeyRole.HOLDER,), named_by="to"), _LENDER_IF_PLEDGED),
    ),
    _of_voucher(
        "OfferVoucher",
        "凭证出质要约",
        (
            party("lender", "who may accept it (质权人)"),
            since("lenderSince", "the lender"),
            digest("terms", "terms of the loan"),
            time("until", "last second in which it can be accepted"),
        ),
        (_HOLDER,),
    ),
    _of_voucher(
        "WithdrawVoucher",
        "撤回凭证要约",
        (_ROLE,),
        (Signer("holder or lender of the voucher", (KeyRole.HOLDER, KeyRole.LENDER)),),
    ),
    _of_voucher(
        "AcceptVoucher",
        "接受凭证质押",
        (
            digest("filing", "number and text of the filing in the registry of movables (登记证明)"),
            digest("search", "search in the registry of movables (动产融资统一登记查询)"),
        ),
        (_LENDER,),
    ),
    _of_voucher(
        "ReleaseVoucher",
        "解除凭证质押",
        (digest("discharge", "proof that the debt is paid"),),
        (_LENDER, _SECOND_LENDER),
    ),
    _of_voucher(
        "DischargeVoucher",
        "判决解除凭证质押",
        (digest("judgment", "the judgment that nothing is owed"),),
        (COURT, _HOLDER),
    ),
    kind(
        "DisputeVoucher",
        "凭证争议",
        "Vouchers",
        (
            _ROOT,
            head("root voucher"),
            ident("leaf", "leaf of the holder who disputes; zero for the obligor or a court"),
            _ROLE,
            digest("reason", "what it rests on"),
        ),
        (Signer("holder of the leaf, obligor or court", (KeyRole.HOLDER, KeyRole.COURT_LIAISON)),),
        object="root",
    ),
    kind(
        "SettleDispute",
        "解决争议",
        "Vouchers",
        (
            _ROOT,
            head("root voucher"),
            ident("dispute", "the dispute: digest of the operation that began it"),
            _ROLE,
            digest("reason", "what it rests on"),
        ),
        (Signer("who disputed, or a court", (KeyRole.HOLDER, KeyRole.COURT_LIAISON)),),
        object="root",
    ),
    _of_voucher(
        "RedeemVoucher",
        "兑付凭证",
        (_ROLE, _fen("amount", "what is paid: its face"), digest("payment", "proof of the payment")),
        (
            Signer("holder or lender of the voucher", (KeyRole.HOLDER, KeyRole.LENDER)),
            _OBLIGOR,
            replace(_LENDER, when="where it is pledged and the holder is paid"),
            replace(_SECOND_LENDER, when="where it is pledged"),
        ),
    ),
    _of_voucher("DishonourVoucher", "凭证拒付", (digest("reason", "why"),), (_HOLDER,)),
)
