"""Alerts about price and cover (3xx): stale or dispersed quotes, the lines, top-ups, concentration. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Final

from tally_chain.verify.verdict import time_text
from tally_finance.errors import PriceError
from tally_finance.lending.prices import price_at
from tally_finance.lending.rounding import up
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_loans import LoanSeen, Market

_SHOWN: Final = Decimal("0.0001")


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about prices, loans and limits."""
    for market in seen.markets:
        yield from _of_market(market, seen.at)
    for loan in seen.loans:
        yield from _of_lines(loan)
        yield from _of_top_up(loan, seen.at, limits)
    for doubt in seen.doubts:
        said = {"why": doubt.why, "text": doubt.sentence}
        yield Alert(Code.IN_DOUBT, f"{doubt.why} of {doubt.of}", said, (doubt.evidence,))
    for share in seen.shares:
        if share.amount > share.cap:
            said = {"amount": f"{share.amount:f}", "cap": f"{share.cap:f}"}
            yield Alert(Code.CONCENTRATED, share.of, said, (share.evidence,))


def _of_market(market: Market, now: int) -> Iterator[Alert]:
    """Too few fresh quotes are one thing, fresh ones that make no price another."""
    rules, touches = market.rules, f"goods {market.goods}"
    fresh = {one.source for one in market.quotes if now - rules.max_age_s <= one.at <= now} & rules.sources
    if len(fresh) < rules.quorum:
        said = {
            "fresh": str(len(fresh)),
            "sources": str(len(rules.sources)),
            "max_age_s": str(rules.max_age_s),
            "quorum": str(rules.quorum),
        }
        yield Alert(Code.PRICE_STALE, touches, said, market.evidence)
        return
    try:
        price_at(now, market.quotes, rules)
    except PriceError as error:
        yield Alert(Code.PRICE_DISPERSED, touches, {"why": str(error)}, market.evidence)


def _of_lines(loan: LoanSeen) -> Iterator[Alert]:
    """The gravest of the three: at or above a line, or above what the goods carry."""
    position, touches, evidence = loan.position, f"loan {loan.loan}", (loan.evidence,)
    ratio, cash = position.loan_to_value, f"{position.missing_cash:f}"
    ltv = "∞" if ratio is None else _shown(ratio)
    lines = position.lines
    for code, line in ((Code.LIQUIDATION_LINE, lines.liquidation), (Code.WARNING_LINE, lines.warning)):
        if position.has_reached(line):
            yield Alert(code, touches, {"ltv": ltv, "line": f"{line:f}", "cash": cash}, evidence)
            return
    if not position.is_covered:
        yield Alert(Code.NOT_COVERED, touches, {"exposure": f"{position.exposure:f}", "cash": cash}, evidence)


def _shown(ratio: Fraction) -> str:
    """A debt's share, upwards."""
    return f"{up(ratio, _SHOWN).quantize(_SHOWN, ROUND_CEILING):f}"


def _of_top_up(loan: LoanSeen, now: int, limits: Limits) -> Iterator[Alert]:
    due_at = loan.top_up_by
    if due_at is None or now < due_at - limits.top_up_ahead_s:
        return
    code = Code.TOP_UP_OVERDUE if now > due_at else Code.TOP_UP_DUE
    yield Alert(code, f"loan {loan.loan}", {"due_at": time_text(due_at)}, (loan.evidence,))
