"""What a demonstration site consists of: metering points, their meters, and the time that is run through. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tally_edge.authority import FactsEvent, MeterFacts, PlannedPoint, RegisterFacts

Options = Mapping[str, int | str | bool | Decimal]


@dataclass(frozen=True, slots=True)
class Register:
    """A register: what the authority states of it, and what its driver needs to know."""

    name: str
    unit: str
    cumulative: bool = True
    per_event: bool = False
    modulus: int | Decimal | None = None
    options: Options = field(default_factory=dict)

    def facts(self) -> RegisterFacts:
        """As the authority states it."""
        return RegisterFacts(self.name, self.unit, self.cumulative, self.modulus, self.per_event or None)


@dataclass(frozen=True, slots=True)
class Point:
    """A metering point and its meter. `clock` is where a simulated meter's clock can be set."""

    uri: str
    title: str
    driver: str
    cadence_s: int
    pack_readings: int
    serial: str
    accuracy_class: str
    registers: tuple[Register, ...]
    meter: Options
    clock: Options = field(default_factory=dict)

    def planned(self) -> PlannedPoint:
        """As the site plan lists it."""
        return PlannedPoint(self.uri, self.cadence_s)

    def facts(self, effective_at: int) -> MeterFacts:
        """As the authority states it."""
        registers = tuple(register.facts() for register in self.registers)
        return MeterFacts(self.uri, FactsEvent.INSTALL, effective_at, self.serial, self.accuracy_class, 1, registers)


@dataclass(frozen=True, slots=True)
class Site:
    """A site and the period [`from_at`, `to_at`) that its agent runs through, Unix seconds."""

    uri: str
    owner: str
    timezone: str
    origin: str
    device: str
    points: tuple[Point, ...]
    from_at: int
    to_at: int


def small_site(days: int) -> Site:
    """A works with an electricity and a water meter, a silo and a weighbridge, over `days` days of January 2026."""
    from_at = int(datetime(2025, 12, 31, 16, tzinfo=UTC).timestamp())  # midnight in Shanghai
    base = "urn:dev:org:32473-works"

    def point(name: str, title: str, kind: str, accuracy_class: str, *registers: Register) -> Point:
        meter: Options = {"kind": kind, "seed": f"works {kind}", "start": from_at - 30 * 86_400}
        return Point(
            f"{base}:{name}",
            title,
            "simulated",
            900,
            16,
            f"{kind[:3].upper()}-2026-01",
            accuracy_class,
            registers,
            meter,
        )

    def ticket(name: str, unit: str) -> Register:
        return Register(name, unit, cumulative=False, per_event=True)

    return Site(
        uri=f"{base}:site",
        owner="Example Works",
        timezone="Asia/Shanghai",
        origin="tallystick.example/works/1",
        device=f"{base}:agent-1",
        points=(
            point(
                "e1",
                "electricity 电",
                "electricity",
                "0.5S",
                Register("energy_import", "kWh", modulus=Decimal("100000000.00")),
                Register("energy_export", "kWh", modulus=Decimal("100000000.00")),
            ),
            point("w1", "water 水", "water", "2", Register("volume", "m3", modulus=Decimal("1000000.000"))),
            point("silo1", "silo 筒仓", "silo", "1", Register("level", "/", cumulative=False)),
            point(
                "wb1",
                "weighbridge 地磅",
                "weighbridge",
                "III",
                Register("kg_in", "kg"),
                Register("kg_out", "kg"),
                ticket("first", "kg"),
                ticket("second", "kg"),
                ticket("net", "kg"),
                ticket("alibi", "count"),
            ),
        ),
        from_at=from_at,
        to_at=from_at + days * 86_400,
    )


@dataclass(frozen=True, slots=True)
class ReplayedColumn:
    """A column that a simulated Modbus meter serves: as the meter described itself when it started."""

    column: str
    unit: str
    address: int
    decimals: int
    step_s: int
    starts_at: int
    ends_at: int
    port: int
    serial: str
    clock_at: int
    total: Decimal


def replay_site(column: ReplayedColumn, timezone: str, register: str) -> Site:
    """A site with the one meter that serves `column`, over the whole of it, read in packs of about a quarter day."""
    base = "urn:dev:org:32473-replay"
    read = Register(
        register,
        column.unit,
        options={
            "address": column.address,
            "type": "u64",
            "decimals": column.decimals,
        },
    )
    return Site(
        uri=f"{base}:site",
        owner="Replayed Works",
        timezone=timezone,
        origin="tallystick.example/replay/1",
        device=f"{base}:agent-1",
        points=(
            Point(
                uri=f"{base}:m1",
                title=column.column,
                driver="modbus",
                cadence_s=column.step_s,
                pack_readings=24,
                serial=column.serial,
                accuracy_class="0.5S",
                registers=(read,),
                meter={"host": "127.0.0.1", "port": column.port, "unit_id": 1},
                clock={"address": column.clock_at, "type": "u32"},
            ),
        ),
        from_at=column.starts_at,
        to_at=column.ends_at,
    )
