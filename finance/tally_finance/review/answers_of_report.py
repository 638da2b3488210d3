"""The checklist's questions that the report itself answers (see `checklist`). No IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.estimate import EXACT
from tally_finance.review.answer import Answer, Shown, listed
from tally_finance.review.json_object import Object
from tally_finance.review.reported import Meter

_TENTH: Final = Decimal("0.1")


def boundary(shown: Shown) -> Sequence[Answer]:
    """2."""
    root = shown.report.root
    meters = root.objects("meters")
    below = [one for one in root.objects("checks") if one.text("kind") == "sub-meters" and one.flag("made")]
    unmetered = [f"{one.text('name')}: {one.text('text')}" for one in below]
    return (
        Answer("meters", listed(f"{_name(one)}: {one.text('medium')}, {one.text('role', '')}" for one in meters)),
        Answer("which meter stands behind which", listed(_behind(one) for one in meters)),
        Answer("share without a sub-meter", listed(unmetered)),
        Answer("passed on to others", _passed_on(root)),
        Answer("one-line diagram", _said(root, "diagram")),
    )


def _passed_on(root: Object) -> str:
    rows = root.objects("passed_on")
    told = [f"{one.text('amount')} {one.text('unit')} of {one.text('use')} to {one.text('to')}" for one in rows]
    return listed(told) or "nothing is taken off"


def meter_file(shown: Shown) -> Sequence[Answer]:
    """3."""
    meters = shown.report.root.objects("meters")

    def every(key: str) -> str | None:
        said = [f"{_name(one)} {one.text(key)}" for one in meters if key in one]
        return listed(said) if len(said) == len(meters) else None

    known = [one for one in shown.report.meters if one.calibrated_until is not None]
    until = [f"{one.point} until {_day(one.calibrated_until or 0)}" for one in known]
    exchanged = [f"{one.point} {one.exchanges}" for one in shown.report.meters if one.exchanges]
    return (
        Answer("serial", every("serial")),
        Answer("accuracy class", every("accuracy_class")),
        Answer("type approval", every("type_approval")),
        Answer("ratio of its transformers", every("ratio")),
        Answer("seal", every("seal")),
        Answer("calibration", listed(until) if len(known) == len(shown.report.meters) else None),
        Answer("exchanges", (listed(exchanged) or "none") if meters else None),
    )


def completeness(shown: Shown) -> Sequence[Answer]:
    """4."""
    meters = shown.report.meters
    longest = max(meters, key=lambda one: one.longest_gap_s, default=None)
    gap = None if longest is None else f"{longest.longest_gap_s} s, {longest.point}"
    return (
        Answer("measured, bridged by registers, estimated", listed(_states(one) for one in meters)),
        Answer("missing", listed(f"{one.point} {one.missing:f} {one.unit}" for one in meters)),
        Answer("longest gap", gap),
    )


def integrity(shown: Shown) -> Sequence[Answer]:
    """5."""
    root = shown.report.root
    if "integrity" not in root:
        return (Answer("verification", None), Answer("findings", None), Answer("heads", None))
    told = root.object("integrity")
    findings = [f"{one.text('code')}: {one.text('text')}" for one in told.objects("findings")]
    heads = [f"{one.log_id.hex()[:12]} at {one.size}, {one.root.hex()}" for one in shown.report.bound.roots]
    return (
        Answer("verification", "holds" if told.flag("holds") else "does not hold"),
        Answer("findings", listed(findings) or "none"),
        Answer("heads", listed(heads)),
    )


def cross_checks(shown: Shown) -> Sequence[Answer]:
    """6."""
    made = [one for one in shown.report.root.objects("checks") if one.flag("made")]
    left = [one for one in shown.report.root.objects("checks") if not one.flag("made")]
    told = [
        f"{one.text('name')}: {'holds' if one.flag('holds') else 'DOES NOT HOLD'} ({one.text('text')})" for one in made
    ]
    return (
        Answer("sub-meters, invoices, production", listed(told)),
        Answer("not made", listed(f"{one.text('name')}: {one.text('text')}" for one in left) or "none"),
    )


def factors(shown: Shown) -> Sequence[Answer]:
    """7."""
    chosen = shown.report.root.objects("factors")
    said = [f"{_factor(one)} by {one.text('rule')}" for one in chosen]
    sources = [
        f"{_factor(one)}: " + ", ".join(f"{source.text('title')}, {source.text('locator')}" for source in found)
        for one in chosen
        if (found := one.objects("sources"))
    ]
    fallback = [f"{_factor(one)}: {one.text('rule')}" for one in chosen if one.flag("fallback")]
    others = sum(len(one.objects("alternatives")) for one in chosen)
    return (
        Answer("chosen", listed(said)),
        Answer("sources", listed(sources) if len(sources) == len(chosen) else None),
        Answer("fallbacks", (listed(fallback) or "none") if chosen else None),
        Answer("alternatives that do not count", str(others) if chosen else None),
        Answer("digest of all", shown.report.bound.factors.hex()),
    )


def method(shown: Shown) -> Sequence[Answer]:
    """8."""
    root, figures = shown.report.root, shown.report.figures

    def kg(name: str) -> str | None:
        return f"{figures[name].kg:f} kgCO2e" if name in figures else None

    products = [f"{one.name}: {one.kg:f} kgCO2e for {one.amount:f} {one.unit}" for one in shown.report.products]
    return (
        Answer("method", shown.report.bound.method),
        Answer("scope 1", kg("scope-1")),
        Answer("scope 2, location-based", kg("scope-2-location")),
        Answer("scope 2, market-based", kg("scope-2-market")),
        Answer("scope 3", kg("scope-3")),
        Answer("warming potentials", _said(root, "warming")),
        Answer("allocation to products", listed(products)),
    )


def uncertainty(shown: Shown) -> Sequence[Answer]:
    """9."""
    figures = shown.report.figures
    u95 = [f"{name} ± {one.u95_kg:f} kg" for name, one in figures.items()]
    drivers = [f"{name}: {', '.join(one.drivers[:3])}" for name, one in figures.items() if one.drivers]
    conservative = [f"{name} {one.conservative_kg:f} kg" for name, one in figures.items()]
    unstated = sorted({what for one in figures.values() for what in one.unstated})
    return (
        Answer("U95", listed(u95)),
        Answer("drivers", listed(drivers)),
        Answer("conservative value", listed(conservative)),
        Answer("of what nobody states an uncertainty", listed(unstated) or "of nothing"),
    )


def instruments(shown: Shown) -> Sequence[Answer]:
    """10."""
    root = shown.report.root
    told = root.object("instruments") if "instruments" in root else None
    if told is None:
        return (Answer("certificates", None), Answer("contracts", None), Answer("refused", None))
    hourly = told.object("hourly") if "hourly" in told else None
    registry = told.object("registry") if "registry" in told else None
    refused = [f"{one.text('number')}: {one.text('why')}" for one in told.objects("refused")]
    return (
        Answer("certificates", listed(told.texts("certificates")) or "none"),
        Answer("contracts", listed(told.texts("contracts")) or "none"),
        Answer("refused", listed(refused) or "none"),
        Answer("covered and the remainder", f"{told.text('covered_kwh')} kWh, {told.text('remainder_kwh')} kWh"),
        Answer("matched hour by hour", None if hourly is None else _hourly(hourly)),
        Answer("claims in the registry", None if registry is None else _claims(registry)),
    )


def _hourly(told: Object) -> str:
    unknown = f"{told.text('unknown_hours')} of {told.text('hours')} hours were not measured"
    return f"{told.text('cfe_percent')} % in {told.text('grid')}, {told.text('matched_kwh')} kWh; {unknown}"


def _claims(told: Object) -> str:
    standing = Counter(one.text("state") for one in told.objects("claims"))
    found = ", ".join(f"{count} {state}" for state, count in sorted(standing.items()))
    return f"{found or 'no certificate'}; {told.text('policy')}, read at block {told.text('block')}"


def confidentiality(shown: Shown) -> Sequence[Answer]:
    """16."""
    return (Answer("what is withheld, and proven all the same", listed(shown.report.root.texts("withheld"))),)


def _said(root: Object, key: str) -> str | None:
    return root.text(key) if key in root else None


def _name(meter: Object) -> str:
    return meter.text("name") if "name" in meter else meter.text("point")


def _behind(meter: Object) -> str:
    return f"{_name(meter)} behind {meter.text('parent')}" if "parent" in meter else ""


def _factor(told: Object) -> str:
    where = f"{told.text('activity')} {told.text('region')} {told.text('data_year')}"
    return f"{where} {told.text('value')} {told.text('unit')} [{told.text('digest')[:12]}]"


def _states(meter: Meter) -> str:
    with localcontext(EXACT):
        shares = [
            f"{(100 * part / meter.amount).quantize(_TENTH):f} %" if meter.amount else "-"
            for part in (meter.measured, meter.bridged, meter.estimated)
        ]
    return f"{meter.point} {', '.join(shares)}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
