"""The settings file of a demonstration's agent, in the very form that `tallystick edge run` reads. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tally_gateway.demo.site import Options, Point, Site


@dataclass(frozen=True, slots=True)
class Uplink:
    """Where the agent delivers, and as whom."""

    host: str
    port: int
    name: str
    token_file: str
    ca_file: str
    proof_key: bytes


def render(site: Site, uplink: Uplink, facts: Mapping[str, bytes], *, live: bool = False, closes: bool = True) -> str:
    """The file. Its clock is virtual: the whole period runs as fast as the gateway confirms; or `live`, the machine's.

    `closes`: whether the virtual period ends with a closing settlement.
    """
    lines = [
        *_table(
            "[device]",
            {
                "uri": site.device,
                "model": "demonstration",
                "place": "simulated",
                "key_file": "device.key",
                "passphrase_file": "../secret",
            },
        ),
        *_table(
            "[gateway]",
            {
                "host": uplink.host,
                "port": uplink.port,
                "name": uplink.name,
                "token_file": uplink.token_file,
                "ca_file": uplink.ca_file,
                "proof_key": uplink.proof_key.hex(),
            },
        ),
        *_table("[outbox]", {"folder": "outbox"}),
        *_table("[site]", {"timezone": site.timezone, "reading_day": 1}),
        *([] if live else _table("[run]", _accelerated(site, closes=closes))),
    ]
    for point in site.points:
        lines += _point(point, facts[point.uri])
    return "\n".join(lines) + "\n"


def _accelerated(site: Site, *, closes: bool) -> Options:
    return {"mode": "accelerated", "from": site.from_at, "until": site.to_at, "close": closes}


def _point(point: Point, facts: bytes) -> list[str]:
    lines = _table(
        "[[point]]",
        {
            "uri": point.uri,
            "driver": point.driver,
            "cadence_s": point.cadence_s,
            "pack_readings": point.pack_readings,
            "pack_seconds": point.cadence_s * point.pack_readings
            if point.cadence_s * point.pack_readings < 86_400
            else 86_400,
            "serial": point.serial,
            "facts": facts.hex(),
        },
    )
    lines += _table("[point.meter]", point.meter)
    if point.clock:
        lines += _table("[point.meter.clock]", point.clock)
    for register in point.registers:
        if register.per_event:
            continue  # records that come with events are not configured: they pass
        stated: dict[str, int | str | bool | Decimal] = {
            "name": register.name,
            "unit": register.unit,
            "cumulative": register.cumulative,
        }
        if register.modulus is not None:
            stated["modulus"] = register.modulus
        lines += _table("[[point.register]]", {**stated, **register.options})
    return lines


def _table(name: str, values: Options) -> list[str]:
    return [name, *(f"{key} = {_value(value)}" for key, value in values.items()), ""]


def _value(value: int | str | bool | Decimal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
