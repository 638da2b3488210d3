"""`tallystick sim run`: one play with everything left in a folder, and the ledger of what caught what.

    DIR/gateway       the log as the gateway keeps it, written by the gateway's own writer
    DIR/bundle.tally  what the reader gets, attacks and all
    DIR/policy.toml   whom the reader trusts: `tallystick verify DIR/bundle.tally --policy DIR/policy.toml`
    DIR/truth.json    what really happened, from profile and seed alone
    DIR/ledger.json   which event was caught by which finding
    DIR/plot.svg      the run as a picture

The same profile, seed, days, faults and attacks give the same bytes in every one of these files but the gateway's
database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_chain import bundle as bundles
from tally_chain import policy_text
from tally_edge import durable, text_table
from tally_gateway.demo.terminal import Terminal
from tally_sim.plant.interface import Happening, Plant
from tally_trial import kinds, lanes, plants
from tally_trial.chart import Chart, Marked
from tally_trial.folder import left_whole
from tally_trial.injection import KINDS, Kind
from tally_trial.ledger import Ledger, Line, ledger_of
from tally_trial.log_keeping import FolderLog
from tally_trial.outlook import outlook_of
from tally_trial.parties import ORIGIN, Parties
from tally_trial.play import PREPARED_S, play
from tally_trial.reading import Found, Read, read
from tally_trial.scene import DAY_S, Scene


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run."""

    profile: str
    seed: int
    days: int
    faults: tuple[str, ...] = ()
    attacks: tuple[str, ...] = ()

    def kinds(self) -> list[Kind]:
        """Raises TrialUsageError for a name that is none."""
        return [*kinds.chosen(self.faults, "fault"), *kinds.chosen(self.attacks, "attack")]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    asked: Asked
    scene: Scene
    happenings: tuple[Happening, ...]
    read: Read
    ledger: Ledger

    @property
    def in_order(self) -> bool:
        """Whether every event that can be caught was judged and caught, and nothing else was found."""
        return not (any(line.missed or line.not_judged for line in self.ledger.lines) or self.ledger.false_alarms)


def run(asked: Asked, folder: Path, terminal: Terminal) -> Outcome:
    """Run it in `folder`, which is empty or not there, and is left so where the run fails. Raises TrialUsageError."""
    chosen = asked.kinds()
    plants.loaded(asked.profile, _physical(chosen))
    with left_whole(folder):
        return _run(asked, chosen, folder, terminal)


def _run(asked: Asked, chosen: Sequence[Kind], folder: Path, terminal: Terminal) -> Outcome:
    say = terminal.say
    say(f"{asked.profile}, seed {asked.seed}, {asked.days} days: the plant runs")
    plant, scene = plants.stage(asked.profile, asked.seed, asked.days, _physical(chosen))
    injections = kinds.injections(chosen, scene)
    say(f"{len(scene.polled)} instruments speak; devices sign, the gateway logs")
    parties = Parties(scene.seed)
    log = FolderLog(folder / "gateway", ORIGIN, parties.checkpoint, parties.proof, scene.begins - PREPARED_S)
    try:
        played = play(scene, injections, log, lambda done, whole: terminal.progress("days", done, whole))
    finally:
        log.close()
    say("the reader verifies and weighs")
    site = plants.site_of(plant.profile)
    what_was_read = read(played, site)
    happenings = (*scene.happenings, *(injection.happening for injection in injections))
    ledger = ledger_of(happenings, what_was_read.found, outlook_of(scene, site))
    outcome = Outcome(asked, scene, happenings, what_was_read, ledger)
    say("writing bundle, policy, truth, ledger and plot")
    durable.write_file(folder / "bundle.tally", bundles.encode(played.bundle))
    durable.write_file(folder / "policy.toml", policy_text.write(played.policy).encode())
    durable.write_file(folder / "truth.json", _json(truth(outcome, plant)))
    durable.write_file(folder / "ledger.json", _json(told(outcome)))
    drafts = {name: list(polled.drafts) for name, polled in scene.polled.items()}
    for injection in kinds.injections(chosen, scene):
        injection.drafts(drafts)
    chart = Chart(
        title=f"{asked.profile}, seed {asked.seed}",
        subtitle=f"{asked.days} days; what was signed (blue), what really was (grey, dashed), silence (black)",
        begins=scene.begins,
        ends=scene.ends,
        lanes=lanes.lanes_of(scene, drafts, plant),
        marked=[_marked(line, plant) for line in outcome.ledger.lines],
    )
    durable.write_file(folder / "plot.svg", chart.render().encode())
    return outcome


