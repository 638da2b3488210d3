"""The works of the plays: its plant, what its devices signed, and what a reviewer is told of it.

Everything is what it is in the field: devices sign, a gateway logs, a chain takes heads, a reader verifies, a report is
made. Plays and what is read of them are remembered; what is read without a check is remembered apart.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from unittest import mock

from tally_chain import bundle as bundles
from tally_chain.findings import Severity
from tally_chain.policy import Accept
from tally_chain.verify.verifier import Examined, examine
from tally_edge.errors import TallyError
from tally_finance.report import folder, inventory_file
from tally_finance.report.making import Report, report_of
from tally_sim.plant.injection import Injection as Physical
from tally_sim.plant.interface import Happening, Instrument
from tally_sim.plant.opening import SimulatedPlant, open_plant
from tally_trial.injection import Injection
from tally_trial.plants import BEGINS, hidden_of
from tally_trial.play import Played, play
from tally_trial.reading import BY_DESIGN
from tally_trial.scene import DAY_S, Scene, look_at
from tests.finance.cheats.instruments import CoalScale, Laboratory, covering
from tests.finance.cheats.sheets import Sheets

PROFILE = Path(__file__).with_name("works.toml")
DAYS = 59
ENDS = BEGINS + DAYS * DAY_S
FEBRUARY = BEGINS + 31 * DAY_S
SEED = 5
PLAIN = Sheets()

VERIFY = "tallystick verify"
GATEWAY = "gateway"
CHAIN = "anchor"
REPORT = "footprint report"
CHECK = "footprint report, check"
"""Where a reviewer is told: commands of docs/commands.md, those after the first of `tallystick finance`."""


@dataclass(frozen=True)
class Said:
    """Something that a reviewer is told: where, and the name of it."""

    where: str
    name: str


@dataclass
class Works:
    """The plant of the profile with a belt scale and a laboratory: see tally_sim.plant.interface.Plant."""

    plant: SimulatedPlant
    instruments: Mapping[str, Instrument]
    name: str = "works"
    begins: int = BEGINS
    ends: int = ENDS
    stocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    happenings: Sequence[Happening] = ()

    def truth(self, at: int) -> Mapping[str, object]:
        return self.plant.truth(at)


Cover = Callable[[Mapping[str, Instrument]], Sequence[Instrument]]
"""What stands between instruments and their reader, of the instruments."""


@cache
def plant(*physical: Physical) -> Works:
    """The works with what was done to its meters."""
    opened = open_plant(PROFILE, SEED, BEGINS, DAYS, attacks=physical)
    charged = cache(lambda at: opened.truth(at)["charged/rolling_kg"])
    instruments = covering(opened.instruments, CoalScale(charged), Laboratory(BEGINS))
    return Works(opened, instruments, happenings=opened.happenings)


@cache
def scene(*physical: Physical, cover: Cover | None = None) -> Scene:
    """The works as its instruments show it."""
    works = plant(*physical)
    if cover is not None:
        works = replace(works, instruments=covering(works.instruments, *cover(works.instruments)))
    return look_at(works, SEED, hidden_of(works.plant))


@dataclass(frozen=True, eq=False)
class Seen:
    """A play, and what is remembered of it by who it is."""

    played: Played


@cache
def played(
    *physical: Physical, cover: Cover | None = None, injected: Callable[[Scene], Injection] | None = None
) -> Seen:
    """Everything signed, logged and anchored; the same for the same arguments."""
    shown = scene(*physical, cover=cover)
    return Seen(play(shown, [] if injected is None else [injected(shown)]))


_TAKEN_OUT = ContextVar("taken out", default="")
"""The check that is taken out now; what is read then is remembered apart."""


@contextmanager
def without(target: str, instead: object) -> Iterator[None]:
    """Read with another thing in place of a check."""
    token = _TAKEN_OUT.set(target)
    try:
        with mock.patch(target, instead):
            yield
    finally:
        _TAKEN_OUT.reset(token)


def examined(one: Seen, *, by_hand: bool = False) -> Examined:
    """The bundle, verified under the reader's policy."""
    taken_out = _TAKEN_OUT.get()
    return _examined(one, by_hand, taken_out if taken_out.startswith("tally_chain") else "")


@cache
def _examined(one: Seen, by_hand: bool, _: str) -> Examined:
    shown = one.played
    policy = replace(shown.policy, accept=Accept(simulated=True, by_hand=by_hand))
    return examine(shown.bundle, policy, now=shown.now)


def report(one: Seen, sheets: Sheets = PLAIN, *, by_hand: bool = False) -> Report:
    """The report. Raises TallyError where there is none."""
    return _report(one, sheets, by_hand, _TAKEN_OUT.get())


@cache
def _report(one: Seen, sheets: Sheets, by_hand: bool, _: str) -> Report:
    return _made(one, examined(one, by_hand=by_hand), sheets)


def _made(one: Seen, found: Examined, sheets: Sheets) -> Report:
    with tempfile.TemporaryDirectory() as made:
        file = sheets.write(Path(made))
        inventory = inventory_file.load(file)
        inputs = folder.inputs_of(inventory, file)
    return report_of(
        found, inventory, inputs.boundary, inputs.registry, (sha256(bundles.encode(one.played.bundle)).digest(),)
    )


def told(one: Seen, sheets: Sheets = PLAIN) -> frozenset[Said]:
    """Everything that a reviewer is told against it; nothing of honest people."""
    said = {*_verified(examined(one)), *_answered(one.played)}
    try:
        return frozenset(said | of_report(report(one, sheets)))
    except TallyError as error:
        return frozenset({*said, Said(REPORT, type(error).__name__)})


@cache
def honest() -> frozenset[Said]:
    """What a reviewer is told of the works where nobody cheats."""
    return told(played())


def of_report(made: Report) -> set[Said]:
    """Remarks, checks that were made and do not hold, and marks that are not there for every report of the works."""
    document = json.loads(made.encode())
    said = {Said(REPORT, one["name"]) for one in document["remarks"]}
    said |= {Said(CHECK, one["kind"]) for one in document["checks"] if one["made"] and not one["holds"]}
    return said


def _verified(found: Examined) -> set[Said]:
    return {
        Said(VERIFY, one.code.name)
        for one in found.verdict.findings
        if one.severity is not Severity.NOTE and one.code.name not in BY_DESIGN
    }


def _answered(one: Played) -> set[Said]:
    """What the gateway refused or did not log again, and whether the chain refused a head."""
    said = {Said(GATEWAY, each.reason.name.lower().replace("_", "-")) for each in one.taken if each.reason is not None}
    said |= {Said(GATEWAY, "counted-once") for each in one.taken if each.duplicate}
    return said | ({Said(CHAIN, "not-consistent")} if one.stage.chain.refused else set())
