"""Activity data for people: sums by the month, the state of every meter, what they are held against, remarks. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final

from tally_chain.findings import Finding, printable
from tally_chain.verify.verdict import time_text
from tally_edge import text_table
from tally_edge.agent.settle import SiteTime
from tally_finance.activity.ceiling import usual
from tally_finance.activity.comparing import six_places
from tally_finance.activity.report import Report
from tally_finance.activity.site import Term
from tally_finance.activity.state import State
from tally_finance.activity.totals import Totals

_THOUSANDTH: Final = Decimal("0.001")


def as_text(found: Report, failures: Sequence[Finding]) -> list[str]:
    """For people. `failures`: of the verification; the gap rule bounds what they leave open, where it can."""
    site = found.site
    lines = [
        "The evidence holds. 证据成立。" if not failures else "The evidence does not hold. 证据不成立。",
        f"{printable(site.boundary.name)}, {time_text(site.from_at)} to {time_text(site.to_at)}",
        *(f"failure   {one.code.number}  {one.sentence}  [{one.touches}]" for one in failures),
    ]
    clock = SiteTime(site.boundary.zone)
    for medium in found.media:
        lines += ["", *text_table.render(list(_month_rows(medium.name, medium.months, medium.total, clock)), rule=True)]
    lines += ["", *text_table.render(list(_meter_rows(site.terms)), rule=True)]
    lines += _balance_lines(found) + _invoice_lines(found) + _comparison_lines(found)
    lines += [""] if found.remarks else []
    lines += [
        f"{'open' if one.name.blocks else 'note':9} {one.name.text} {one.name.chinese}  {printable(one.sentence)}  "
        f"[{printable(one.touches)}]"
        for one in found.remarks
    ]
    return [*lines, "", f"digest {found.digest.hex()}"]


def _month_rows(name: str, months: Sequence[Totals], total: Totals, clock: SiteTime) -> Iterator[tuple[str, ...]]:
    yield f"{printable(name)}, {total.unit}", "bought 外购", "made 自发", "fed in 上网", "used 消耗", "state"
    for row in (*months, total):
        sums = (f"{one:,f}" for one in (row.bought, row.made, row.fed_in, row.used))
        word = "total 合计" if row is total else clock.local_text(row.from_at)[:10]
        yield word, *sums, f"{row.state.word} {row.state.chinese}"


def _meter_rows(terms: Sequence[Term]) -> Iterator[tuple[str, ...]]:
    yield (
        "meter 表计",
        "role",
        "total",
        "measured %",
        "bridged %",
        "estimated %",
        "missing %",
        "mean + 2σ (bounds nothing)",
    )
    for term in terms:
        seconds = term.to_at - term.from_at
        for line in term.version.lines:
            load = term.meters[line.name].load
            shares, estimate = load.by_state(), usual(load)
            parts = (_percent(Fraction(shares[one].seconds, seconds)) if one in shares else "" for one in State)
            gaps = State.ESTIMATED in shares or State.MISSING in shares
            told = f"{estimate.over_gaps:,f} {line.unit}" if gaps and estimate is not None else ""
            yield printable(line.name), line.role.value, f"{load.total:,f} {line.unit}", *parts, told


def _balance_lines(found: Report) -> list[str]:
    if not found.balances:
        return []
    rows = [("balance 总分表平衡", "from", "went in", "sub-meters", "un-metered %")]
    clock = SiteTime(found.site.boundary.zone)
    for one in found.balances:
        share = one.unmetered_share
        told = "not judged" if not one.judged or share is None else _percent(share)
        day = clock.local_text(one.from_at)[:10]
        rows.append((printable(one.meter), day, f"{one.went_in:,f}", f"{one.sub_metered:,f}", told))
    return ["", *text_table.render(rows, rule=True)]


def _invoice_lines(found: Report) -> list[str]:
    if not found.invoices:
        return []
    rows = [("invoice 账单", "meter", "says", "metered", "difference", "")]
    for one in found.invoices:
        metered, difference = ("" if part is None else f"{part:,f}" for part in (one.metered, one.difference))
        word = "agrees 相符" if one.agrees else "differs 不符" if one.is_held else "not held 无从核对"
        invoice = one.invoice
        rows.append(
            (printable(invoice.number), printable(invoice.meter), f"{invoice.quantity:,f}", metered, difference, word)
        )
    return ["", *text_table.render(rows, rule=True)]


def _comparison_lines(found: Report) -> list[str]:
    clock, lines = SiteTime(found.site.boundary.zone), []
    for one in found.compared:
        usual_ = "unknown" if one.usual is None else " to ".join(six_places(part) for part in one.usual)
        rows = [(f"{printable(one.comparison.name)}, {one.unit}", f"usual: {usual_}")]
        for month in one.months:
            told = month.why if month.ratio is None else six_places(month.ratio)
            rows.append((clock.local_text(month.from_at)[:10], told))
        lines += ["", *text_table.render(rows, rule=True)]
    return lines


def _percent(share: Fraction) -> str:
    exact = Decimal(share.numerator) * 100 / Decimal(share.denominator)
    return f"{exact.quantize(_THOUSANDTH, ROUND_HALF_EVEN):f}"
