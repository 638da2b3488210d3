"""The agent's settings: one TOML file. Relative paths start at its folder. Unknown keys are refused by name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge import keys
from tally_edge.agent.outbox import DEFAULT_MAX_BYTES, MIN_MAX_BYTES
from tally_edge.agent.settle import SiteTime
from tally_edge.authority import MAX_POINTS, SigningPlace
from tally_edge.config_table import Table
from tally_edge.device import MAX_REGISTERS
from tally_edge.errors import ConfigError, DecodeError
from tally_edge.keys import PublicKey
from tally_edge.pack_scan import MAX_RECORDS
from tally_edge.resolution import MIN_TIME
from tally_edge.senml import SOURCE
from tally_edge.statement import MAX_SEQ, MAX_URI_CHARS
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS

MAX_CADENCE_S: Final = 86_400
"""A metering point that speaks less than once a day has no day settlements."""

PLACES: Final = {
    "in-meter": SigningPlace.IN_METER,
    "polled-bus": SigningPlace.POLLED_BUS,
    "by-hand": SigningPlace.BY_HAND,
    "simulated": SigningPlace.SIMULATED,
}
ALGORITHMS: Final = {"ES256": keys.ES256, "EdDSA": keys.EDDSA}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_URI: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-._]*:[A-Za-z0-9\-:._]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class RegisterConfig:
    """A register of a metering point. `options` are its driver's own keys. `max_per_hour` bounds a plausible
    rollover."""

    name: str
    unit: str
    cumulative: bool
    modulus: int | Decimal | None
    max_per_hour: int | Decimal | None
    options: Table


@dataclass(frozen=True, slots=True)
class PointConfig:
    """A metering point: its meter, how often it is read, and the facts in force. `meter` are its driver's own keys."""

    uri: str
    driver: str
    cadence_s: int
    pack_readings: int
    pack_s: int
    serial: str
    multiplier: int | Decimal
    facts: bytes | None
    time: SiteTime
    registers: tuple[RegisterConfig, ...]
    meter: Table


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """Who signs. `lost_since`: Unix seconds since when an earlier stream of this device is lost."""

    uri: str
    model: str
    place: SigningPlace
    algorithm: int
    key_file: Path
    passphrase_file: Path | None
    lost_since: int | None


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Where statements go, as whom, and whose confirmations count. `name` None: the key's id in hex."""

    host: str
    port: int
    name: str | None
    token_file: Path
    ca_file: Path | None
    proof_key: PublicKey


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How the agent runs. Accelerated: a virtual clock from `from_at` to `until_at` (None: what the meter's file
    spans)."""

    accelerated: bool
    from_at: int | None
    until_at: int | None
    close: bool
    clock_floor: int | None
    synchronised_file: Path | None


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """Everything. `gateway` is None until the device has been registered with one."""

    file: Path
    device: DeviceConfig
    gateway: GatewayConfig | None
    outbox_folder: Path
    outbox_bytes: int
    run: RunConfig
    points: tuple[PointConfig, ...]


def load(file: Path) -> EdgeConfig:
    """Read the settings. Raises ConfigError naming the file and the key."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    return parse(text, file)


def parse(text: str, file: Path) -> EdgeConfig:
    """The settings in `text`, which came from `file`. Raises ConfigError naming the file and the key."""
    try:
        root = Table(tomllib.loads(text, parse_float=Decimal), file)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    device = _device(root.table("device", needed=True))
    gateway = root.table("gateway")
    outbox = root.table("outbox")
    site = root.table("site")
    run = _run(root.table("run"))
    zone, reading_day = site.text("timezone", "UTC"), site.integer("reading_day", 1, 28, 1)
    points = tuple(_point(table, zone, reading_day) for table in root.tables("point"))
    config = EdgeConfig(
        file=file,
        device=device,
        gateway=None if gateway.is_empty() else _gateway(gateway),
        outbox_folder=outbox.file_path("folder", "outbox"),
        outbox_bytes=outbox.integer("max_bytes", MIN_MAX_BYTES, 2**40, DEFAULT_MAX_BYTES),
        run=run,
        points=points,
    )
    for table in (outbox, site, root):
        table.done()
    _check(config, root)
    return config


def _check(config: EdgeConfig, root: Table) -> None:
    if not 0 < len(config.points) <= MAX_POINTS:
        raise root.fault("point", f"a device speaks for 1..{MAX_POINTS} metering points, not {len(config.points)}")
    uris = [point.uri for point in config.points]
    for uri in uris:
        if uris.count(uri) > 1:
            raise root.fault("point", f"{uri} stands twice")
    if config.run.accelerated and config.device.place is not SigningPlace.SIMULATED:
        raise root.fault(
            "device.place", 'must be "simulated" where run.mode is "accelerated": such evidence carries its mark'
        )


