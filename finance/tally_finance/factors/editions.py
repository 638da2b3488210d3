"""The editions (版本) of the factors that ship: each adds tables, and none takes anything away. No IO.

A report names the registry that its factors were chosen from, and a year later more factors ship. To be computed again
it needs the registry of then, and not whatever a folder says that it was: so the editions are those of the program, and
each names the digest that its registry has. A table that was edited after it shipped has another one, and is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import FactorError
from tally_finance.factors import sheet
from tally_finance.factors.factor import Factor
from tally_finance.factors.registry import Registry


@dataclass(frozen=True, slots=True)
class Edition:
    """What shipped from a day on."""

    day: date
    registry: Registry


def parse(text: str, tables: Mapping[str, str], file: Path) -> tuple[Edition, ...]:
    """The editions that a list says, the newest last. `tables`: those that ship, by name, as TOML.

    [[edition]]
    day = 2026-11-28
    registry = "8350…"                  # digest of all factors of this edition and those before
    tables = ["cn_electricity_2023"]    # what it adds

    Raises ConfigError naming file and key, FactorError where an edition is another one than it was.
    """
    try:
        root = Table(toml_text.loads(text), file)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    found: list[Edition] = []
    factors: list[Factor] = []
    left = dict(tables)
    for each in root.tables("edition"):
        day, digest = each.day("day"), each.octets("registry", 32)
        for name in each.texts("tables"):
            if name not in left:
                raise each.fault("tables", f"{name!r} is no table that ships, or stands here twice")
            factors += sheet.parse(left.pop(name), file.with_name(f"{name}.toml"))
        each.done()
        if found and day <= found[-1].day:
            raise each.fault("day", "is not after that of the edition before")
        registry = Registry.of(factors)
        if registry.digest != digest:
            raise FactorError(f"the factors of {day} are {registry.digest.hex()}, not {digest.hex()}: one was edited")
        found.append(Edition(day, registry))
    root.done()
    if not found:
        raise root.fault("edition", "is missing")
    if left:
        raise root.fault("edition", f"no edition has {', '.join(sorted(left))}")
    return tuple(found)
