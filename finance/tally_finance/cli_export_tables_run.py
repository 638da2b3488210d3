"""What `tallystick finance export csv`, `parquet` and `excel` do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.export import of_loads
from tally_finance.export.table import Stamp, Table
from tally_finance.export.verified import Verified, kept_verified
from tally_finance.report.folder import Kept

OK = 0
Write: TypeAlias = Callable[[Path, Sequence[Table], Stamp], None]


def run_csv(options: argparse.Namespace) -> int:
    """A folder of CSV files."""
    from tally_finance.export import to_csv  # noqa: PLC0415  what is not asked for is not imported

    return _folder(options, to_csv.write)


def run_parquet(options: argparse.Namespace) -> int:
    """A folder of Parquet files."""
    from tally_finance.export import to_parquet  # noqa: PLC0415  takes half a second to import

    return _folder(options, to_parquet.write)


def run_excel(options: argparse.Namespace) -> int:
    """A workbook."""
    from tally_finance.export import to_excel  # noqa: PLC0415  takes half a second to import

    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    kept, verified = kept_verified(options)
    tables, stamp = _tables(kept, verified, intervals=True)
    durable.write_file(options.out, to_excel.workbook(tables, stamp, f"{kept.said['entity']}, {kept.said['site']}"))
    return _told(options.out, tables, stamp)


def _folder(options: argparse.Namespace, write: Write) -> int:
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    kept, verified = kept_verified(options)
    tables, stamp = _tables(kept, verified, intervals=not options.no_intervals)
    write(options.out, tables, stamp)
    return _told(options.out, tables, stamp)


def _tables(kept: Kept, verified: Verified, *, intervals: bool) -> tuple[list[Table], Stamp]:
    stamp = Stamp(sha256(kept.data).hexdigest(), verified.mark, int(kept.said["to"]))
    return of_loads.every(kept.said, verified.report, intervals=intervals), stamp


def _told(out: Path, tables: Sequence[Table], stamp: Stamp) -> int:
    print(f"report {stamp.report}: {stamp.standing}")
    print(f"{len(tables)} tables 张表\n{out}")
    return OK