def _device(table: Table) -> DeviceConfig:
    device = DeviceConfig(
        uri=_uri(table, "uri"),
        model=table.text("model"),
        place=table.one_of("place", PLACES, "polled-bus"),
        algorithm=table.one_of("algorithm", ALGORITHMS, "ES256"),
        key_file=table.file_path("key_file", "device.key"),
        passphrase_file=table.optional_path("passphrase_file"),
        lost_since=table.optional_integer("lost_since", MIN_TIME, MAX_SEQ),
    )
    table.done()
    return device


def _gateway(table: Table) -> GatewayConfig:
    name = table.optional_text("name")
    if name is not None and not _NAME.fullmatch(name):
        raise table.fault("name", f"{name!r} is not 1 to 64 of a-z, 0-9 and '-'")
    encoded = table.octets("proof_key")
    try:
        proof_key = keys.decode_public_key(encoded)
    except DecodeError as error:
        hint = "" if len(encoded) != keys.KID_BYTES else "; this is a key's id: enter the proof public key, a401…"
        raise table.fault("proof_key", f"is not a COSE key: {error}{hint}") from None
    gateway = GatewayConfig(
        host=table.text("host"),
        port=table.integer("port", 1, 65_535, 8883),
        name=name,
        token_file=table.file_path("token_file"),
        ca_file=table.optional_path("ca_file"),
        proof_key=proof_key,
    )
    table.done()
    return gateway


def _run(table: Table) -> RunConfig:
    run = RunConfig(
        accelerated=table.one_of("mode", {"live": False, "accelerated": True}, "live"),
        from_at=table.optional_integer("from", MIN_TIME, MAX_SEQ),
        until_at=table.optional_integer("until", MIN_TIME, MAX_SEQ),
        close=table.flag("close", default=False),
        clock_floor=table.optional_integer("clock_floor", MIN_TIME, MAX_SEQ),
        synchronised_file=table.optional_path("synchronised_file"),
    )
    table.done()
    return run


def _point(table: Table, zone: str, reading_day: int) -> PointConfig:
    registers = tuple(_register(register) for register in table.tables("register"))
    if not 0 < len(registers) <= MAX_REGISTERS:
        raise table.fault("register", f"a metering point has 1..{MAX_REGISTERS} registers, not {len(registers)}")
    names = [register.name for register in registers]
    if len(set(names)) != len(names):
        raise table.fault("register", "a register stands twice")
    point = PointConfig(
        uri=_uri(table, "uri"),
        driver=table.text("driver"),
        cadence_s=table.integer("cadence_s", 1, MAX_CADENCE_S),
        pack_readings=table.integer("pack_readings", 1, MAX_RECORDS, 60),
        pack_s=table.integer("pack_seconds", 0, MAX_CADENCE_S, 900),
        serial=table.text("serial"),
        multiplier=table.number("multiplier", 1),
        facts=table.optional_octets("facts", keys.KID_BYTES),
        time=SiteTime(table.zone("timezone", zone), table.integer("reading_day", 1, 28, reading_day)),
        registers=registers,
        meter=table.table("meter"),
    )
    table.done()
    return point


def _register(table: Table) -> RegisterConfig:
    name, unit = table.text("name"), table.text("unit")
    if not _SLUG.fullmatch(name):
        raise table.fault("name", f"{name!r} is not 1 to 64 of a-z, 0-9 and '_'")
    if name == SOURCE:
        raise table.fault("name", f"{name!r} marks where readings come from; a register has another name")
    if unit not in PRIMARY_UNITS | SECONDARY_UNITS:
        raise table.fault("unit", f"{unit!r} is not one of {', '.join(sorted(PRIMARY_UNITS | SECONDARY_UNITS))}")
    cumulative = table.flag("cumulative", default=True)
    return RegisterConfig(
        name, unit, cumulative, table.optional_number("modulus"), table.optional_number("max_per_hour"), table
    )


def _uri(table: Table, key: str) -> str:
    uri = table.text(key)
    if not _URI.fullmatch(uri) or len(uri) > MAX_URI_CHARS:
        raise table.fault(key, f"{uri!r} is not a URI such as urn:dev:org:32473-site:m1")
    return uri


def secret(path: Path) -> str:
    """The one line of a file that only its owner may read. Raises ConfigError."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path} can be read by others; set its mode to 600")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
