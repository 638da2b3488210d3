"""The boundary sheet (边界表) of a site as TOML: what a reader knows beside its evidence. Exact numbers, no floats.

name = "Rolling mill"
timezone = "Asia/Shanghai"

[[version]]                              # the meters from a date on, all of them
from = 2026-01-01T00:00:00+08:00
reason = "first sheet"

[[version.meter]]
name = "grid"
medium = "electricity"
role = "main"                            # main, sub, generation, export or counter
point = "urn:dev:org:32473-mill:m1"
register = "energy_import"
unit = "kWh"
ceiling_per_h = 800                      # the most that can pass in an hour, in the meter's unit (optional)
ceiling_stated = "transformer T1, 800 kVA, at power factor 1"
unmetered_most = 0.05                    # the share that may reach no sub-meter (optional)

[[version.meter]]
name = "furnace"
medium = "electricity"
role = "sub"
parent = "grid"
point = "urn:dev:org:32473-mill:m2"
register = "energy_import"
unit = "kWh"
interval_s = 900                         # it keeps no register: each reading is what passed in so many seconds

[[version.meter]]
name = "coils"
medium = "output"
role = "counter"
point = "urn:dev:org:32473-mill:scale"
register = "mass_out"
unit = "kg"

[[invoice]]                              # the utility's, to be held against the meters (optional)
number = "2026-01"
meter = "grid"
from = 2026-01-01T00:00:00+08:00
to = 2026-02-01T00:00:00+08:00
quantity = 74120.5
opening = 100.25                         # registers, where it names them (optional)
closing = 74220.75
tolerance = 1                            # by which it may be off (optional: one of its last written digit)

[[comparison]]                           # what is used for what is made, by the month (optional)
name = "electricity per coil"
used = ["grid"]
made = ["coils"]
usual = [0.35, 0.5]                      # the ratio's range (optional: the months themselves say)
"""

from __future__ import annotations

import hashlib
import tomllib
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.activity.boundary import Boundary, Comparison, Invoice, Line, Role, Version
from tally_finance.activity.ceiling import Ceiling

MOST_INTERVAL_S: Final = 86_400
_ROLES: Final = {one.value: one for one in Role}


def load(file: Path) -> Boundary:
    """The boundary of a file. Raises ConfigError naming file and key."""
    try:
        return parse(file.read_text("utf-8-sig"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None


def parse(text: str, file: Path) -> Boundary:
    """See `load`."""
    try:
        root = Table(toml_text.loads(text, parse_float=toml_text.exact), file)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    name, zone = root.text("name"), root.zone("timezone", "UTC")
    versions = tuple(_version(each) for each in root.tables("version"))
    if not versions:
        raise root.fault("version", "is missing")
    if any(after.from_at <= before.from_at for before, after in pairwise(versions)):
        raise root.fault("version", "dates do not ascend")
    other = _other_unit(versions)
    if other is not None:
        raise root.fault("version", other)
    meters = {line.name for version in versions for line in version.lines}
    invoices = tuple(_invoice(each, meters) for each in root.tables("invoice"))
    comparisons = tuple(_comparison(each, meters) for each in root.tables("comparison"))
    root.done()
    return Boundary(name, zone, versions, invoices, comparisons, hashlib.sha256(text.encode()).digest())


def _other_unit(versions: tuple[Version, ...]) -> str | None:
    """What is counted in one unit in one version and in another in a later one, so that its year has no sum."""
    units: dict[tuple[str, str], str] = {}
    for line in (line for version in versions for line in version.lines):
        for key in (("meter", line.name), *((("medium", line.medium),) if line.counts else ())):
            known = units.setdefault(key, line.unit)
            if known != line.unit:
                return f"{' '.join(key)}: is in {known} and in {line.unit} in another version"
    return None


def _version(table: Table) -> Version:
    from_at, reason = table.instant("from"), table.text("reason")
    tables = table.tables("meter")
    lines = [(each.copy(), _line(each)) for each in tables]
    if not lines:
        raise table.fault("meter", "is missing")
    version = Version(from_at, reason, tuple(line for _, line in lines))
    wrong = version.wrong()
    if wrong is not None:
        raise next(each for each, line in reversed(lines) if line.name == wrong[0]).fault("name", wrong[1])
    table.done()
    return version


def _line(table: Table) -> Line:
    limit = table.optional_number("ceiling_per_h")
    stated = table.optional_text("ceiling_stated")
    if (limit is None) != (stated is None):
        raise table.fault("ceiling_stated", "a ceiling needs both its number and what makes it so")
    line = Line(
        name=table.text("name"),
        point=table.text("point"),
        register=table.text("register"),
        unit=table.text("unit"),
        medium=table.text("medium"),
        role=table.one_of("role", _ROLES),
        parent=table.optional_text("parent"),
        ceiling=None if limit is None or stated is None else Ceiling(Decimal(limit), stated),
        interval_s=table.optional_integer("interval_s", 1, MOST_INTERVAL_S),
        unmetered_most=table.optional_share("unmetered_most"),
    )
    table.done()
    return line


def _invoice(table: Table, meters: set[str]) -> Invoice:
    number, meter = table.text("number"), table.text("meter")
    if meter not in meters:
        raise table.fault("meter", f"{meter!r} is no meter of this sheet")
    from_at, to_at, quantity = table.instant("from"), table.instant("to"), table.amount("quantity")
    if from_at >= to_at:
        raise table.fault("to", "is not after its beginning")
    exponent = quantity.as_tuple().exponent
    last_digit = Decimal(1).scaleb(min(0, int(exponent)))
    opening, closing = table.optional_amount("opening"), table.optional_amount("closing")
    invoice = Invoice(number, meter, from_at, to_at, quantity, table.amount("tolerance", last_digit), opening, closing)
    table.done()
    return invoice


def _comparison(table: Table, meters: set[str]) -> Comparison:
    name, used, made = table.text("name"), table.texts("used"), table.texts("made")
    for key, names in (("used", used), ("made", made)):
        unknown = sorted(set(names) - meters)
        if not names or unknown:
            raise table.fault(key, f"{unknown[0]!r} is no meter of this sheet" if unknown else "is missing")
    comparison = Comparison(name, used, made, table.optional_span("usual"))
    table.done()
    return comparison
