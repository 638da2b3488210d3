"""kill -9 of gateway, agent and broker at random moments, while meters run: the whole account must come out even.

One world lives on through all rounds; every victim is started again at once, perhaps to be killed before it is ready.
At the end the world is let go on until nothing waits any more, and the oracle goes through every file.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tally_chain import note
from tally_chain.verify.figures import Basis
from tally_edge import statement, wire
from tally_edge.agent import outbox_tables
from tally_edge.device import Boundary, Gap, Settlement
from tally_edge.statement import Kind
from tally_gateway.tls import TlsFiles
from tests.mosquitto import Mosquitto, broker_program
from tests.system import reading
from tests.system.command import independent_check, tallystick
from tests.system.observer import OBSERVER, OBSERVER_PASSWORD, Observer, WatchedMosquitto
from tests.system.oracle import Seen, Tally, box_of, entries_of, judge, write_log
from tests.system.plant import AGENT, AGENT_PASSWORD, Plant, meters, site, wait_until

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("TALLYSTICK_KILL_ROUNDS", "20"))
SEED = int(os.environ.get("TALLYSTICK_SEED", str(int.from_bytes(os.urandom(4), "big"))))
SETTLED_S = 90.0
"""How long a round waits for the victim to work again, where it does wait."""
DRAIN_S = 90.0
PATIENT = 0.7
"""How many rounds wait until the log grows; the others kill again what has hardly started."""
UNDISTURBED = 3
"""How many statements each metering point signs before the first round: seconds without a gap, which the verdict on
the longest quiet stretch needs even where a single round lasts until the end."""
LONG_AWAY = 0.25
"""How often a victim stays away for longer than a cadence, so that a gap must be declared."""


@dataclass
class Kills:
    """How often each was killed, and how often while it was still starting."""

    by_victim: dict[str, int] = field(default_factory=dict)
    early: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(self.by_victim.items())) + f"; {self.early} early"


def one_round(plant: Plant, chance: random.Random, kills: Kills) -> None:
    """Kill one at a random moment and start it again; mostly wait then until the log grows."""
    victim = chance.choice(["gateway", "agent", *(["broker"] if plant.broker is not None else [])])
    time.sleep(chance.random() * 0.8)
    if victim == "gateway" and not plant.is_ready():
        kills.early += 1
    kill(plant, victim)
    time.sleep(1 + 2 * chance.random() if chance.random() < LONG_AWAY else chance.random() * 0.2)
    start(plant, victim)
    kills.by_victim[victim] = kills.by_victim.get(victim, 0) + 1
    if chance.random() < PATIENT:
        for _ in range(2):
            before = published_size(plant)
            wait_until(lambda b=before: published_size(plant) > b, f"growth after {victim} was killed", SETTLED_S)  # type: ignore[misc]


def kill(plant: Plant, victim: str) -> None:
    """SIGKILL."""
    if victim == "broker":
        assert plant.broker is not None
        plant.broker.kill()
    else:
        plant.kill(victim)


def start(plant: Plant, victim: str) -> None:
    """Start it again; nobody waits for it, but the port of a broker must be open for the observer."""
    if victim == "broker":
        assert plant.broker is not None
        plant.broker.start()
    elif victim == "gateway":
        plant.start_gateway(wait=False)
    else:
        plant.start_agent()


def published_size(plant: Plant) -> int:
    """The size in the checkpoint that is published now."""
    return int((plant.settings.folder / "log" / "checkpoint").read_text().splitlines()[1])


def drain(plant: Plant) -> None:
    """Let everything that was signed arrive, close the meters, and end in order."""
    wait_until(plant.is_ready, "gateway that is ready", SETTLED_S)
    assert tallystick("edge", "settle", "--config", plant.edge_settings).code == 0
    agent = plant.agent
    assert agent is not None
    agent.stop()
    plant.start_agent()  # what is "sent" is known in memory alone: a fresh start sends all that waits, at once
    wait_until(lambda: is_closed(plant) and plant.is_drained(), "drained outbox", DRAIN_S)
    plant.stop()


def is_closed(plant: Plant) -> bool:
    """Whether every metering point has said its last."""
    settled = [wire.decode(Settlement, statement.decode(encoded).payload) for encoded in settlements_of(plant)]
    closings = [one for one in settled if one.boundary is Boundary.CLOSING]
    return len(closings) == len(plant.site.points)


def settlements_of(plant: Plant) -> list[bytes]:
    """The settlements in the outbox."""
    database = outbox_tables.connect_to_look(plant.folders.edge / "outbox")
    try:
        query = "SELECT encoded FROM entry WHERE kind = ?"
        return [bytes(encoded) for (encoded,) in database.execute(query, (Kind.SETTLEMENT.value,))]
    finally:
        database.close()


def account(plant: Plant, log: Path, seen: Seen) -> Tally:
    """The oracle's account of a log folder of this plant."""
    opened = plant.opened()
    vkey = note.verifier_key_of(plant.settings.gateway.origin, opened.checkpoint)
    return judge(log, box_of(plant.folders.edge / "outbox"), seen, vkey, opened.proof.public_key)


