"""What `tallystick finance export csv`, `parquet` and `excel` do."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.export.table import Stamp, Table
from tally_finance.export.tables import tables_of, title_of
from tally_finance.export.verified import kept_verified
from tally_finance.report.again import step

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
    tables, stamp = tables_of(kept, verified)
    step("writing the workbook 制表中")
    durable.write_file(options.out, to_excel.workbook(tables, stamp, title_of(kept)))
    return _told(options.out, tables, stamp)


def _folder(options: argparse.Namespace, write: Write) -> int:
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    kept, verified = kept_verified(options)
    tables, stamp = tables_of(kept, verified, intervals=not options.no_intervals)
    step(f"writing {len(tables)} tables 制表中")
    _whole(options.out, lambda folder: write(folder, tables, stamp))
    return _told(options.out, tables, stamp)


def _whole(out: Path, write: Callable[[Path], None]) -> None:
    """Write a folder beside its place and move it there: under its name it is whole, or not there."""
    partial = out.with_name(f".{out.name}.partial")
    if partial.exists():  # of a run that died
        shutil.rmtree(partial)
    write(partial)
    partial.rename(out)
    durable.sync_folder(out.parent)


def _told(out: Path, tables: Sequence[Table], stamp: Stamp) -> int:
    print(f"report {stamp.report}: {stamp.standing}")
    print(f"{len(tables)} tables 张表\n{out}")
    return OK
