"""Granular certificates (分时绿证) of a registry that follows EnergyTag, as JSON. Strict, no IO.

{"format": "tallystick granular certificates 1",
 "bundles": [GranularCertificateBundle, …],
 "cancellations": [GranularCertificateCancellation, …]}

Both are objects of the EnergyTag API specification 2 as its registry answers them; fields that say nothing here may be
there. That specification gives a bundle two fields called `id`, of its account and of its device; as JSON has one of a
name, it is the device's. A file that does not fit the specification is an error that names the place; what fits it and
does not count is refused with its reason (`footprint.granular`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from tally_edge import toml_text
from tally_edge.errors import ConfigError
from tally_finance.footprint.granular import Bundle, Cancellation
from tally_finance.json_file import once

T = TypeVar("T")

FORMAT: Final = "tallystick granular certificates 1"
MAX_COUNT: Final = 2**63 - 1
"""Of watts, watt hours and certificates: what a registry keeps in 64 bits."""

_STORED: Final = ("sdr_allocation_id", "storage_id", "discharging_start_datetime", "discharging_end_datetime")


def decode(data: bytes, file: Path) -> tuple[tuple[Bundle, ...], tuple[Cancellation, ...]]:
    """Bundles and cancellations of a file. Raises ConfigError that names the file and the place in it."""
    try:
        item = json.loads(data, parse_float=toml_text.exact, parse_constant=_none, object_pairs_hook=once)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    if not isinstance(item, dict) or item.get("format") != FORMAT:
        raise ConfigError(f"{file}: is no {FORMAT!r}")
    if set(item) != {"format", "bundles", "cancellations"}:
        raise ConfigError(f"{file}: has the names format, bundles and cancellations")
    return _each(item, "bundles", file, _bundle), _each(item, "cancellations", file, _cancellation)


def _each(item: dict[str, Any], name: str, file: Path, read: Callable[[_Fields], T]) -> tuple[T, ...]:
    if not isinstance(item[name], list):
        raise ConfigError(f"{file}: {name} is no array")
    return tuple(read(_Fields(one, f"{file}: {name}[{number}]")) for number, one in enumerate(item[name]))


class _Fields:
    """The fields of one object, each in its type."""

    def __init__(self, item: Any, where: str) -> None:
        if not isinstance(item, dict):
            raise ConfigError(f"{where} is no object")
        self._item: dict[str, Any] = item
        self._where = where

    def has(self, name: str) -> bool:
        return self._item.get(name) is not None

    def fault(self, name: str, what: str) -> ConfigError:
        return ConfigError(f"{self._where}.{name} {what}")

    def text(self, name: str) -> str:
        value = self._item.get(name)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.fault(name, "is no text")
        return value

    def whole(self, name: str) -> int:
        value = self._item.get(name)
        if type(value) is not int or not 0 <= value <= MAX_COUNT:
            raise self.fault(name, f"is no whole number from 0 to {MAX_COUNT}")
        return value

    def flag(self, name: str) -> bool:
        value = self._item.get(name)
        if not isinstance(value, bool):
            raise self.fault(name, "is neither true nor false")
        return value

    def number(self, name: str) -> Decimal | None:
        value = self._item.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
            raise self.fault(name, "is no number")
        return None if value is None else Decimal(value)

    def instant(self, name: str) -> int:
        text = self.text(name)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or at.microsecond:
            raise self.fault(name, f"is {text!r}, and not a whole second with its offset")
        return int(at.timestamp())

    def day(self, name: str) -> datetime:
        text = self.text(name)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise self.fault(name, f"is {text!r}, and no day") from None
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _bundle(fields: _Fields) -> Bundle:
    fields.whole("registry_configuration")
    fields.day("device_production_start_date")
    for name in ("device_name", "device_technology_type", "issuing_body"):
        fields.text(name)
    first, last = (fields.whole(f"certificate_bundle_id_range_{end}") for end in ("start", "end"))
    return Bundle(
        issuance=fields.text("issuance_id"),
        first=first,
        last=last,
        quantity=fields.whole("bundle_quantity"),
        face_wh=fields.whole("face_value"),
        status=fields.text("certificate_bundle_status"),
        device=fields.text("id"),
        capacity_w=fields.whole("device_capacity"),
        source=fields.text("energy_source"),
        carrier=fields.text("energy_carrier"),
        from_at=fields.instant("production_starting_interval"),
        to_at=fields.instant("production_ending_interval"),
        issued_at=int(fields.day("issuance_datestamp").timestamp()),
        expires_at=int((fields.day("expiry_datestamp") + timedelta(days=1)).timestamp()),
        grid=fields.text("connected_grid_identification"),
        regions=tuple(fields.text(name) for name in ("issue_market_zone", "country_of_issuance")),
        converted=fields.flag("issuance_post_energy_carrier_conversion"),
        stored=any(fields.has(name) for name in _STORED) or not _is_production(fields),
        emission=fields.number("emissions_factor_production_device"),
    )


def _is_production(fields: _Fields) -> bool:
    """The specification leaves the word open: `production`, `Production Device`; a storage unit has another."""
    return fields.text("device_type").lower().startswith("production")


def _cancellation(fields: _Fields) -> Cancellation:
    prefix = "source_certificate_certificate_bundle_id_range"
    return Cancellation(
        issuance=fields.text("source_certificate_issuance_id"),
        first=fields.whole(f"{prefix}_start"),
        last=fields.whole(f"{prefix}_end"),
        at=fields.instant("action_completed_datetime"),
        beneficiary=fields.text("beneficiary") if fields.has("beneficiary") else None,
    )


def _none(text: str) -> Any:
    raise ValueError(f"{text} is no number")
