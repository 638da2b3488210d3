"""The settings of a watch as TOML. Exact numbers, no floats; paths are from the file's own folder.

database = "sqlite:///bank.db"            # of the lender's book; alerts are kept beside it
sheet = "desk.toml"                       # the desk's sheet: book, lender, goods, prices, stores
policy = "policy.toml"                    # whom evidence is believed
metrics = "127.0.0.1:9465"                # Prometheus, on loopback unless a host is named (optional)
pickers = "pickers"                       # folder of openings: pickers of orders, plates that scales signed (optional)
book_every_s = 5                          # how often the book is judged by the clock alone (optional)

[chain]                                   # where receipts are followed (optional)
pins = "receipts.json"                    # as `chain deploy receipts --json` printed it
node = ["https://node.example"]           # or embedded = "chain", the folder of an embedded chain
every_ms = 500                            # how often it is looked at (optional)

[[log]]                                   # the gateways' logs (any number)
origin = "tallystick.example/mill/1"      # one of the policy's logs
gateway = "https://gateway.example"
token_file = "token"                      # scope entries, mode 0600
ca = "gateway-ca.pem"                     # certificate authority of the gateway (optional)

[[yard]]                                  # scales through which pledged goods leave
point = "urn:dev:org:32473-mill:scale"
lot = "64 hexadecimal digits"

[[journey]]                               # the shortest way between two sites (optional)
sites = ["urn:example:site:mill", "urn:example:site:port"]
seconds = 5400

Papers, filings, groups and dates: `settings_papers`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.desk import sheet_file
from tally_finance.desk.sheet import Sheet
from tally_finance.watch.limits import Limits
from tally_finance.watch_service import settings_papers
from tally_finance.watch_service.settings_papers import OnPaper


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Where the contracts are read."""

    pins: Path
    nodes: tuple[str, ...]
    embedded: Path | None
    every_s: float


@dataclass(frozen=True, slots=True)
class LogSettings:
    """A gateway's log."""

    origin: str
    gateway: str
    token_file: Path
    ca: Path | None


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. `yards`: lots by scale. `policy` is the path; it is read where chains are at hand."""

    database: str
    sheet: Sheet
    policy: Path
    metrics: tuple[str, int] | None = None
    pickers: Path | None = None
    book_every_s: int = 5
    chain: ChainSettings | None = None
    logs: tuple[LogSettings, ...] = ()
    yards: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    papers: OnPaper = field(default_factory=OnPaper)
    zone: timezone = timezone(timedelta(hours=8))


def load(file: Path) -> Settings:
    """The settings of a file. Raises ConfigError naming file and key, also for what the files that it names hold."""
    try:
        root = Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    found = Settings(
        database=_database(root),
        sheet=sheet_file.load(root.file_path("sheet")),
        policy=root.file_path("policy"),
        metrics=_address(root),
        pickers=root.optional_path("pickers"),
        book_every_s=root.integer("book_every_s", 1, 3600, 5),
        chain=_chain(root.table("chain")),
        logs=tuple(_log(one) for one in root.tables("log")),
        yards=_yards(root.tables("yard")),
        limits=_limits(root.tables("journey")),
        papers=settings_papers.take(root),
    )
    root.done()
    if len({one.origin for one in found.logs}) < len(found.logs):
        raise ConfigError(f"{file}: log: one log stands there twice")
    return found


def _database(root: Table) -> str:
    """A SQLite file is from the settings' own folder, as every path."""
    url, scheme = root.text("database"), "sqlite:///"
    return f"{scheme}{root.file.parent / url.removeprefix(scheme)}" if url.startswith(scheme) else url


def _address(root: Table) -> tuple[str, int] | None:
    text = root.optional_text("metrics")
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 1 << 16:
        raise root.fault("metrics", f"{text!r} is not an address such as 127.0.0.1:9465")
    return host.strip("[]") or "127.0.0.1", int(port)


def _chain(table: Table) -> ChainSettings | None:
    if table.is_empty():
        return None
    nodes, embedded = table.texts("node"), table.optional_path("embedded")
    if bool(nodes) == (embedded is not None):
        raise table.fault("node", "either nodes or an embedded chain are named")
    found = ChainSettings(table.file_path("pins"), nodes, embedded, table.integer("every_ms", 50, 60_000, 500) / 1000)
    table.done()
    return found


def _log(table: Table) -> LogSettings:
    found = LogSettings(
        table.text("origin"), table.text("gateway"), table.file_path("token_file"), table.optional_path("ca")
    )
    if not found.gateway.startswith(("http://", "https://")):
        raise table.fault("gateway", f"{found.gateway!r} is no address of a gateway")
    table.done()
    return found


def _yards(tables: list[Table]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for table in tables:
        point, lot = table.text("point"), table.octets("lot", 32)
        if found.setdefault(point, lot) != lot:
            raise table.fault("point", f"{point} is the scale of another lot already")
        table.done()
    return found


def _limits(tables: list[Table]) -> Limits:
    journeys: dict[tuple[str, str], int] = {}
    for table in tables:
        sites = sorted(table.texts("sites"))
        if len(set(sites)) != 2:
            raise table.fault("sites", "names two sites")
        journeys[sites[0], sites[1]] = table.integer("seconds", 0, 7 * 86_400)
        table.done()
    return Limits(journeys_s=journeys)
