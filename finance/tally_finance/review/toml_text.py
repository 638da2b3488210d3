"""What people write for a review, as TOML with exact numbers that are of a size to reckon with. No IO."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError

MOST_PLACES: Final = 60
"""Before and behind the point: 1e999999999 is short to write, and has a billion digits as a fraction."""


def table(text: str, file: Path) -> Table:
    """The table of a text; `file` is how errors name it. Raises ConfigError."""
    try:
        return Table(toml_text.loads(text, parse_float=_number), file)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if value.is_finite() and max(abs(value.adjusted()), -int(value.as_tuple().exponent)) > MOST_PLACES:
        raise ValueError(f"the number {text[:40]} has more than {MOST_PLACES} places")
    return value
