"""What people write for a review, as TOML with exact numbers that are of a size to reckon with. No IO."""

from __future__ import annotations

import json
from pathlib import Path

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError


def table(text: str, file: Path) -> Table:
    """The table of a text; `file` is how errors name it. Raises ConfigError."""
    try:
        return Table(toml_text.loads(text, parse_float=toml_text.exact), file)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None


def quoted(text: str) -> str:
    """A basic string: JSON writes the same escapes, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
