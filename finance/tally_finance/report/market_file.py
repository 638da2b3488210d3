"""The market part of an inventory sheet: certificates (绿证) as a table, contracts (绿电合同), claims elsewhere. No IO.

A table of certificates is CSV with a heading: number,from,to,region,cancelled_for,cancelled_at,contract. Times carry
their offset; the contract may be empty. An eighth column, device, says what generated each; it may be empty too.
Granular certificates (分时绿证) stand in files of their own (`granular_file`), and so does what the registry of claims
showed (`claims_file`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import FootprintError
from tally_finance.footprint.certificates import Certificate
from tally_finance.footprint.claiming import Policy
from tally_finance.footprint.granular import Bundle, Cancellation
from tally_finance.report import claims_file, granular_file
from tally_finance.report.inventory import Bought, Market, Registry

T = TypeVar("T")
Fetch: TypeAlias = Callable[[str, Path], bytes]
"""The bytes of a sheet by what it is to the report, and where its name says that it lies."""

CERTIFICATE_COLUMNS: Final = ("number", "from", "to", "region", "cancelled_for", "cancelled_at", "contract")
CLAIMS: Final = "claims"
GRANULAR: Final = "granular"
_DEVICE: Final = "device"
_POLICIES: Final = {one.value: one for one in Policy}
_NOTHING_BOUGHT: Final = Market(frozenset(), None, 0, (), (), {})


def named(root: Table, key: str, read: Callable[[Table], T], name: Callable[[T], str]) -> tuple[T, ...]:
    """The tables of an array, no two of one name. Raises ConfigError."""
    found: dict[str, T] = {}
    for table in root.tables(key):
        one = read(table)
        if name(one) in found:
            raise table.fault("name", f"{name(one)!r} stands twice")
        found[name(one)] = one
    return tuple(found.values())


def market_of(table: Table, sources: dict[str, bytes], fetch: Fetch) -> Market:
    """The table `[market]`; a table of certificates joins `sources`. Raises ConfigError."""
    if table.is_empty():
        return _NOTHING_BOUGHT
    regions, oldest, closed = table.texts("regions"), table.optional_instant("oldest"), table.instant("closed")
    if not regions:
        raise table.fault("regions", "is missing")
    file, certificates = table.optional_path("certificates"), tuple[Certificate, ...]()
    if file is not None:
        sources["certificates"] = fetch("certificates", file)
        certificates = _certificates(sources["certificates"], file)
    contracts = named(table, "contract", _contract, lambda one: one.number)
    taken = named(table, "taken", _taken, lambda one: one[0])
    files, grid = table.texts("granular"), table.optional_text("grid")
    if bool(files) != (grid is not None):
        raise table.fault("grid", "the site's grid region goes with granular certificates")
    granular = [_granular(table.file.parent / name, number, sources, fetch) for number, name in enumerate(files, 1)]
    registry = None if (inner := table.table("registry")).is_empty() else _registry(inner, sources, fetch)
    table.done()
    return Market(
        frozenset(regions),
        oldest,
        closed,
        certificates,
        contracts,
        dict(taken),
        tuple(one for bundles, _ in granular for one in bundles),
        tuple(one for _, cancellations in granular for one in cancellations),
        grid,
        registry,
    )


def _granular(
    file: Path, number: int, sources: dict[str, bytes], fetch: Fetch
) -> tuple[tuple[Bundle, ...], tuple[Cancellation, ...]]:
    role = f"{GRANULAR} {number}"
    sources[role] = fetch(role, file)
    return granular_file.decode(sources[role], file)


def _registry(table: Table, sources: dict[str, bytes], fetch: Fetch) -> Registry:
    """The table `[market.registry]`, and the file of claims that was read where it says."""
    file = table.file_path("file")
    chain_id, contract = table.integer("chain_id", 1, 2**63 - 1), table.text("contract")
    namespace, organisation = table.octets("namespace", 32), table.octets("organisation", 32)
    policy = table.one_of("policy", _POLICIES)
    table.done()
    sources[CLAIMS] = fetch(CLAIMS, file)
    found = claims_file.decode(sources[CLAIMS], file)
    if (found.chain_id, found.contract.lower(), found.namespace) != (chain_id, contract.lower(), namespace):
        raise table.fault("file", f"{file} was read on another chain, of another contract or another namespace")
    return Registry(chain_id, contract, namespace, organisation, policy, found.block, found.entries)


def _contract(table: Table) -> Bought:
    bought = Bought(
        table.text("number"),
        Decimal(table.number("kwh")),
        table.instant("from"),
        table.instant("to"),
        table.optional_octets("factor", 32),
    )
    table.done()
    return bought


def _taken(table: Table) -> tuple[str, str]:
    number, by = table.text("number"), table.text("by")
    table.done()
    return number, by


def _certificates(data: bytes, file: Path) -> tuple[Certificate, ...]:
    """A table with the columns above; an error names the line."""
    try:
        rows = csv.reader(data.decode("utf-8-sig").splitlines(keepends=True), strict=True)
        columns = tuple(next(rows, ()))
        if columns not in {CERTIFICATE_COLUMNS, (*CERTIFICATE_COLUMNS, _DEVICE)}:
            raise ConfigError(f"{file}: line 1: the columns are {','.join(CERTIFICATE_COLUMNS)}, and perhaps {_DEVICE}")
        return tuple(_certificate(row, len(columns), f"{file}: line {rows.line_num}") for row in rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{file}: {error}") from None


def _certificate(row: list[str], columns: int, where: str) -> Certificate:
    if len(row) != columns:
        raise ConfigError(f"{where}: has {len(row)} columns, not {columns}")
    number, begin, end, region, cancelled_for, cancelled, contract = row[: len(CERTIFICATE_COLUMNS)]
    device = "".join(row[len(CERTIFICATE_COLUMNS) :])
    times = [_instant(text, f"{where}, {name}") for text, name in ((begin, "from"), (end, "to"))]
    cancelled_at = _instant(cancelled, f"{where}, cancelled_at")
    origin = contract or None, device or None
    try:
        return Certificate(number, times[0], times[1], region, cancelled_for, cancelled_at, *origin)
    except FootprintError as error:
        raise ConfigError(f"{where}: {error}") from None


def _instant(text: str, where: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.microsecond:
        raise ConfigError(f"{where}: {text!r} is not a whole second with its offset")
    return int(at.timestamp())
