"""Trades: value is financed once. While any piece of a trade is financed, only that lender finances more of it."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Loan, Trade
from tally_chain.registry.roles import KeyRole


def open_trade(draft: Draft, act: Act) -> None:
    """Opens a trade between two organisations; signed by seller, buyer, and a registrar that is neither."""
    act.signed_by(3)
    name, seller, buyer = act["trade"], act["seller"], act["buyer"]
    if NONE in (name, act["terms"]):
        raise Refused("TradesZeroId", "no trade or no terms")
    if name in draft.trades:
        raise Refused("TradesKnown", name.hex())
    if seller == buyer:
        raise Refused("TradesNotIndependent", "seller and buyer are one")
    sells = act.newcomer(0, KeyRole.HOLDER, seller, act["sellerSince"])
    buys = act.newcomer(1, KeyRole.HOLDER, buyer, act["buyerSince"])
    # As old as the parties' keys: none that was bound for this trade.
    registrar = act.signer_since(2, KeyRole.REGISTRY_ADMIN, min(act["sellerSince"], act["buyerSince"]))
    if registrar.organisation in (seller, buyer):
        raise Refused("TradesNotIndependent", "the registrar is a party")
    draft.trades[name] = Trade(sells, buys, registrar, act["terms"], act.after(NONE))


def finance_order(draft: Draft, act: Act) -> None:
    """A lender finances the order; signed by the borrower, who is seller or buyer, and the lender, who is neither."""
    act.signed_by(2)
    name = act["trade"]
    trade = opened(draft, name)
    if act["terms"] == NONE:
        raise Refused("TradesZeroId", "no terms")
    parties = {party.organisation: party for party in (trade.seller, trade.buyer)}
    if act["borrower"] not in parties:
        raise Refused("TradesNoParty", "the borrower is neither seller nor buyer")
    if act["lender"] in parties:
        raise Refused("TradesNotIndependent", "the lender is a party")
    if trade.loan is not None:
        raise Refused("TradesOrderFinanced", trade.loan.lender.organisation.hex())
    lock(draft, name, act["lender"], "Trades", name)
    act.same_head(act["head"], trade.head)
    act.must_sign(0, parties[act["borrower"]])
    lender = act.newcomer(1, KeyRole.LENDER, act["lender"], act["lenderSince"])
    loan = Loan(lender, act["borrower"], act["terms"], act.block)
    draft.trades[name] = moved(draft.trades[name], act, loan=loan)


def repay_order(draft: Draft, act: Act) -> None:
    """The order's loan is repaid; signed by its lender with two keys."""
    act.signed_by(2)
    _, loan = _financed(draft, act, act["discharge"])
    act.must_sign_twice(0, loan.lender)
    _end(draft, act, loan)


def discharge_order(draft: Draft, act: Act) -> None:
    """A court found that nothing is owed on the order, though its lender does not say so; signed by court, borrower."""
    act.signed_by(2)
    trade, loan = _financed(draft, act, act["judgment"])
    parties = {party.organisation: party for party in (trade.seller, trade.buyer)}
    act.court_before(loan.block, *parties, loan.lender.organisation)
    act.must_sign(1, parties[loan.borrower])
    _end(draft, act, loan)


def _financed(draft: Draft, act: Act, shown: bytes) -> tuple[Trade, Loan]:
    """A trade whose order is financed, and what finances it; `shown` is never zero."""
    trade = opened(draft, act["trade"])
    if shown == NONE:
        raise Refused("TradesZeroId", "nothing is shown")
    if trade.loan is None:
        raise Refused("TradesOrderNotFinanced", act["trade"].hex())
    act.same_head(act["head"], trade.head)
    return trade, trade.loan


def _end(draft: Draft, act: Act, loan: Loan) -> None:
    name = act["trade"]
    unlock(draft, name, loan.lender.organisation, "Trades", name)
    draft.trades[name] = moved(draft.trades[name], act, loan=None)


def lock(draft: Draft, name: bytes, lender: bytes, by: str, piece: bytes) -> None:
    """The lender finances one piece more; `by` is the contract that says so."""
    trade = opened(draft, name)
    if lender == NONE:
        raise Refused("TradesZeroId", "no lender")
    if trade.pieces and trade.lender != lender:
        raise Refused("TradesFinanced", f"by {trade.lender.hex()}")
    if (by, piece) in trade.pieces:
        raise Refused("TradesLocked", piece.hex())
    draft.trades[name] = replace(trade, lender=lender, pieces=trade.pieces | {(by, piece)})


def unlock(draft: Draft, name: bytes, lender: bytes, by: str, piece: bytes) -> None:
    """That piece is not financed any more; the trade is free when its last one is."""
    trade = opened(draft, name)
    if (by, piece) not in trade.pieces or trade.lender != lender:
        raise Refused("TradesNotLocked", piece.hex())
    pieces = trade.pieces - {(by, piece)}
    draft.trades[name] = replace(trade, lender=trade.lender if pieces else NONE, pieces=pieces)


def parties(draft: Draft, name: bytes) -> tuple[bytes, bytes]:
    """Seller and buyer of a trade that was opened."""
    trade = opened(draft, name)
    return trade.seller.organisation, trade.buyer.organisation


def opened(draft: Draft, name: bytes) -> Trade:
    """A trade that was opened."""
    trade = draft.trades.get(name)
    if trade is None:
        raise Refused("TradesUnknown", name.hex())
    return trade


RULES = {
    "OpenTrade": open_trade,
    "FinanceOrder": finance_order,
    "RepayOrder": repay_order,
    "DischargeOrder": discharge_order,
}
