"""The simulated works, played: its devices sign, the gateway's checks and log take it in, the chain's rule its heads.

Where the steel year is absent it stands in; and it shows what a single main meter does not: own generation, gas, steam,
water, sub-meters, an exchange, gaps, certificates, an invoice.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Final

from tally_chain import bundle as bundles
from tally_chain import policy_text
from tally_edge import durable
from tally_gateway.demo.stage import Progress, Say
from tally_trial.drafts import SITE_TIME
from tally_trial.errors import TrialUsageError
from tally_trial.footprint_demo import works
from tally_trial.footprint_demo.site import BUNDLE, POLICY, Site
from tally_trial.footprint_demo.works import BEGINS, DAY_S, HOUR_S, Works
from tally_trial.log_keeping import FolderLog
from tally_trial.parties import ORIGIN, Parties
from tally_trial.play import PREPARED_S, play
from tally_trial.scene import look_at

SEED: Final = 11
BORROWER: Final = "Beishan Rolling"
GRANULAR_HOUR: Final = 10
GRANULAR_KWH: Final = 150
"""Of each day, site-local; of each granular certificate's hour."""
CERTIFICATES: Final = 6
"""Of a megawatt hour each; what counts, and two that do not."""


def played(days: int, folder: Path, say: Say, progress: Progress) -> Site:
    """Play so many days in `folder`. Raises TrialUsageError."""
    if not works.LEAST_DAYS <= days <= works.MOST_DAYS:
        raise TrialUsageError(f"{days} days: the works is played for {works.LEAST_DAYS} to {works.MOST_DAYS}")
    plant = works.opened(str(SEED), days)
    scene = look_at(plant, SEED)
    say(f"{len(scene.polled)} meters speak; devices sign, the gateway checks and logs")
    parties = Parties(SEED)
    log = FolderLog(folder / "evidence" / "gateway", ORIGIN, parties.checkpoint, parties.proof, BEGINS - PREPARED_S)
    try:
        shown = play(scene, (), log, lambda done, whole: progress("days", done, whole))
    finally:
        log.close()
    durable.write_file(folder / BUNDLE, bundles.encode(shown.bundle))
    durable.write_file(folder / POLICY, policy_text.write(shown.policy).encode())
    return Site(
        title=f"a simulated works, {days} days 仿真工厂",
        borrower=BORROWER,
        province="CN-HE",
        product="coil",
        sheets=sheets(plant),
        own=(resources.files(__package__) / "sheets" / "works-own.toml").read_text("utf-8"),
    )


def sheets(plant: Works) -> dict[str, str]:
    """The sheets of its period, by file name."""
    here = resources.files(__package__) / "sheets"
    meter = plant.meters["grid"].registers["energy_import"][1]
    opening, closing = (Decimal(meter.at(at)).scaleb(-2) for at in (plant.begins, plant.ends))
    values = {
        "begins": _iso(plant.begins),
        "ends": _iso(plant.ends),
        "closed": _iso(plant.ends + 60 * DAY_S),
        "entity": BORROWER,
        "opening": f"{opening:f}",
        "closing": f"{closing:f}",
        "bought": f"{closing - opening:f}",
    }
    texts = {
        name: Template((here / f"works-{name}").read_text("utf-8")).substitute(values)
        for name in ("boundary.toml", "inventory.toml")
    }
    granular = json.dumps(hourly_certificates(plant), ensure_ascii=False, indent=1) + "\n"
    return {**texts, "certificates.csv": "".join(_certificates(plant)), "granular.json": granular}


def _certificates(plant: Works) -> list[str]:
    """Green certificates by the hour: the last but one is another firm's, the last one is claimed elsewhere."""
    lines = ["number,from,to,region,cancelled_for,cancelled_at,contract\n"]
    for number in range(1, CERTIFICATES + 1):
        begins = BEGINS + (number - 1) * DAY_S + 12 * HOUR_S
        entity = "Nanhe Forging" if number == CERTIFICATES - 1 else BORROWER
        cancelled = _iso(plant.ends + 20 * DAY_S)
        lines.append(f"GEC-2025-{number:04},{_iso(begins)},{_iso(begins + HOUR_S)},CN,{entity},{cancelled},GP-2025-7\n")
    return lines


def hourly_certificates(plant: Works) -> dict[str, Any]:
    """Granular certificates of a solar park elsewhere (分时绿证), an hour of each day, cancelled for the works."""
    bundles, cancellations = [], []
    for number, begins in enumerate(range(plant.begins + GRANULAR_HOUR * HOUR_S, plant.ends, DAY_S), 1):
        issuance, first = f"00000000-0000-4000-8000-{number:012}", number * 1_000
        last = first + GRANULAR_KWH - 1
        bundles.append(
            {
                "issuance_id": issuance,
                "certificate_bundle_id_range_start": first,
                "certificate_bundle_id_range_end": last,
                "bundle_quantity": GRANULAR_KWH,
                "face_value": 1_000,
                "certificate_bundle_status": "Cancelled",
                "energy_carrier": "Electricity",
                "energy_source": "Solar",
                "id": "7c1b8a52-31f4-4a6e-9d0e-0f5a5c1e2b3d",
                "device_name": "park at Zhangbei",
                "device_technology_type": "Solar PV",
                "device_type": "Production",
                "device_capacity": 50_000_000,
                "device_location": [41.15, 114.7],
                "device_production_start_date": "2021-05-01",
                "production_starting_interval": _iso(begins),
                "production_ending_interval": _iso(begins + HOUR_S),
                "issuance_datestamp": _iso(begins + DAY_S)[:10],
                "expiry_datestamp": _iso(plant.ends + 700 * DAY_S)[:10],
                "issuance_post_energy_carrier_conversion": False,
                "country_of_issuance": "CN",
                "issue_market_zone": "CN-HE",
                "connected_grid_identification": "CN-grid:华北",
                "issuing_body": "a registry of granular certificates",
                "registry_configuration": 1,
            }
        )
        cancellations.append(
            {
                "source_id": f"00000000-0000-4000-9000-{number:012}",
                "source_certificate_issuance_id": issuance,
                "source_certificate_certificate_bundle_id_range_start": first,
                "source_certificate_certificate_bundle_id_range_end": last,
                "beneficiary": BORROWER,
                "action_completed_datetime": _iso(plant.ends + 20 * DAY_S),
            }
        )
    return {"format": "tallystick granular certificates 1", "bundles": bundles, "cancellations": cancellations}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, SITE_TIME.zone).isoformat()
