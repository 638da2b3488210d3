"""The checklist's questions that a review's own documents answer (see `checklist`). No IO."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tally_finance.errors import ReportFileError
from tally_finance.review.answer import Answer, Shown, listed
from tally_finance.review.opinions import Conclusion, Objection, Opinion, Verification
from tally_finance.review.reported import Reported
from tally_finance.review.told import decimals


def identity(shown: Shown) -> Sequence[Answer]:
    """1."""
    report, said = shown.report, [one.said for one, _ in shown.opinions if isinstance(one.said, Conclusion)]
    entities = {one.borrower for one in said} | ({report.root.text("entity")} if "entity" in report.root else set())
    control = report.root.text("control") if "control" in report.root else None
    return (
        Answer("site and period", f"{report.site}, {_period(report)}"),
        Answer("legal entity", listed(sorted(entities))),
        Answer("organisational boundary", control),
        Answer("loan", listed(one.loan for one in said)),
        Answer("use of proceeds", listed(one.use_of_proceeds for one in said)),
        Answer("item of the catalogue", listed(one.catalogue for one in said)),
    )


def reduction(shown: Shown) -> Sequence[Answer]:
    """11."""
    found = shown.reduction
    if found is None:
        return (Answer("baseline", None), Answer("reduction at equal production", None), Answer("lower bound", None))
    return (
        Answer("baseline", f"{decimals(found.baseline_intensity)} kgCO2e for a unit; now {decimals(found.intensity)}"),
        Answer(
            "reduction at equal production",
            f"{decimals(found.avoided.value)} kgCO2e ({decimals(found.percent)} %); absolute {decimals(found.absolute)}"
            + (": the intensity falls while emissions rise" if found.hides_growth else ""),
        ),
        Answer("lower bound", f"{decimals(found.sure)} kgCO2e"),
    )


def restatements(shown: Shown) -> Sequence[Answer]:
    """12."""
    if shown.versions is None or not shown.versions.all:
        return (Answer("versions", None), Answer("changes", None))
    versions, changes = shown.versions.all, shown.versions.changes()
    told = [
        f"{one.after.number}: {one.after.reason.name.lower()}, {one.after.explanation}, {decimals(one.by_kg)} kgCO2e"
        + (" (significant)" if one.is_significant else "")
        for one in changes
    ]
    newest = versions[-1]
    stands = newest.report == shown.report.digest
    return (
        Answer("versions", f"{len(versions)}; {'this is the newest' if stands else 'THIS REPORT IS NOT THE NEWEST'}"),
        Answer("changes", listed(told) or "none"),
    )


def materiality(shown: Shown) -> Sequence[Answer]:
    """13."""
    if shown.held is None:
        return (Answer("misstatements", None), Answer("aggregated", None))
    held, found = shown.held, shown.held.materiality
    entries = [
        f"{one.number}. {one.text} ({one.where}): {decimals(one.error)} kg{', corrected' if one.corrected else ''}"
        for one in held.ledger.entries
    ]
    verdict = "material" if found.is_material else "not material"
    sums = f"{decimals(found.too_high)} kg too high, {decimals(found.too_low)} kg too low"
    return (
        Answer("misstatements", listed(entries) or "none"),
        Answer("aggregated", f"{sums}; limit {decimals(found.limit)} kg of {held.figure}: {verdict}"),
    )


def conclusion(shown: Shown) -> Sequence[Answer]:
    """14."""
    banks = [_opinion(*one) for one in shown.opinions if isinstance(one[0].said, Conclusion)]
    others = [_opinion(*one) for one in shown.opinions if isinstance(one[0].said, Verification)]
    return (Answer("the bank's conclusion", listed(banks)), Answer("a third party's verification", listed(others)))


def exports(shown: Shown) -> Sequence[Answer]:
    """15."""
    return (Answer("files", listed(f"{name} {digest.hex()[:12]}" for name, digest in shown.exports)),)


def portfolio(shown: Shown) -> Sequence[Answer]:
    """17."""
    part, score = shown.financed, shown.quality
    no_year = "" if part is None or part.is_year is not False else f" OF {part.position.days} DAYS, NO YEAR"
    return (
        Answer("data quality (PCAF)", None if score is None else f"{decimals(score.weighted)}; worst {score.worst}"),
        Answer("attribution", None if part is None else decimals(part.attribution)),
        Answer("financed emissions", None if part is None else f"{decimals(part.emissions)} kgCO2e{no_year}"),
    )


def _opinion(opinion: Opinion, against: tuple[Objection, ...]) -> str:
    said = opinion.said
    if isinstance(said, Conclusion):
        what = f"{said.bank}, {said.reviewer}: {said.decision.name.lower()}"
    else:
        what = f"{said.verifier}, {said.lead}: {said.type.name.lower()}, {said.level.name.lower()}"
    objections = "; ".join(f"{one.name.value}: {one.text}" for one in against)
    stands = f"DOES NOT STAND ({objections})" if against else "stands"
    return f"{what}; key {opinion.key.kid.hex()[:12]}; until {_time(said.until)}; {stands}"


def _period(report: Reported) -> str:
    """On the site's clock, where the report names it: a year that begins at 15:00 of the day before misleads."""
    if "timezone" not in report.root:
        return f"{_time(report.from_at)} to {_time(report.to_at)}"
    name = report.root.text("timezone")
    try:
        begin, end = (datetime.fromtimestamp(at, ZoneInfo(name)) for at in (report.from_at, report.to_at))
    except (KeyError, ValueError, OverflowError, OSError):
        raise ReportFileError(f"the report's timezone {name!r} or its period is none") from None
    return f"{begin.isoformat(' ', 'minutes')[:16]} to {end.isoformat(' ', 'minutes')[:16]} {name}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
