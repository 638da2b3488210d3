"""Activity data for people and for scripts. Numbers are exact, in JSON as text; shares are rounded. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, Final

from tally_chain.findings import Finding, printable
from tally_chain.verify.verdict import time_text
from tally_edge import text_table
from tally_edge.agent.settle import SiteTime
from tally_finance.activity.ceiling import usual
from tally_finance.activity.comparing import six_places
from tally_finance.activity.load import Interval, Load
from tally_finance.activity.report import Report
from tally_finance.activity.site import Metered, Term
from tally_finance.activity.source import NOWHERE
from tally_finance.activity.state import State
from tally_finance.activity.totals import Totals
from tally_finance.quantity.evidence import Source
from tally_finance.quantity.telling import source_of

_THOUSANDTH: Final = Decimal("0.001")


def as_json(found: Report) -> dict[str, Any]:
    """Everything; what was not measured opens to the statements at its ends."""
    site = found.site
    return {
        "site": site.boundary.name,
        "from": site.from_at,
        "to": site.to_at,
        "timezone": site.boundary.zone.key,
        "boundary": site.boundary.digest.hex(),
        "digest": found.digest.hex(),
        "bounded": found.is_bounded,
        "media": {
            one.name: {"total": _totals(one.total), "months": [_totals(row) for row in one.months]}
            for one in found.media
        },
        "versions": [_term(term) for term in site.terms],
        "balances": [
            {
                "meter": one.meter,
                "from": one.from_at,
                "to": one.to_at,
                "unit": one.unit,
                "went_in": f"{one.went_in:f}",
                "sub_metered": f"{one.sub_metered:f}",
                "unmetered": f"{one.unmetered:f}",
                "judged": one.judged,
            }
            for one in found.balances
        ],
        "invoices": [
            {
                "number": one.invoice.number,
                "meter": one.invoice.meter,
                "from": one.invoice.from_at,
                "to": one.invoice.to_at,
                "unit": one.unit,
                "quantity": f"{one.invoice.quantity:f}",
                "metered": _text(one.metered),
                "difference": _text(one.difference),
                "agrees": one.agrees,
                "state": one.state.word,
                "opening": _text(one.opening),
                "closing": _text(one.closing),
            }
            for one in found.invoices
        ],
        "comparisons": [
            {
                "name": one.comparison.name,
                "unit": one.unit,
                "usual": None if one.usual is None else [str(part) for part in one.usual],
                "months": [
                    {
                        "from": month.from_at,
                        "to": month.to_at,
                        "used": f"{month.used:f}",
                        "made": f"{month.made:f}",
                        "ratio": None if month.ratio is None else str(month.ratio),
                        "why": month.why or None,
                    }
                    for month in one.months
                ],
            }
            for one in found.compared
        ],
        "remarks": [
            {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "sentence": one.sentence}
            for one in found.remarks
        ],
    }


def _totals(row: Totals) -> dict[str, Any]:
    sums = {"bought": row.bought, "made": row.made, "fed_in": row.fed_in, "used": row.used}
    return {
        "from": row.from_at,
        "to": row.to_at,
        "unit": row.unit,
        **{name: f"{number:f}" for name, number in sums.items()},
        "state": row.state.word,
    }


def _term(term: Term) -> dict[str, Any]:
    return {
        "from": term.from_at,
        "to": term.to_at,
        "reason": term.version.reason,
        "meters": [_meter(term.meters[line.name]) for line in term.version.lines],
    }


def _meter(one: Metered) -> dict[str, Any]:
    line, facts, estimate = one.line, one.facts, usual(one.load)
    return {
        "name": line.name,
        "medium": line.medium,
        "role": line.role.value,
        "parent": line.parent,
        "point": line.point,
        "register": line.register,
        "unit": line.unit,
        "serial": None if facts is None else facts.serial,
        "accuracy_class": None if facts is None else facts.accuracy_class,
        "certificate_expires_at": None if facts is None else facts.certificate_expires_at,
        "ceiling_per_h": None if line.ceiling is None else f"{line.ceiling.per_h:f}",
        "ceiling_stated": None if line.ceiling is None else line.ceiling.stated,
        "total": f"{one.load.total:f}",
        "certain": f"{one.load.certain:f}",
        "bounded": one.load.is_bounded,
        "states": {
            state.word: {"quantity": f"{share.quantity:f}", "seconds": share.seconds, "intervals": share.intervals}
            for state, share in one.load.by_state().items()
        },
        "mean_and_two_sigma_bounds_nothing": None if estimate is None else f"{estimate.over_gaps:f}",
        "digest": one.load.digest.hex(),
        "ends": [_source(one.load.sources.of(number)) for number in _ends(one.load)],
        "corrections": [
            {
                "from": each.from_at,
                "to": each.to_at,
                "before": f"{each.before:f}",
                "quantity": f"{each.quantity:f}",
                "reason": each.reason.name.lower(),
                "explanation": each.explanation,
                "placed": each.placed,
                **source_of(each.source),
            }
            for each in one.corrections
        ],
        "not_measured": [_interval(each) for each in one.load.intervals(State.BRIDGED, State.ESTIMATED, State.MISSING)],
    }


def _ends(load: Load) -> list[int]:
    """The numbers of the first and the last source: what the total opens down to, with all that lies between."""
    known = load.opened[load.opened != NOWHERE].tolist()
    return [known[0], known[-1]] if known else []


def _interval(one: Interval) -> dict[str, Any]:
    return {
        "from": one.from_at,
        "to": one.to_at,
        "quantity": f"{one.quantity:f}",
        "state": one.state.word,
        "first": _source(one.first),
        "last": _source(one.last),
    }


def interval_rows(found: Report) -> Iterator[tuple[str, ...]]:
    """A row for each interval of each meter, with the places and ids of the statements at its ends, under a heading."""
    yield "meter", "from", "to", "quantity", "unit", "state", "first", "first_statement", "last", "last_statement"
    for term in found.site.terms:
        for line in term.version.lines:
            for one in term.meters[line.name].load.intervals():
                ends = [
                    ("", "") if end is None else (end.place, end.statement_id.hex()) for end in (one.first, one.last)
                ]
                times = (str(one.from_at), str(one.to_at))
                yield line.name, *times, f"{one.quantity:f}", line.unit, one.state.word, *ends[0], *ends[1]


def _source(source: Source | None) -> dict[str, str] | None:
    return None if source is None else source_of(source)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


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
