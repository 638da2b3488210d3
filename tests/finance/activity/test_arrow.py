"""Columns of the projection's schema: figures and digests as from evidence, whatever the order of the rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import senml
from tally_edge.device import Counts
from tally_edge.statement import Kind
from tally_finance.activity import arrow, telling_json
from tally_finance.activity.column import decimal_of
from tally_finance.activity.counting import counted
from tally_finance.activity.load import load_of
from tally_finance.activity.meter import meter_of
from tally_finance.activity.reading import Read
from tally_finance.activity.report import report_of
from tally_finance.activity.site import site_of
from tally_finance.activity.source import Sources
from tally_finance.errors import ActivityError
from tally_gateway.projection.rows import Rows
from tally_gateway.projection.schema import READINGS, TABLES, VALUE
from tests.bench import bench_activity
from tests.finance.activity import works
from tests.finance.activity.test_reading import HOURS, ONE_METER, hidden_reset, load_from, opened, verified
from tests.world import POINT, REGISTER, START, World


def table(rows: Sequence[dict[str, object]], schema: pa.Schema = READINGS) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def row(at: int, value: object, entry: int, **changes: object) -> dict[str, object]:
    given_ = {"point": "p", "register": "r", "unit": "kWh", "taken_at": START + at, "entry": entry}
    return given_ | {"value": None if value is None else Decimal(str(value))} | changes


@given(st.lists(st.integers(-(10**19) + 1, 10**19 - 1), min_size=1, max_size=30), st.integers(0, 18))
def test_decimals_stay_exact_or_are_refused(numbers: list[int], places: int) -> None:
    values = [Decimal(one).scaleb(-places) for one in numbers]
    halves = arrow._halves(pa.array(values, VALUE))
    needed = max(max(0, -int(one.normalize().as_tuple().exponent)) for one in values)
    if any(abs(int(one.scaleb(needed))) > 2**63 - 1 for one in values):
        with pytest.raises(ActivityError, match="m: 64 bits"):
            arrow.exact(halves, "m")
        return
    found, places = arrow.exact(halves, "m")
    assert places == needed
    assert [decimal_of(int(one), places) for one in found] == values


def test_the_same_load_as_from_evidence() -> None:
    """The projection's own rows of a log, shuffled, and the bundle of the same log."""
    world = opened()
    rng = random.Random(5)
    register = Decimal("0.25")
    for hour in range(HOURS + 1):
        register += Decimal(rng.randrange(300)) / 4
        world.log(world.readings((hour, register.quantize(Decimal("0.01")))))
    examined = verified(world)
    from_evidence = load_from(examined)
    rows = Rows()
    for index, entry in enumerate(world.entries):
        rows.add(index, entry)
    for _ in range(3):
        rng.shuffle(rows.by_table["readings"])
        (column,) = arrow.columns(table(rows.by_table["readings"]))
        stated = Read(examined).point(POINT, ()).stated
        period = examined.verdict.from_at, examined.verdict.to_at
        by = meter_of(stated, REGISTER, "kWh", period, examined.facts.cadences(POINT))
        load = load_of(column, counted(column, by, period), Sources(arrow.Entries(world.origin)))
        assert load.digest == from_evidence.digest
        assert load.total == from_evidence.total == examined.verdict.figures[0].quantity
        first = next(load.intervals()).last
        assert first is not None
        assert first.place == f"{world.origin}, entry {world.placed()[-HOURS].index}"
    assert world.placed()[-HOURS].statement.claims.kind is Kind.READINGS
    assert senml.decode(world.placed()[-1].statement.payload)[0].taken_at == START + HOURS * 3600


def projected(world: World, folder: Path) -> pa.Table:
    """The log of a world as segments, read again."""
    rows = Rows()
    for index, entry in enumerate(world.entries):
        rows.add(index, entry)
    for name in ("readings", "settlements"):
        pq.write_table(table(rows.by_table[name], TABLES[name]), folder / f"{name}.parquet")
    return arrow.read_segments([folder / "readings.parquet"], [folder / "settlements.parquet"])


