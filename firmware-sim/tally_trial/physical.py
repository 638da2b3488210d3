"""Faults and attacks that the plant plays by itself: what its instruments show is already wrong.

Here stands only what catches each of them; what they do, and the fraud they stand for, the plant says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tally_finance.plausibility import site
from tally_sim.plant.attacks import ATTACKS
from tally_sim.plant.faults import FAULTS
from tally_trial.injection import DOUBT, EVER, NOTHING, Kind, add

BACKWARDS: Final = frozenset({"REGISTER_BACKWARDS", "RESET", "OUT_OF_RANGE"})
STATISTICAL: Final = frozenset(DOUBT + name for name in site.STATISTICAL)

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
ALSO: Final[dict[str, Mapping[str, str]]] = {
    "stones": {"plausible:count-balance": "copies of tags that lie there pass the gate, and the hall counts them once"},
    "moved-sensor": {
        "plausible:mass-balance": "the level of another pile is held against what was weighed for this one"
    },
}
LEARNS: Final[dict[str, frozenset[str]]] = {
    "drift": STATISTICAL,
    "wrong-ratio": STATISTICAL,
    "magnet": STATISTICAL,
    "bypass": STATISTICAL,
    "test-stand": frozenset({"plausible:too-even"}) | STATISTICAL,
    "stones": frozenset({"plausible:mass-balance"}),
    "night-drive": frozenset({"plausible:mass-balance"}),
}
UPWARDS: Final = frozenset({"bypass"})
"""What goes round a meter goes round those above it."""

EARLY_S: Final = {"two-names": EVER}
"""The second name is there from the first day on."""

LATE_S: Final = {"two-names": EVER, "calibration-expiry": EVER}
"""Nobody renews the certificate."""

LIMIT: Final[dict[str, str]] = {
    "frozen": "a counter that hangs while next to nothing flows misses next to nothing, and does not leap afterwards",
    "test-stand": "a stand whose load is but a few of the register's last digits looks like a machine that idles",
    "drift": "a drift inside the meter's class, or slower than the baseline learns, looks like the plant's own change",
}
HIDDEN: Final = frozenset({"swap"})
"""Exchanges that nobody is told of."""


def _add(name: str, kind: str, stands_for: str) -> None:
    add(
        Kind(
            name=name,
            kind=kind,
            stands_for=stands_for,
            caught_by=CAUGHT_BY.get(name, frozenset()),
            also=ALSO.get(name, NOTHING),
            limit=LIMIT.get(name, ""),
            early_s=EARLY_S.get(name, 0),
            late_s=LATE_S.get(name, 0),
            upwards=name in UPWARDS,
            learns=LEARNS.get(name, frozenset()),
        )
    )


for _name, _fault in FAULTS.items():
    _add(_name, "fault", _fault.help[0].upper() + _fault.help[1:] + ".")
for _name, _attack in ATTACKS.items():
    _add(_name, "attack", _attack.fraud or _attack.help)
