"""Tables of factors as TOML: those that ship, and the drafts of an organisation's own. Exact numbers, no floats; no IO.

licence = "numbers are facts; the notice states no licence"

[[table]]
activity = "electricity.grid"
basis = "location"
unit = "kgCO2/kWh"
data_year = 2023
reporting_year = 2025                    # optional
u_percent = 2.5                          # standard uncertainty, where the source states one (optional)
note = "30 provinces"                    # optional
rows = [
  { region = "CN-BJ", value = 0.5554, at = "北京" },
]

[[table.source]]
title = "公告2025年第47号"
locator = "Table 3"
read = "transcription"                   # primary, copy or transcription

What stands in a row stands before what its table says. `at` completes the locator of each source of the table: the
cell, the line. `supersedes` (a row's) is the digest of the factor that it replaces.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import FactorError
from tally_finance.factors.factor import FIRST_YEAR, LAST_YEAR, Basis, Factor, Read, Source
from tally_finance.factors.unit import Unit

_BASES: Final = {basis.value: basis for basis in Basis}
_READS: Final = {read.value: read for read in Read}


def parse(text: str, file: Path) -> tuple[Factor, ...]:
    """The factors of a table file. Raises ConfigError naming file, table and key."""
    try:
        root = Table(toml_text.loads(text, parse_float=toml_text.exact), file)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    licence = root.text("licence")
    factors = [one for table in root.tables("table") for one in _of_table(table, licence)]
    root.done()
    if not factors:
        raise root.fault("table", "has no factor")
    if len({factor.digest for factor in factors}) < len(factors):
        raise root.fault("table", "one factor stands twice")
    return tuple(factors)


def _of_table(table: Table, licence: str) -> list[Factor]:
    rows = table.tables("rows")
    if not rows:
        raise table.fault("rows", "is empty")
    sources = []
    for each in table.tables("source"):
        sources.append((each.text("title"), each.text("locator", ""), each.one_of("read", _READS)))
        each.done()
    if not sources:
        raise table.fault("source", "is missing: nobody could look the values up")
    factors = [_of_row(row, table.copy(), sources, licence) for row in rows]
    for key in ("activity", "region", "basis", "unit", "note"):
        table.optional_text(key)
    for key in ("data_year", "reporting_year"):
        table.optional_integer(key, FIRST_YEAR, LAST_YEAR)
    table.optional_number("u_percent")
    table.done()
    return factors


def _of_row(row: Table, table: Table, sources: list[tuple[str, str, Read]], licence: str) -> Factor:
    at = row.text("at", "")

    def said(key: str) -> str:
        return row.optional_text(key) or table.text(key)

    def year(key: str) -> int | None:
        own = row.optional_integer(key, FIRST_YEAR, LAST_YEAR)
        return table.optional_integer(key, FIRST_YEAR, LAST_YEAR) if own is None else own

    data_year, u_percent = year("data_year"), row.optional_number("u_percent")
    if data_year is None:
        raise row.fault("data_year", "is missing")
    if u_percent is None:
        u_percent = table.optional_number("u_percent")
    basis = said("basis")
    if basis not in _BASES:
        raise row.fault("basis", f"{basis!r} is not one of {', '.join(_BASES)}")
    try:
        factor = Factor(
            activity=said("activity"),
            region=said("region"),
            data_year=data_year,
            basis=_BASES[basis],
            value=row.amount("value"),
            unit=Unit.parse(said("unit")),
            sources=tuple(Source(title, f"{locator} {at}".strip(), read) for title, locator, read in sources),
            licence=licence,
            reporting_year=year("reporting_year"),
            u_percent=None if u_percent is None else Decimal(u_percent),
            note=row.optional_text("note") or table.optional_text("note") or "",
            supersedes=row.optional_octets("supersedes", 32),
        )
    except FactorError as error:
        raise row.fault("value", str(error)) from None
    row.done()
    return factor
