"""Segments, manifests, rebuilds, and queries that know when they could know."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain.anchoring.reading import Anchor
from tally_gateway.errors import ProjectionBusy, ProjectionError
from tally_gateway.projection import manifest as manifests
from tally_gateway.projection import projector as projectors
from tally_gateway.projection.projector import FAN_IN, Projector
from tally_gateway.projection.queries import open_database
from tally_gateway.projection.rebuild import rebuild
from tally_gateway.projection.rows import Rows
from tally_gateway.projection.schema import READINGS
from tests.gateway.service.world import START, Stream, device

LOG_ID = bytes(range(32))
QUERIES = (
    "SELECT * FROM statements ORDER BY entry",
    "SELECT * FROM readings ORDER BY entry, position",
    "SELECT * FROM gaps ORDER BY entry",
    "SELECT * FROM settlements ORDER BY entry, position",
    "SELECT point, register, SUM(value), COUNT(*) FROM readings GROUP BY ALL",
    f"SELECT * FROM readings_known({START + 100}) ORDER BY entry, position",
)


class ListLog:
    """Entries in memory."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries

    def entry(self, index: int) -> bytes:
        return self.entries[index]


def anchor(size: int, at: int) -> Anchor:
    return Anchor(size, bytes([size % 256]) * 32, 1, 0, size, bytes(32), at, bytes(32))


def answers(folder: Path) -> list[list[tuple[object, ...]]]:
    database = open_database(folder)
    try:
        return [database.execute(query).fetchall() for query in QUERIES]
    finally:
        database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "projection"


@pytest.fixture
def projector(folder: Path) -> Iterator[Projector]:
    made = Projector(folder, LOG_ID)
    yield made
    made.close()


def _log(count: int) -> tuple[Stream, ListLog]:
    stream = device()
    entries = [(stream.gap() if number % 7 == 3 else stream.readings()).encoded for number in range(count)]
    return stream, ListLog(entries)


def test_exact_values_come_back_to_the_last_digit(projector: Projector, folder: Path) -> None:
    stream = device()
    smallest = Decimal("0.000000000000000001")
    values: list[Decimal | int] = [smallest, 2**64 - 1, Decimal("-9223372036854775.807"), 0, Decimal("12.30")]
    projector.advance(ListLog([stream.readings(value).encoded for value in values]), len(values))
    database = open_database(folder)
    shown = [row[0] for row in database.execute("SELECT value FROM readings ORDER BY entry").fetchall()]
    total = database.execute("SELECT SUM(value) FROM readings WHERE value < 100").fetchone()
    database.close()
    assert shown == values
    with localcontext(prec=60):
        assert total == (sum(value for value in values if value < 100),)


@settings(max_examples=50, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(-18, -1))
def test_every_value_fits_the_column(mantissa: int, exponent: int) -> None:
    value = Decimal(mantissa).scaleb(exponent)
    rows = Rows()
    rows.add(0, device().readings(value).encoded)
    table = pa.Table.from_pylist(rows.by_table["readings"], schema=READINGS)
    assert table.column("value").to_pylist() == [value]


def test_a_rebuild_gives_equal_answers(projector: Projector, folder: Path, tmp_path: Path) -> None:
    stream, log = _log(60)
    stream.seq -= 1
    log.entries.append(stream.readings(77, advance=False).encoded)
    for size in range(5, 62, 2):
        projector.advance(log, size)
    anchors = [anchor(20, START + 50), anchor(61, START + 200)]
    projector.set_anchors(anchors)
    assert projector.size == 61
    before = answers(folder)
    assert all(before[number] for number in (0, 1, 2, 4, 5))
    projector.close()
    rebuild(folder, LOG_ID, log, 61, anchors)
    assert answers(folder) == before
    manifest = manifests.load(folder)
    assert manifest is not None
    assert len(manifest.segments) == 1


def test_small_segments_are_merged_and_retired_files_go_one_change_later(projector: Projector, folder: Path) -> None:
    _, log = _log(FAN_IN * FAN_IN)
    for size in range(1, len(log.entries) + 1):
        projector.advance(log, size)
    manifest = manifests.load(folder)
    assert manifest is not None
    assert [(one.first, one.size, one.level) for one in manifest.segments] == [(0, FAN_IN * FAN_IN, 2)]
    files = {path.name for path in folder.glob("*.parquet")}
    assert files == {*manifest.retired, *manifest.segments[0].files.values()}


@pytest.mark.parametrize("at_once", [1, 3, 22, 500])
def test_rows_become_columns_a_part_at_a_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    _, log = _log(23)
    shown = []
    for place, limit in ((folder, 500), (tmp_path / "parts", at_once)):
        monkeypatch.setattr(projectors, "_ENTRIES_AS_ROWS", limit)
        made = Projector(place, LOG_ID)
        made.advance(log, 23)
        made.close()
        shown.append(answers(place))
    assert len(shown[0][0]) == 23
    assert shown[0] == shown[1]


