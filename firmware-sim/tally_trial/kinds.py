"""Every fault and attack that a trial knows: importing this module registers them."""

from __future__ import annotations

from collections.abc import Sequence

from tally_trial import (  # noqa: F401  each registers what it defines
    device_faults,
    enrolment_attacks,
    log_attacks,
    physical,
    statement_attacks,
)
from tally_trial.draws import Draws
from tally_trial.errors import TrialUsageError
from tally_trial.injection import KINDS, Injection, Kind
from tally_trial.scene import Scene


def of_kind(kind: str) -> list[Kind]:
    """The faults, or the attacks, by name."""
    return sorted((one for one in KINDS.values() if one.kind == kind), key=lambda one: one.name)


def chosen(names: Sequence[str], kind: str) -> list[Kind]:
    """The kinds of these names, in their order. Raises TrialUsageError naming what is none."""
    known = {one.name: one for one in of_kind(kind)}
    for name in names:
        if name not in known and name in KINDS:
            raise TrialUsageError(f"{name!r} is no {kind} but a {KINDS[name].kind}".replace("a attack", "an attack"))
        if name not in known:
            raise TrialUsageError(f"{name!r} is no {kind}; there are {', '.join(known)}")
    return [known[name] for name in names]


def injections(kinds: Sequence[Kind], scene: Scene) -> list[Injection]:
    """The injections of those that the plant does not play by itself."""
    return [kind.make(scene, Draws(scene.seed, kind.name)) for kind in kinds if kind.make is not None]
