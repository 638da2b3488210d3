"""How well a quantity is known. No IO."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

States: TypeAlias = npt.NDArray[np.int8]


@unique
class State(IntEnum):
    """What a quantity over an interval rests on, best first."""

    MEASURED = 0
    BRIDGED = 1
    ESTIMATED = 2
    MISSING = 3

    @property
    def chinese(self) -> str:
        """For people."""
        return _CHINESE[self]

    @property
    def word(self) -> str:
        """As documents write it."""
        return self.name.lower()


MEASURED: Final = np.int8(State.MEASURED)
"""Registers at both ends, no further apart than the cadence allows."""
BRIDGED: Final = np.int8(State.BRIDGED)
"""Registers at both ends, far apart: the quantity is measured, its course in time is not."""
ESTIMATED: Final = np.int8(State.ESTIMATED)
"""No registers: what can have passed at most."""
MISSING: Final = np.int8(State.MISSING)
"""No registers, and nothing bounds what passed."""

_CHINESE: Final = {
    State.MEASURED: "实测",
    State.BRIDGED: "由表底补足",
    State.ESTIMATED: "按物理上限估计",
    State.MISSING: "缺失",
}