def test_known_at_shows_what_could_be_known_then(projector: Projector, folder: Path) -> None:
    stream = device()
    entries = [stream.readings().encoded for _ in range(3)]
    late = stream.readings(5, at=START - 900)
    fork = dataclasses.replace(stream, seq=0, prev=bytes(32), sent=[]).readings(99)
    projector.advance(ListLog([*entries, late.encoded, fork.encoded]), 5)
    projector.set_anchors([anchor(2, START + 10), anchor(4, START + 20), anchor(5, START + 30)])
    database = open_database(folder)

    def known(at: int) -> list[tuple[object, ...]]:
        return database.execute(f"SELECT entry, forked FROM readings_known({at}) ORDER BY entry").fetchall()

    assert known(START) == []
    assert known(START + 10) == [(0, False), (1, False)]
    assert known(START + 29) == [(0, False), (1, False), (2, False), (3, False)]
    assert known(START + 30) == [(0, True), (1, False), (2, False), (3, False), (4, True)]
    row = database.execute("SELECT known_at, taken_at FROM readings WHERE entry = 3").fetchone()
    assert row == (START + 20, START - 900)
    database.close()


def test_a_reread_profile_is_marked_as_a_repeat(projector: Projector, folder: Path) -> None:
    stream = device()
    projector.advance(ListLog([stream.readings(1, at=START).encoded, stream.readings(1, at=START).encoded]), 2)
    database = open_database(folder)
    assert database.execute("SELECT repeat FROM readings ORDER BY entry").fetchall() == [(0,), (1,)]
    database.close()


def test_an_empty_projection_answers(projector: Projector, folder: Path) -> None:
    projector.set_anchors([])
    assert answers(folder) == [[]] * len(QUERIES)


def test_what_a_crash_left_is_swept_and_the_work_goes_on(projector: Projector, folder: Path) -> None:
    _, log = _log(10)
    projector.advance(log, 6)
    projector.close()
    (folder / "readings-6-10.parquet").write_bytes(b"torn")
    (folder / ".readings-6-10.parquet.tmp").write_bytes(b"torn")
    again = Projector(folder, LOG_ID)
    assert not (folder / "readings-6-10.parquet").exists()
    again.advance(log, 10)
    assert len(answers(folder)[0]) == 10
    again.close()


def test_one_writer_and_one_log(projector: Projector, folder: Path) -> None:
    with pytest.raises(ProjectionBusy):
        Projector(folder, LOG_ID)
    with pytest.raises(ProjectionBusy):
        rebuild(folder, LOG_ID, ListLog([]), 0, [])
    projector.advance(_log(1)[1], 1)
    projector.close()
    with pytest.raises(ProjectionError, match="another log"):
        Projector(folder, bytes(32))


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b"[]",
        b'{"version": 2}',
        b'{"version":1,"log":"00","size":0,"anchors":null,"retired":["../x.parquet"],"segments":[]}',
        b'{"version":1,"log":"00","size":9,"anchors":null,"retired":[],"segments":[{"first":3,"size":9,"level":0,"files":{}}]}',
    ],
)
def test_a_damaged_manifest_is_named_and_a_rebuild_mends_it(folder: Path, damage: bytes) -> None:
    folder.mkdir()
    (folder / manifests.NAME).write_bytes(damage)
    with pytest.raises(ProjectionError, match="manifest"):
        Projector(folder, LOG_ID)
    _, log = _log(4)
    rebuild(folder, LOG_ID, log, 4, [])
    assert len(answers(folder)[0]) == 4


def test_closed_while_it_writes_it_ends_soon_and_lets_go_of_the_lock_after_that(tmp_path: Path) -> None:
    """Another process must not find the folder free while a thread of this one still writes there."""
    stream = device()
    entry = stream.readings().encoded
    reading, go_on = threading.Event(), threading.Event()

    class SlowLog:
        asked = 0

        def entry(self, _: int) -> bytes:
            self.asked += 1
            reading.set()
            assert go_on.wait(30)
            return entry

    log, projector = SlowLog(), Projector(tmp_path / "p", LOG_ID)
    writer = threading.Thread(target=projector.advance, args=(log, 5_000))
    writer.start()
    assert reading.wait(30)
    closer = threading.Thread(target=projector.close)
    closer.start()
    closer.join(0.2)
    with pytest.raises(ProjectionBusy):
        Projector(tmp_path / "p", LOG_ID)
    go_on.set()
    closer.join(30)
    writer.join(30)
    assert log.asked < 5_000
    again = Projector(tmp_path / "p", LOG_ID)
    assert again.size == 0
    again.close()
