"""A plant that has not run yet: what faults and attacks may change of it. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_sim.plant.draws import Draws
from tally_sim.plant.profile import Profile
from tally_sim.plant.tampering import Tampering, Theft, Trick


@dataclass
class Preparation:
    """A profile, a seed, a span (Unix seconds), and what will happen to meters and goods."""

    profile: Profile
    draws: Draws
    begins: int
    ends: int
    tampering: dict[str, Tampering] = field(default_factory=dict)
    tricks: list[Trick] = field(default_factory=list)
    thefts: list[Theft] = field(default_factory=list)

    def on(self, meter: str) -> Tampering:
        """What happens to the instrument of that name."""
        return self.tampering.setdefault(meter, Tampering())
