"""The units that readings may carry, by SenML registry. Verdict-critical: no IO."""

from __future__ import annotations

from typing import Final

PRIMARY_UNITS: Final = frozenset(
    {"kg", "m3", "J", "W", "Cel", "/", "count", "m", "%RH", "l", "V", "A", "Pa", "m3/s", "EL%"}
)
"""RFC 8428's registry of units."""

SECONDARY_UNITS: Final = frozenset({"kWh", "Wh", "MWh", "kW", "kvarh", "varh", "t", "min", "h", "km", "mm", "hPa"})
"""RFC 8798's registry. MWh and t are not in it; who knows them by this list reads them as the SI brochure does."""
