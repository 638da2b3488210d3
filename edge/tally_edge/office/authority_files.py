"""What an authority's people write: a site plan, and the facts about a meter, as TOML. The examples are the format.

site = "urn:dev:org:32473-steel"              point = "urn:dev:org:32473-steel:m1"
owner = "Example Steel"                       effective_at = 2027-01-01T00:00:00+09:00
timezone = "Asia/Seoul"                       serial = "11223344"
reading_day = 1                               accuracy_class = "0.5S"
renew_by = 2027-06-30T00:00:00+09:00          multiplier = 120
                                              certificate = "CERT-2026-17"
[[log]]                                       certificate_expires_at = 2032-01-01T00:00:00+09:00
origin = "tallystick.example/steel/5f3c9a"
                                              [[register]]
[[person]]                                    register = "energy_import"
organisation = "Example Bank"                 unit = "kWh"
kid = "64 hexadecimal digits"                 cumulative = true
                                              modulus = 1000000.00
[[point]]
point = "urn:dev:org:32473-steel:m1"
cadence_s = 900
parent = "urn:dev:org:32473-steel:m0"
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge import keys, toml_text, wire
from tally_edge.authority import (
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    SitePlan,
)
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError, StatementError

MAX_FILE_BYTES: Final = 2**20
"""A site plan of 500 points has 60 kB; a larger file is not a setting."""

MAX_CADENCE_S: Final = 86_400 * 31


def read_plan(path: Path) -> SitePlan:
    """The site plan in `path`. Raises ConfigError naming file and key."""
    table = _read(path)
    plan = SitePlan(
        site=table.text("site"),
        owner=table.text("owner"),
        timezone=table.zone("timezone", "").key,
        reading_day=table.integer("reading_day", 1, 28, 1),
        logs=tuple(_log(member) for member in table.tables("log")),
        points=tuple(_point(member) for member in table.tables("point")),
        persons=tuple(_person(member) for member in table.tables("person")),
        renew_by=table.instant("renew_by"),
    )
    table.done()
    return _encodable(path, plan)


def read_facts(path: Path, event: FactsEvent) -> MeterFacts:
    """The facts in `path`, to be stated because of `event`. Raises ConfigError naming file and key."""
    table = _read(path)
    facts = MeterFacts(
        point=table.text("point"),
        event=event,
        effective_at=table.instant("effective_at"),
        serial=table.text("serial"),
        accuracy_class=table.text("accuracy_class"),
        multiplier=table.number("multiplier"),
        registers=tuple(_register(member) for member in table.tables("register")),
        certificate=table.optional_text("certificate"),
        certificate_expires_at=table.optional_instant("certificate_expires_at"),
    )
    table.done()
    return _encodable(path, facts)


def log_id_of(origin: str) -> bytes:
    """The id of the log of that origin."""
    return hashlib.sha256(origin.encode()).digest()


def _read(path: Path) -> Table:
    try:
        data = path.read_bytes()
        if len(data) > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: has {len(data)} bytes, at most {MAX_FILE_BYTES} are read")
        return Table(toml_text.loads(data.decode("utf-8-sig"), parse_float=Decimal), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, ArithmeticError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _encodable(path: Path, payload: wire.T) -> wire.T:
    try:
        wire.encode(payload)
    except StatementError as error:
        raise ConfigError(f"{path}: {error}") from None
    return payload


def _log(table: Table) -> NamedLog:
    origin = table.text("origin")
    table.done()
    return NamedLog(log_id_of(origin), origin)


def _point(table: Table) -> PlannedPoint:
    point = PlannedPoint(
        table.text("point"), table.integer("cadence_s", 1, MAX_CADENCE_S), table.optional_text("parent")
    )
    table.done()
    return point


def _person(table: Table) -> Person:
    person = Person(table.octets("kid", keys.KID_BYTES), table.text("organisation"))
    table.done()
    return person


def _register(table: Table) -> RegisterFacts:
    facts = RegisterFacts(
        table.text("register"),
        table.text("unit"),
        table.flag("cumulative", default=True),
        table.optional_number("modulus"),
        table.flag("per_event", default=False) or None,
    )
    table.done()
    return facts
