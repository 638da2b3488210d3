"""Versions in a database: kept once and for ever, read again as they were known."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import DatabaseError

from tally_finance.errors import ReviewError
from tally_finance.footprint.trace import canonical
from tally_finance.review import reported
from tally_finance.review.kept import REPORTS, VERSIONS, Kept, line_of
from tally_finance.review.reported import Reported
from tally_finance.review.versions import Reason
from tests.finance.review.a_report import document, figure

TOTAL = "total-location"
NOW = 1_780_000_000
FIRST = (Reason.FIRST, "first report")
LATER = (Reason.CORRECTION, "an invoice counted twice")


def report(kg: int = 100_000, **changes: Any) -> Reported:
    return reported.decode(canonical(document(figures={TOTAL: figure(kg)}, **changes)))


def test_the_old_report_stays_readable(engine: Engine) -> None:
    kept = Kept(engine)
    first = kept.keep(report(), TOTAL, FIRST, "Li Na", NOW)
    second = kept.keep(report(90_000), TOTAL, LATER, "Li Na", NOW + 100)
    line = line_of(report(), TOTAL)
    versions = kept.versions(line)
    assert list(versions.all) == [first, second]
    assert kept.lines() == (line,)
    assert versions.as_known_at(NOW - 1) is None
    assert versions.as_known_at(NOW + 99) == first
    assert kept.report(first).raw == report().raw
    assert kept.report(second).figure(TOTAL).kg == 90_000
    (change,) = versions.changes()
    assert (change.by_kg, change.is_significant) == (-10_000, True)


def test_figures_have_lines_of_their_own(engine: Engine) -> None:
    both = reported.decode(canonical(document()))
    kept = Kept(engine)
    for name in ("total-location", "total-market"):
        assert kept.keep(both, name, FIRST, "Li Na", NOW).number == 1
    assert len(kept.lines()) == 2


def test_what_is_not_kept(engine: Engine) -> None:
    kept = Kept(engine)
    with pytest.raises(ReviewError, match="reason FIRST"):
        kept.keep(report(), TOTAL, LATER, "Li Na", NOW)
    kept.keep(report(), TOTAL, FIRST, "Li Na", NOW)
    for made, why, now, says in (
        (report(90_000), FIRST, NOW, "reason FIRST"),
        (report(), LATER, NOW, "stands already"),
        (report(90_000), (Reason.METHOD, " "), NOW, "does not say why"),
        (report(90_000), LATER, NOW - 1, "before the one before"),
    ):
        with pytest.raises(ReviewError, match=says):
            kept.keep(made, TOTAL, why, "Li Na", now)
    with pytest.raises(ReviewError, match="at most 255"):
        kept.keep(report(site="x" * 255), TOTAL, FIRST, "Li Na", NOW)
    assert len(kept.versions(line_of(report(), TOTAL)).all) == 1


@pytest.mark.parametrize("table", [REPORTS, VERSIONS])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_change(engine: Engine, table: Any, verb: str) -> None:
    Kept(engine).keep(report(), TOTAL, FIRST, "Li Na", NOW)
    statement = delete(table) if verb == "delete" else update(table).values(digest=bytes(32))
    with pytest.raises(DatabaseError, match="append-only"), engine.execution_options(writes=True).begin() as connection:
        connection.execute(statement)


def test_a_changed_file_is_not_believed(engine: Engine) -> None:
    """Whoever takes the triggers away is met by the hashes."""
    kept = Kept(engine)
    made = kept.keep(report(), TOTAL, FIRST, "Li Na", NOW)
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER review_reports_UPDATE"))
        else:
            connection.execute(text("DROP TRIGGER review_reports_append_only ON review_reports"))
        connection.execute(update(REPORTS).values(body=report(1).raw))
    with pytest.raises(ReviewError, match="was changed"):
        kept.report(made)


def test_desks_and_entities_have_lines_of_their_own(engine: Engine) -> None:
    """In one database: another bank's versions are neither seen nor gone on with, and no other company's are."""
    first, second = Kept(engine, "green"), Kept(engine, "blue")
    for kept in (first, second, Kept(engine)):
        assert kept.keep(report(), TOTAL, FIRST, "Li Na", NOW).number == 1
    assert first.keep(report(entity="Other Mill Ltd"), TOTAL, FIRST, "Li Na", NOW).number == 1
    mine = [line_of(report(), TOTAL, "green"), line_of(report(entity="Other Mill Ltd"), TOTAL, "green")]
    assert sorted(first.lines()) == sorted(mine)
    assert second.versions(mine[0]).all == ()
    assert len(first.versions(mine[0]).all) == 1