def test_a_whole_site_is_the_same_from_projection_and_evidence(tmp_path: Path) -> None:
    world = works.run(works.opened(), 59)
    verified, sheet = works.examined(world, 59), works.boundary()
    reader = arrow.Projected(verified, projected(world, tmp_path), "log")
    found, first = report_of(verified, sheet, reader), report_of(verified, sheet)
    assert found.digest == first.digest
    assert found.media == first.media
    ends = [one["ends"] for one in telling_json.as_json(found)["versions"][0]["meters"]]
    of_evidence = [one["ends"] for one in telling_json.as_json(first)["versions"][0]["meters"]]
    assert [[end["statement"] for end in of] for of in ends] == [[end["statement"] for end in of] for of in of_evidence]


@pytest.mark.parametrize("counts", [Counts(0, 0, 0, 1), Counts(0, 1, 0, 1)])
def test_settlements_and_what_they_count_are_taken_from_the_projection_too(counts: Counts, tmp_path: Path) -> None:
    world = hidden_reset(counts)
    seen = verified(world)
    loads = [site_of(seen, ONE_METER, reader).terms[0].meters["m"].load for reader in (
        None, arrow.Projected(seen, projected(world, tmp_path), "log")
    )]  # fmt: skip
    assert loads[0].digest == loads[1].digest
    assert loads[0].total == (39 if counts.resets == 0 else 1212)


def test_a_point_that_is_not_believed_has_no_columns(tmp_path: Path) -> None:
    world = works.run(works.opened(), 31)
    verified = replace(works.examined(world, 31), statements=())
    reader = arrow.Projected(verified, projected(world, tmp_path), "log")
    assert reader.point(works.GRID, {"energy_import"}).columns == {}


def test_segments_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(ActivityError, match="can not be read"):
        arrow.read_segments([tmp_path / "none.parquet"])
    assert list(arrow.columns(arrow.read_segments([]))) == []


def test_chunks_texts_and_repeats() -> None:
    """Two segments with dictionaries of their own; a text between; one reading that was logged twice."""
    first = table([row(0, 1, 0), row(0, None, 0, unit=None, text="x"), row(0, 5, 1, register="s", unit="m3")])
    second = table([row(900, "2.5", 2, point="p"), row(900, "2.50", 3), row(0, 7, 4, point="a")])
    found = {column.name: column for column in arrow.columns(pa.concat_tables([first, second]))}
    assert list(found) == ["a/r", "p/r", "p/s"]
    assert (found["p/r"].value.tolist(), found["p/r"].places) == ([10, 25], 1)
    assert found["p/r"].opened.tolist() == [0, 2]
    assert found["p/s"].unit == "m3"
    assert list(arrow.columns(table([]))) == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row(0, 1, 0), row(0, 2, 1)], "p/r: shows two values at one time"),
        ([row(0, 1, 0), row(900, 2, 1, unit="MWh")], "p/r: is read in more than one unit"),
        ([row(0, 1, 0, unit=None)], "a number lacks its"),
    ],
)
def test_refusals(rows: list[dict[str, object]], says: str) -> None:
    with pytest.raises(ActivityError, match=says):
        list(arrow.columns(table(rows)))


def test_values_of_another_type_are_refused() -> None:
    other = table([row(0, 1, 0)]).set_column(7, "value", pa.array([1.0]))
    with pytest.raises(ActivityError, match="values are double"):
        list(arrow.columns(other))


def test_a_small_site_is_the_same_in_every_order() -> None:
    """As the benchmark has it: exact total, one digest."""
    found = bench_activity.run(meters=4, intervals=300)
    assert 4 * 295 < found["intervals"] <= 4 * 300


def test_entries_are_asked_for_one_by_one() -> None:
    entries = arrow.Entries("log", {7: b"id"})
    assert (entries[7].place, entries[7].statement_id) == ("log, entry 7", b"id")
    assert len(entries) > 2**40
    assert np.int64(len(entries)) == len(entries)
