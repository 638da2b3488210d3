"""DuckDB over the segments: a database in memory of whoever asks, with views over the files that the manifest names.

    statements, readings, settlements, gaps    every row, with `known_at` (when an anchor first covered it; null before
                                               that) and `forked` (another statement stands at the same place)
    statements_known(t), readings_known(t), …  the same as it could be known at that time: rows anchored by then, and
                                               forks between such rows alone
    anchors                                    the anchored heads

In `readings`, `repeat` counts earlier rows of the same point, register and time: a re-read profile, not a second
quantity. A figure read here is never evidence; its `entry` is where the log proves it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tally_gateway.errors import ProjectionError
from tally_gateway.projection import manifest as manifests
from tally_gateway.projection.schema import ANCHORS, TABLES

if TYPE_CHECKING:
    import duckdb

_THREADS: Final = 2


def open_database(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database over the projection in `folder` as its manifest stands now. Raises ProjectionError."""
    import duckdb  # noqa: PLC0415  a tenth of a second, which a gateway that is asked nothing need not wait for

    manifest = manifests.load(folder)
    if manifest is None:
        raise ProjectionError(f"{folder} holds no projection; run the gateway, or tallystick gateway rebuild")
    database = duckdb.connect(":memory:", config={"threads": _THREADS, "autoinstall_known_extensions": False})
    try:
        _view(database, "anchors", ANCHORS, folder, [manifest.anchors] if manifest.anchors else [])
        for table, schema in TABLES.items():
            _view(database, f"raw_{table}", schema, folder, manifest.files_of(table))
        for table in TABLES:
            _known(database, table)
    except duckdb.Error as error:
        database.close()
        raise ProjectionError(f"the segments in {folder} cannot be read: {error}") from None
    return database


def _view(database: duckdb.DuckDBPyConnection, name: str, schema: object, folder: Path, files: list[str]) -> None:
    if files:
        listed = ", ".join("'" + str(folder / file).replace("'", "''") + "'" for file in files)
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")  # noqa: S608  our own names
        return
    empty = schema.empty_table()  # type: ignore[attr-defined]  # a pyarrow schema; pyarrow has no types
    database.register(f"{name}_empty", empty)
    database.execute(f"CREATE VIEW {name} AS SELECT * FROM {name}_empty")  # noqa: S608  our own names


def _known(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """The view of a table and its known-at macro. An entry is known from the first anchor whose size exceeds its
    index."""
    anchored = f"FROM raw_{table} AS r ASOF LEFT JOIN anchors AS a ON r.entry < a.size"
    forks = "SELECT kid, seq FROM {source} WHERE seq IS NOT NULL GROUP BY kid, seq HAVING COUNT(*) > 1"
    marked = (  # the names in it are our own
        "SELECT t.*, (t.kid, t.seq) IN ({forks}) AS forked{repeat} FROM (SELECT r.*, a.anchored_at AS known_at "  # noqa: S608
        f"{anchored}) AS t"
    )
    repeat = (
        ", ROW_NUMBER() OVER (PARTITION BY t.point, t.register, t.taken_at ORDER BY t.entry, t.position) - 1 AS repeat"
        if table == "readings"
        else ""
    )
    every = marked.format(forks=forks.format(source="raw_statements"), repeat=repeat)
    known_statements = (
        "(SELECT s.kid, s.seq FROM raw_statements AS s ASOF JOIN anchors AS b ON s.entry < b.size "
        "WHERE b.anchored_at <= known_by)"
    )
    known = marked.format(forks=forks.format(source=known_statements), repeat=repeat) + " WHERE t.known_at <= known_by"
    database.execute(f"CREATE VIEW {table} AS {every}")
    database.execute(f"CREATE MACRO {table}_known(known_by) AS TABLE {known}")
