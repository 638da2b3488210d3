"""Granular certificates for tests: bundles and their cancellations as a registry has them."""

from __future__ import annotations

from typing import Any

from tally_finance.footprint.granular import HOUR_S, Bundle, Cancellation
from tests.finance.footprint.examples import YEAR

GRID = "CN-grid:华东"
DAY_S = 24 * HOUR_S


def bundle(hour: int, kwh: int, *, device: str = "sun", start: int = YEAR[0], **changes: Any) -> Bundle:
    """So many kWh of one hour, counted from `start`; every device and hour has an issuance of its own."""
    usual: dict[str, Any] = {
        "issuance": f"{device}-{hour}",
        "first": 1,
        "last": kwh,
        "quantity": kwh,
        "face_wh": 1000,
        "status": "Cancelled",
        "device": device,
        "capacity_w": 1_000_000,
        "source": "Solar",
        "carrier": "Electricity",
        "from_at": start + hour * HOUR_S,
        "to_at": start + (hour + 1) * HOUR_S,
        "issued_at": start,
        "expires_at": start + 3 * 365 * DAY_S,
        "grid": GRID,
        "regions": ("CN-JS", "CN"),
        "converted": False,
        "stored": False,
        "emission": None,
    }
    return Bundle(**{**usual, **changes})


def cancelled(one: Bundle, **changes: Any) -> Cancellation:
    """The cancellation of a whole bundle for the mill."""
    usual: dict[str, Any] = {
        "issuance": one.issuance,
        "first": one.first,
        "last": one.last,
        "at": YEAR[1],
        "beneficiary": "mill",
    }
    return Cancellation(**{**usual, **changes})