def _marked(line: Line, plant: Plant) -> Marked:
    where = line.happening.where
    about = frozenset({where, *plant.stocks.get(where, ())}) if where else frozenset[str]()
    return Marked(line.happening, KINDS[line.happening.name].kind, verdict_on(line), about)


def _physical(chosen: Sequence[Kind]) -> list[str]:
    """What the plant plays by itself."""
    return [kind.name for kind in chosen if kind.make is None]


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def truth(outcome: Outcome, plant: Plant) -> dict[str, Any]:
    """What really happened, and what really was at every midnight; exact numbers as text."""
    scene = outcome.scene
    times = [*range(scene.begins, scene.ends, DAY_S), scene.ends]
    return {
        **asdict(outcome.asked),
        "begins": scene.begins,
        "ends": scene.ends,
        "happenings": [asdict(happening) for happening in outcome.happenings],
        "truth": {str(at): _texts(plant.truth(at)) for at in times},
    }


def _texts(values: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{value:f}" for name, value in sorted(values.items())}


def told(outcome: Outcome) -> dict[str, Any]:
    """The ledger for scripts."""
    return {
        **asdict(outcome.asked),
        "holds": outcome.read.verdict.holds,
        "events": [
            {
                **asdict(line.happening),
                "kind": KINDS[line.happening.name].kind,
                "caught": line.caught,
                "caught_by": _told(line.caught_by),
                "also": _told(line.also),
                "not_judged": line.not_judged,
                "limit": line.limit,
            }
            for line in outcome.ledger.lines
        ],
        "false_alarms": _told(outcome.ledger.false_alarms),
    }


def _told(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [{**asdict(one), "places": sorted(one.places)} for one in found]


def verdict_on(line: Line) -> str:
    """In a few words: what caught it, why nobody can say whether it would have been, or that nothing did."""
    if line.caught:
        return "caught by " + ", ".join(dict.fromkeys(one.label for one in line.caught_by))
    if line.not_judged:
        return f"not judged: {line.not_judged}"
    return f"not caught: {line.limit}" if line.limit else "NOT CAUGHT"


def as_text(outcome: Outcome) -> list[str]:
    """The ledger for people."""
    holds = "holds" if outcome.read.verdict.holds else "does not hold"
    lines = [f"the evidence {holds}: {outcome.read.verdict.statements} statements read"]
    rows = [("event", "kind", "where", "what became of it")]
    rows += [
        (line.happening.name, KINDS[line.happening.name].kind, line.happening.where or "site", verdict_on(line))
        for line in outcome.ledger.lines
    ]
    lines += ["", *text_table.render(rows, rule=True)] if outcome.ledger.lines else ["nothing was injected"]
    alarms = list(dict.fromkeys((one.label, one.touches, one.sentence) for one in outcome.ledger.false_alarms))
    return [*lines, "", _summary(outcome, len(alarms)), *(f"  {label} [{at}] {said}" for label, at, said in alarms)]


def _summary(outcome: Outcome, alarms: int) -> str:
    """How many events had which end; false alarms, each counted once however often it was said."""
    of = outcome.ledger.lines
    counts = (
        (sum(line.caught for line in of), "caught"),
        (sum(bool(line.limit) for line in of), "that nothing can show"),
        (sum(bool(line.not_judged) for line in of), "not judged"),
        (sum(line.missed for line in of), "missed"),
    )
    ends = ", ".join(f"{count} {end}" for count, end in counts if count)
    said = f"false alarms: {alarms or 'none'}"
    return f"{ends}; {said}" if ends else said
