"""A portfolio of loans (贷款组合) as CSV or TOML: what is outstanding, of what, and what the borrower emits. Exact.

    loan,outstanding_cny,whole_cny,against,emissions_kg,score
    GL-2026-17,12000000.00,80000000.00,equity_and_debt,41250.5,2

[[loan]]                                 # the same as TOML; a report's folder stands for emissions and score
loan = "GL-2026-17"
outstanding_cny = 12000000.00
whole_cny = 80000000.00
against = "equity_and_debt"              # equity_and_debt, evic or project_cost
report = "reports/2026"                  # relative to the file; or emissions_kg = 41250.5 and score = 2
figure = "market"                        # scope 2 of the report: location or market (optional)
verification = "verifier.opinion"        # a third party's, on that very report (optional)

Amounts are yuan to whole fen. A report's score is derived from what its lines rest on, and from a verification that
stands for it. A score that is typed is 2 at best: what only a verification makes is never ticked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.review import toml_text
from tally_finance.review.portfolio import Against, Position

_AGAINST: Final = {one.name.lower(): one for one in Against}
_COLUMNS: Final = ("loan", "outstanding_cny", "whole_cny", "against", "emissions_kg", "score")
_MARKETS: Final = {"location": "location", "market": "market"}

BEST_TYPED: Final = 2

Emitted = Callable[[Path, str, Path | None], tuple[Fraction, Fraction, int]]
"""Emissions, weighted score and days of the report in a folder, with that answer of scope 2, and a verification of it.
"""


def load(file: Path, emitted: Emitted) -> tuple[Position, ...]:
    """The loans of a file. Raises ConfigError naming file, line and field, and as `emitted` does."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    return tuple(_of_csv(text, file)) if file.suffix == ".csv" else parse(text, file, emitted)


def parse(text: str, file: Path, emitted: Emitted) -> tuple[Position, ...]:
    """The loans of TOML; `file` is how errors name it, and where relative paths begin. Raises ConfigError."""
    root = toml_text.table(text, file)
    found = tuple(_of_table(each, emitted) for each in root.tables("loan"))
    root.done()
    return found


def _of_csv(text: str, file: Path) -> Iterator[Position]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if tuple(rows.fieldnames or ()) != _COLUMNS:
            raise ConfigError(f"{file}: its columns are not {', '.join(_COLUMNS)}")
        for row in rows:
            if None in row or None in row.values():
                raise ConfigError(f"{file}: line {rows.line_num} has other fields than the first line")
            items = {name: value if name in {"loan", "against"} else _number(value) for name, value in row.items()}
            yield _of_table(Table(items, file, f"line {rows.line_num}"), None)
    except csv.Error as error:
        raise ConfigError(f"{file}: line {rows.line_num}: {error}") from None


def _number(text: str) -> Decimal | str:
    """Plain digits as a number; anything else stays text, which the table refuses by name."""
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else text


def _of_table(table: Table, emitted: Emitted | None) -> Position:
    loan, against = table.text("loan"), table.one_of("against", _AGAINST)
    outstanding, whole = _fen(table, "outstanding_cny"), _fen(table, "whole_cny")
    days: int | None
    folder = table.optional_path("report")
    if folder is not None and emitted is not None:
        market = table.one_of("figure", _MARKETS, "location")
        emissions, score, days = emitted(folder, market, table.optional_path("verification"))
    else:
        emissions, score, days = Fraction(table.amount("emissions_kg")), Fraction(table.amount("score")), None
        if 1 <= score < BEST_TYPED:
            raise table.fault(
                "score", f"below {BEST_TYPED} follows from a report and its verification, and is not typed"
            )
    table.done()
    return Position(loan, outstanding, whole, against, emissions, score, days)


def _fen(table: Table, key: str) -> int:
    fen = table.amount(key) * 100
    if fen != int(fen):
        raise table.fault(key, "is not to whole fen")
    return int(fen)
