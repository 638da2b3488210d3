"""Activity data for scripts: exact numbers as text, everything that was not measured with its statements. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tally_finance.activity.ceiling import usual
from tally_finance.activity.comparing import Compared
from tally_finance.activity.invoices import Held
from tally_finance.activity.load import Interval, Load
from tally_finance.activity.report import Report
from tally_finance.activity.site import Metered, Term
from tally_finance.activity.source import NOWHERE
from tally_finance.activity.state import State
from tally_finance.activity.sub_meters import Balance
from tally_finance.activity.totals import Totals
from tally_finance.quantity.evidence import Source
from tally_finance.quantity.telling import source_of


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
        "balances": [_balance(one) for one in found.balances],
        "invoices": [_invoice(one) for one in found.invoices],
        "comparisons": [_comparison(one) for one in found.compared],
        "remarks": [
            {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "sentence": one.sentence}
            for one in found.remarks
        ],
    }


def _balance(one: Balance) -> dict[str, Any]:
    return {
        "meter": one.meter,
        "from": one.from_at,
        "to": one.to_at,
        "unit": one.unit,
        "went_in": f"{one.went_in:f}",
        "sub_metered": f"{one.sub_metered:f}",
        "unmetered": f"{one.unmetered:f}",
        "judged": one.judged,
    }


def _invoice(one: Held) -> dict[str, Any]:
    return {
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


def _comparison(one: Compared) -> dict[str, Any]:
    return {
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
