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
from tally_trial.errors import TrialUsageError
from tally_trial.injection import KINDS, Kind
from tally_trial.ledger import Ledger, Line, ledger_of
from tally_trial.log_keeping import FolderLog
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
    def missed(self) -> list[Line]:
        """Events that something should have caught, and nothing did."""
        return [line for line in self.ledger.lines if not line.caught and not KINDS[line.happening.name].limit]


def run(asked: Asked, folder: Path, terminal: Terminal) -> Outcome:
    """Run it in `folder`, which is empty or not there. Raises TrialUsageError."""
    chosen, say = asked.kinds(), terminal.say
    _require_empty(folder)
    say(f"{asked.profile}, seed {asked.seed}, {asked.days} days: the plant runs")
    plant, scene = plants.stage(
        asked.profile, asked.seed, asked.days, [kind.name for kind in chosen if kind.make is None]
    )
    injections = kinds.injections(chosen, scene)
    say(f"{len(scene.polled)} instruments speak; devices sign, the gateway logs")
    durable.make_folder(folder)
    parties = Parties(scene.seed)
    log = FolderLog(folder / "gateway", ORIGIN, parties.checkpoint, parties.proof, scene.begins - PREPARED_S)
    try:
        played = play(scene, injections, log, lambda done, whole: terminal.progress("days", done, whole))
    finally:
        log.close()
    say("the reader verifies and weighs")
    what_was_read = read(played, plants.site_of(plant.profile))
    happenings = (*scene.happenings, *(injection.happening for injection in injections))
    outcome = Outcome(asked, scene, happenings, what_was_read, ledger_of(happenings, what_was_read.found))
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
        marked=[
            Marked(line.happening, KINDS[line.happening.name].kind, verdict_on(line)) for line in outcome.ledger.lines
        ],
    )
    durable.write_file(folder / "plot.svg", chart.render().encode())
    return outcome


def _require_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise TrialUsageError(f"{folder} is a file; name a folder")
    if folder.exists() and any(folder.iterdir()):
        raise TrialUsageError(f"{folder} is not empty; name another folder")


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
                "limit": KINDS[line.happening.name].limit,
            }
            for line in outcome.ledger.lines
        ],
        "false_alarms": _told(outcome.ledger.false_alarms),
    }


def _told(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


def verdict_on(line: Line) -> str:
    """In a few words: what caught it, or that nothing did."""
    if line.caught:
        return "caught by " + ", ".join(dict.fromkeys(one.label for one in line.caught_by))
    limit = KINDS[line.happening.name].limit
    return f"not caught: {limit}" if limit else "NOT CAUGHT"


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
    alarms = outcome.ledger.false_alarms
    lines += ["", f"false alarms: {len(alarms) or 'none'}"]
    lines += [f"  {one.label} [{one.touches}] {one.sentence}" for one in alarms]
    return lines
