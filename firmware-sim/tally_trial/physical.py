"""Faults and attacks that the plant plays by itself: what its instruments show is already wrong.

Here stands only what catches each of them; what they do, and the fraud they stand for, the plant says.
"""

from __future__ import annotations

from typing import Final

from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_trial.injection import Kind, add

BACKWARDS: Final = frozenset({"REGISTER_BACKWARDS", "RESET", "OUT_OF_RANGE"})
STATISTICAL: Final = frozenset({"plausible:parent-balance", "plausible:energy-per-output"})

CAUGHT_BY: Final[dict[str, frozenset[str]]] = {
    "drift": STATISTICAL,
    "rollover": frozenset({"ROLLOVER"}),
    "reset": frozenset({"RESET", "REGISTER_BACKWARDS"}),
    "frozen": frozenset({"plausible:frozen"}) | STATISTICAL,
    "wrong-ratio": STATISTICAL,
    "meter-exchange": frozenset({"EXCHANGE"}),
    "calibration-expiry": frozenset({"CALIBRATION_EXPIRED"}),
    "dropout": frozenset({"DECLARED_GAP"}),
    "magnet": STATISTICAL,
    "bypass": STATISTICAL,
    "swap": BACKWARDS,
    "test-stand": frozenset({"plausible:too-even"}) | STATISTICAL | BACKWARDS,
    "stones": frozenset({"plausible:mass-per-serial", "plausible:serial-twice", "plausible:mass-balance"}),
    "night-drive": frozenset({"plausible:count-balance", "plausible:mass-balance"}),
    "moved-sensor": frozenset({"plausible:serial-twice", "plausible:same-series", "plausible:count-balance"}),
    "two-names": frozenset({"plausible:serial-twice", "plausible:same-series"}),
}
ALSO: Final[dict[str, frozenset[str]]] = {
    "dropout": frozenset({"SHORT_OF_PERIOD", "NO_SETTLEMENT"}),
    "swap": STATISTICAL,
    "moved-sensor": frozenset({"plausible:mass-balance"}),
    "stones": frozenset({"plausible:count-balance"}),
    "meter-exchange": STATISTICAL,
}
LIMIT: Final[dict[str, str]] = {
    "frozen": "a counter that hangs while next to nothing flows misses next to nothing, and does not leap afterwards",
    "test-stand": "a stand whose load is but a few of the register's last digits looks like a machine that idles",
    "drift": "a drift inside the meter's class, or slower than the baseline learns, looks like the plant's own change",
}
HIDDEN: Final = frozenset({"swap"})
"""Exchanges that nobody is told of."""

for _name, _fault in FAULTS.items():
    add(
        Kind(
            _name,
            "fault",
            _fault.help[0].upper() + _fault.help[1:] + ".",
            CAUGHT_BY.get(_name, frozenset()),
            ALSO.get(_name, frozenset()),
            LIMIT.get(_name, ""),
            None,
        )
    )
for _name, _attack in ATTACKS.items():
    add(
        Kind(
            _name,
            "attack",
            _attack.fraud or _attack.help,
            CAUGHT_BY.get(_name, frozenset()),
            ALSO.get(_name, frozenset()),
            LIMIT.get(_name, ""),
            None,
        )
    )