def check_oracle(plant: Plant, seen: Seen, tmp_path: Path) -> None:
    """The oracle must object to a log from which one entry was taken, and to one that holds one twice.

    The forger here has the gateway's key: the checkpoint fits the forged entries.
    """
    kid = plant.people.device.public_key.kid
    log = plant.settings.folder / "log"
    head, _, entries = entries_of(log)
    opened = plant.opened()
    own = [index for index, entry in enumerate(entries) if kid in entry]
    victim = own[len(own) // 2]
    for name, forged in (
        ("removed", entries[:victim] + entries[victim + 1 :]),
        ("doubled", [*entries, entries[victim]]),
    ):
        copied = tmp_path / name
        shutil.copytree(log, copied)
        shutil.rmtree(copied / "tile")
        write_log(copied, head.origin, forged, opened.checkpoint)
        told = account(plant, copied, seen)
        assert told.faults, f"the oracle passes a log with an entry {name}"
        assert (told.lost if name == "removed" else told.doubled) > 0, told


def check_verdict(plant: Plant) -> str:
    """A reader of the full bundle: complete where nothing was declared, bridged where the device declared a gap."""
    entries = reading.statements_of(plant.settings.folder)
    gaps = reading.gaps_of(entries)
    span = reading.settled_span(entries)
    verdict = reading.read(plant, span)
    assert verdict.holds, [str(finding) for finding in verdict.findings]
    assert {figure.point for figure in verdict.figures} == {point.uri for point in plant.site.points}
    for figure in verdict.figures:
        declared = any(gap.after < span[1] and gap.before > span[0] for gap in gaps.get(figure.point, []))
        assert figure.basis in ((Basis.BRIDGED, Basis.COMPLETE) if declared else (Basis.COMPLETE,)), figure
        if figure.basis is Basis.BRIDGED:
            assert declared
    quiet = longest_quiet(span, [gap for of_point in gaps.values() for gap in of_point])
    assert quiet[1] > quiet[0], gaps
    undisturbed = reading.read(plant, quiet)
    assert undisturbed.holds, [str(finding) for finding in undisturbed.findings]
    assert {figure.basis for figure in undisturbed.figures} == {Basis.COMPLETE}, undisturbed.figures
    complete = sum(figure.basis is Basis.COMPLETE for figure in verdict.figures)
    return f"{complete} of {len(verdict.figures)} registers complete, the others bridged over declared gaps"


def longest_quiet(span: tuple[int, int], gaps: list[Gap]) -> tuple[int, int]:
    """The longest stretch of `span` in which no metering point declared a gap."""
    edges = [(span[0], span[0]), *sorted((gap.after, gap.before) for gap in gaps), (span[1], span[1])]
    best, reached = (span[0], span[0]), span[0]
    for after, before in edges:
        if after - reached > best[1] - best[0]:
            best = (reached, after)
        reached = max(reached, before)
    return best


@pytest.mark.mosquitto
@pytest.mark.parametrize("way", ["listener", "paho", "aiomqtt"])
def test_nothing_is_lost_or_doubled_whatever_is_killed(way: str, tmp_path: Path, tls_files: TlsFiles) -> None:
    rounds = ROUNDS // 3 + (ROUNDS % 3 if way == "listener" else 0)
    chance = random.Random(f"{SEED} {way}")
    print(f"\nseed {SEED}, {way}, {rounds} rounds")
    broker: Mosquitto | None = None
    if way != "listener":
        program = broker_program()
        if program is None:
            pytest.skip("Mosquitto is not installed: it is the Debian package mosquitto")
        (tmp_path / "broker").mkdir()
        broker = WatchedMosquitto(program, tmp_path / "broker", tls_files)
        broker.add_user(AGENT, AGENT_PASSWORD)
        broker.add_user(OBSERVER, OBSERVER_PASSWORD)
        broker.start()
    now = int(time.time())
    plant = Plant(
        tmp_path / "plant",
        site(meters(20, 8, cadence_s=1, pack_readings=2), now - 60, now + 86_400),
        broker,
        anchored=way == "listener",
        library=way if broker is not None else "paho",
    )
    kills = Kills()
    try:
        plant.start_gateway()
        plant.state_site()
        plant.start_agent()
        wait_until(lambda: plant.has_signed(UNDISTURBED * len(plant.site.points)), "life")
        with Observer(plant) as observer:
            for _ in range(rounds):
                one_round(plant, chance, kills)
            drain(plant)
    finally:
        plant.stop()
        if broker is not None:
            broker.kill()
    tally = account(plant, plant.settings.folder / "log", observer.seen)
    print(f"{way}: {rounds} rounds, kills: {kills}\n{way}: {tally}")
    assert not tally.faults, tally.faults
    assert (tally.waiting, tally.lost, tally.doubled, tally.forked) == (0, 0, 0, 0)
    assert tally.confirmed == tally.signed == tally.logged
    assert tally.heads > rounds // 2
    assert tally.signed > 10 * rounds
    assert not plant.look().dead
    check_oracle(plant, observer.seen, tmp_path)
    print(f"{way}: {check_verdict(plant)}; {independent_check(plant.settings.folder / 'log')}")
