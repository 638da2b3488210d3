"""Quantities as people write them, with their unit, exactly. No IO."""

from __future__ import annotations

import re
from typing import Final

HOW: Final = "a quantity with its unit, to whole grams: 12.5t, 12500kg or 12g"
_QUANTITY: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6}))?(t|kg|g)")
_PLACES: Final = {"t": 6, "kg": 3, "g": 0}


def grams_of(text: str) -> int:
    """Whole grams. Raises ValueError."""
    found = _QUANTITY.fullmatch(text)
    places = found[2] or "" if found else ""
    if found is None or len(places) > _PLACES[found[3]]:
        raise ValueError(f"{text!r} is not {HOW}")
    return int(found[1] + places.ljust(_PLACES[found[3]], "0"))
