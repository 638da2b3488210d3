"""What an aggregator counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_chain.errors import HeadRefusal


@dataclass(slots=True)
class HeadCounters:
    """Counted since the service started."""

    taken: int = 0
    repeated: int = 0
    refused: dict[HeadRefusal, int] = field(default_factory=dict)
