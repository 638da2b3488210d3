"""The works with a main meter that is read by the hour, and granular certificates as a registry answers with them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import HOUR, START, World

DAYS = 3
GRID = "CN-grid:华东"
LOAD = [10 if 8 <= hour % 24 < 20 else 4 for hour in range(DAYS * 24)]
"""kWh of each hour."""
SUN = [15 if 10 <= hour % 24 < 14 else 0 for hour in range(DAYS * 24)]
INVENTORY = mill.INVENTORY.partition("[products]")[0].replace(
    'certificates = "certificates.csv"', f'granular = ["gc.json"]\ngrid = "{GRID}"'
)


def world(load: Sequence[int] = LOAD, unread: Collection[int] = ()) -> World:
    """The works over three days, the grid's meter read at each full hour, but at those `unread` not what it drew."""
    made = works.opened({works.GRID: HOUR})
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            step, hours = works.PER_DAY[point, register], range(0, len(load) + 1, 1 if point == works.GRID else 24)
            shown = [(hour, 1000 + hour // 24 * step) for hour in hours]
            if register == "energy_import" and point == works.GRID:
                shown = [(hour, 1000 + sum(load[:hour])) for hour in hours if hour not in unread]
            works.say(made, point, register, unit, shown)
    return made


def bundle(hour: int, kwh: int, **changes: Any) -> dict[str, Any]:
    """A GranularCertificateBundle of so many certificates of 1 kWh, generated in an hour of the works' period."""
    usual = {
        "issuance_id": f"00000000-0000-4000-8000-{hour:012}",
        "certificate_bundle_id_range_start": 1000 * hour + 1,
        "certificate_bundle_id_range_end": 1000 * hour + kwh,
        "bundle_quantity": kwh,
        "face_value": 1000,
        "certificate_bundle_status": "Cancelled",
        "id": "7c1b8a52-31f4-4a6e-9d0e-0f5a5c1e2b3d",
        "device_name": "roof of hall 3",
        "device_technology_type": "Solar PV",
        "device_production_start_date": "2021-05-01",
        "device_capacity": 20_000,
        "device_location": [31.23, 121.47],
        "device_type": "Production",
        "energy_carrier": "Electricity",
        "energy_source": "Solar",
        "issuance_post_energy_carrier_conversion": False,
        "registry_configuration": 1,
        "production_starting_interval": instant(START + hour * HOUR),
        "production_ending_interval": instant(START + (hour + 1) * HOUR),
        "issuance_datestamp": "2026-01-05",
        "expiry_datestamp": "2028-01-05",
        "country_of_issuance": "CN",
        "issue_market_zone": "CN-JS",
        "connected_grid_identification": GRID,
        "issuing_body": "a registry of granular certificates",
    }
    return {**usual, **changes}


def cancellation(of: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The GranularCertificateCancellation of a bundle, for the works."""
    prefix = "source_certificate_certificate_bundle_id_range"
    usual = {
        "source_id": "5a0e8d0c-6a7b-4c8d-8e9f-a0b1c2d3e4f5",
        "source_certificate_issuance_id": of["issuance_id"],
        f"{prefix}_start": of["certificate_bundle_id_range_start"],
        f"{prefix}_end": of["certificate_bundle_id_range_end"],
        "beneficiary": "Works 1",
        "action_completed_datetime": "2026-03-01T00:00:00Z",
    }
    return {**usual, **changes}


def instant(at: int) -> str:
    """As the specification writes a time."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def bundles(sun: Sequence[int] = SUN) -> list[dict[str, Any]]:
    """A bundle for each hour with sun."""
    return [bundle(hour, kwh) for hour, kwh in enumerate(sun) if kwh]


def file(every: Sequence[dict[str, Any]], cancellations: Sequence[dict[str, Any]] | None = None) -> str:
    """The file that a sheet names."""
    ended = [cancellation(one) for one in every] if cancellations is None else cancellations
    form = "tallystick granular certificates 1"
    return json.dumps({"format": form, "bundles": every, "cancellations": ended}, ensure_ascii=False)


def made(of: World, folder: Path, every: Sequence[dict[str, Any]], text: str = INVENTORY) -> Report:
    """The report of the works with these bundles."""
    (folder / "gc.json").write_text(file(every))
    return mill.made(of, folder, DAYS, text)
