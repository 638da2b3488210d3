"""Where the ends of an interval open down to: a reading, a settlement, or what the authority stated. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tally_finance.quantity.evidence import Source

NOWHERE: Final = -1
"""The number of an end that nobody read: the edge of a period."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources by number: 0 and more are what devices said, -2 and less what an authority stated."""

    said: Sequence[Source]
    stated: Sequence[Source] = ()

    def of(self, number: int) -> Source | None:
        """The source with a number, None for NOWHERE."""
        if number == NOWHERE:
            return None
        return self.said[number] if number >= 0 else self.stated[NOWHERE - 1 - number]


def number_of_stated(position: int) -> int:
    """The number of what stands at a position of `Sources.stated`."""
    return NOWHERE - 1 - position
