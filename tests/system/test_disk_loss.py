"""The gateway's disk destroyed while its agent runs on: what is begun again, what is continued, what is put back.

Nothing that was confirmed is lost in silence: it comes back from the edge, or it stands in the old log below the head
that the successor names.
"""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain.findings import Code, Severity
from tally_chain.verify.figures import Basis
from tally_edge import statement, wire
from tally_edge.agent.outbox import EntryState
from tally_edge.log_opening import LogOpening
from tally_gateway import anchor_link, config
from tally_gateway.log.reader import LogReader
from tests.system import reading
from tests.system.command import independent_check, tallystick
from tests.system.oracle import box_of, entries_of
from tests.system.plant import ORIGIN, Plant, meters, site, wait_until

pytestmark = pytest.mark.slow

SUCCESSOR = "tallystick.example/plant/2"
ENOUGH = 30
STOPS_WITHIN_S = 150.0
"""The agent comes back after a wait that it draws, of two minutes at most (`UplinkSettings`); then it tells."""
LIVED_S = 8.0
"""How long a plant lives after the loss: the period that is read leaves five seconds out at its edges."""


@pytest.fixture
def plant(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Plant]:
    """A plant that runs: meters are read every second. Parametrised with whether heads are anchored."""
    now = int(time.time())
    made = Plant(
        tmp_path / "plant",
        site(meters(3, 1, cadence_s=1, pack_readings=2), now - 60, now + 86_400),
        anchored=bool(getattr(request, "param", True)),
    )
    try:
        made.start_gateway()
        made.state_site()
        made.start_agent()
        confirm_more(made, ENOUGH)
        yield made
    finally:
        made.stop()


def confirmed(plant: Plant) -> int:
    """How many statements are confirmed and kept; 0 before the agent has begun."""
    return plant.look().confirmed_kept if plant.has_signed(1) else 0


def confirm_more(plant: Plant, number: int) -> None:
    """Wait until so many more are confirmed."""
    before = confirmed(plant)
    wait_until(lambda: confirmed(plant) >= before + number, f"{number} more confirmations")


def destroy(plant: Plant) -> None:
    """kill -9, and the disk is gone. The agent runs on."""
    plant.kill("gateway")
    shutil.rmtree(plant.settings.folder)


def adopt(plant: Plant, origin: str) -> None:
    """Run what `replace` made: on the old ports, for the old authority, with tokens given out anew."""
    made = config.load(plant.settings.folder)
    old = plant.settings
    settings = dataclasses.replace(
        made,
        log=old.log,
        listener=old.listener,
        http=old.http,
        projection=old.projection,
        authorities=old.authorities,
        gateway=dataclasses.replace(old.gateway, origin=origin),
    )
    (settings.folder / config.FILE_NAME).write_text(config.render(settings))
    plant.settings = config.load(settings.folder)
    plant.entitle()
    plant.start_gateway()
    plant.state_again()
    agent = plant.agent
    assert agent is not None
    assert agent.code is None, agent.tail()
    agent.stop()
    plant.write_agent()  # other certificate, other token, other keys: a person points the agent to the new gateway
    plant.start_agent()


def settle_and_stop(plant: Plant) -> None:
    """Let everything arrive, then end in order."""
    wait_until(plant.is_drained, "drained outbox")
    plant.stop()


def logged_of(plant: Plant) -> list[bytes]:
    """The device's statements in the log, raw."""
    _, _, entries = entries_of(plant.settings.folder / "log")
    kid = plant.people.device.public_key.kid
    return [entry for entry in entries if statement.decode(entry).claims.kid == kid]


def expect_even(plant: Plant) -> None:
    """What the agent holds is in the log exactly once, or waits still: said while the agent ended."""
    logged = logged_of(plant)
    assert len(set(logged)) == len(logged)
    for encoded, state in box_of(plant.folders.edge / "outbox").entries.values():
        assert encoded in logged or state is EntryState.WAITING
        assert state is not EntryState.DEAD


@pytest.mark.parametrize("plant", [False], indirect=True)
def test_a_log_that_was_never_anchored_is_refilled_from_the_edge(plant: Plant) -> None:
    before = box_of(plant.folders.edge / "outbox")
    destroy(plant)
    time.sleep(2)  # the agent goes on meanwhile
    said = tallystick(
        "gateway", "replace", "--dir", plant.settings.folder, "--refill", "--origin", ORIGIN, "--chain", "none",
        passphrase=plant.people.passphrase,
    )  # fmt: skip
    assert said.code == 0, said.err
    adopt(plant, ORIGIN)
    settle_and_stop(plant)
    box = box_of(plant.folders.edge / "outbox")
    assert box.next_seq > before.next_seq
    assert len(box.entries) == box.next_seq
    expect_even(plant)
    entries = reading.statements_of(plant.settings.folder)
    opened = min(one.claims.issued_at for one in entries if one.claims.kid == box.kid)
    verdict = reading.read(plant, (opened + 1, max(one.claims.issued_at for one in entries) - 2))
    assert verdict.holds, [str(finding) for finding in verdict.findings]
    assert not any(finding.code is Code.MISSING_STATEMENT for finding in verdict.findings)
    independent_check(plant.settings.folder / "log")


def test_what_is_anchored_is_never_begun_again(plant: Plant, tmp_path: Path) -> None:
    """The successor names the last anchored head; the contract knows it; what the edge had let go of is declared."""
    plant.anchor()
    anchored = plant.status()["anchored_size"]
    through = last_seq_below(plant, anchored)
    wait_until(lambda: plant.look().confirmed_through > through + 4, "confirmations past the anchor")
    assert tallystick("edge", "release", "--config", plant.edge_settings, str(through)).code == 0
    wait_until(lambda: 0 not in box_of(plant.folders.edge / "outbox").entries, "release of what is anchored")
    kept = {one: tmp_path / one for one in ("chain", "owner.json", "transaction.json")}
    old = plant.settings
    plant.kill("gateway")
    shutil.copytree(old.folder / "chain", kept["chain"])  # the chain does not stand on the gateway's disk
    for name in ("owner.json", "transaction.json"):
        shutil.copy(old.folder / "keys" / name, kept[name])
    lost = statements_by_seq(logged_of(plant))
    shutil.rmtree(old.folder)

    arguments = ["--origin", SUCCESSOR, "--contract", old.anchor.contract, "--owner-key", kept["owner.json"],
                 "--transaction-key", kept["transaction.json"]]  # fmt: skip
    old.folder.mkdir(mode=0o700)
    shutil.copytree(kept["chain"], old.folder / "chain")
    command = ("gateway", "replace", "--dir", old.folder)
    refused = tallystick(*command, "--refill", "--origin", ORIGIN, *arguments[2:], passphrase=plant.people.passphrase)
    assert "anchored" in refused.refusal()
    said = tallystick(*command, "--successor-of", ORIGIN, *arguments, passphrase=plant.people.passphrase)
    assert said.code == 0, said.err
    adopt(plant, SUCCESSOR)
    resumed = time.time()
    wait_until(lambda: time.time() > resumed + LIVED_S and plant.is_drained(), "a life after the loss")
    settle_and_stop(plant)

    opening = wire.decode(LogOpening, reading.statements_of(plant.settings.folder)[0].payload)
    assert opening.predecessor is not None
    assert opening.predecessor.size == anchored
    _expect_declared_loss(plant, lost, through)
    entries = reading.statements_of(plant.settings.folder)
    own = [one for one in entries if one.claims.kid == plant.people.device.public_key.kid]
    span = (min(one.claims.issued_at for one in own) + 2, max(one.claims.issued_at for one in own) - 3)
    verdict = reading.read(plant, span)
    found = {finding.code for finding in verdict.findings}
    assert Code.SUCCESSOR_LOG in found
    assert verdict.holds, [str(finding) for finding in verdict.findings]
    earlier = reading.read(plant, (span[0] - 20, span[1]))
    failures = {finding.code for finding in earlier.findings if finding.severity is Severity.FAILURE}
    assert failures, "the time before the loss must not pass in silence"
    assert {figure.basis for figure in earlier.figures} == {Basis.INCOMPLETE}
    independent_check(plant.settings.folder / "log")


def last_seq_below(plant: Plant, size: int) -> int:
    """The device's last seq among the first `size` entries."""
    reader = LogReader(plant.settings.folder)
    signed = [statement.decode(reader.entry(index)).claims for index in range(size)]
    return max(one.seq or 0 for one in signed if one.kid == plant.people.device.public_key.kid)


def statements_by_seq(logged: list[bytes]) -> dict[int, bytes]:
    """By seq."""
    return {statement.decode(encoded).claims.seq or 0: encoded for encoded in logged}


def _expect_declared_loss(plant: Plant, lost: dict[int, bytes], through: int) -> None:
    """Whatever the old log held is in the new one, or was let go of because it stood under the anchored head."""
    now = statements_by_seq(logged_of(plant))
    assert {seq for seq in lost if seq not in now} == set(range(through + 1))
    assert all(now[seq] == encoded for seq, encoded in lost.items() if seq > through)
    box = box_of(plant.folders.edge / "outbox")
    expect_even(plant)
    waiting = [seq for seq, (_, state) in box.entries.items() if state is EntryState.WAITING]
    assert set(range(through + 1, box.next_seq)) <= {*now, *waiting}


def test_a_copy_is_put_back_and_an_older_one_stops(plant: Plant, tmp_path: Path) -> None:
    old, new = tmp_path / "old-copy", tmp_path / "new-copy"
    gateway = ("gateway", "backup", "--dir", plant.settings.folder)
    assert tallystick(*gateway, old, passphrase=plant.people.passphrase).code == 0
    confirm_more(plant, ENOUGH)
    plant.anchor()
    wait_until(lambda: plant.look().confirmed_through >= 0 and plant.is_drained(), "drained outbox")
    assert tallystick(*gateway, new, passphrase=plant.people.passphrase).code == 0
    confirm_more(plant, 4)
    destroy(plant)
    restore = ("gateway", "restore", "--dir", plant.settings.folder)

    behind = tmp_path / "behind"
    shutil.copytree(old, behind)
    shutil.rmtree(behind / anchor_link.CHAIN_FOLDER)
    shutil.copytree(new / anchor_link.CHAIN_FOLDER, behind / anchor_link.CHAIN_FOLDER)
    refused = tallystick(*restore, behind, passphrase=plant.people.passphrase)
    assert "anchor" in refused.refusal()
    assert not plant.settings.folder.exists()

    assert tallystick(*restore, old, passphrase=plant.people.passphrase).code == 0  # nobody has shown it more yet
    plant.start_gateway()
    stops_by_itself(plant)
    again = tallystick("gateway", "run", "--dir", plant.settings.folder, passphrase=plant.people.passphrase)
    assert again.code == 1
    assert "was shown" in again.err

    shutil.rmtree(plant.settings.folder)
    assert tallystick(*restore, new, passphrase=plant.people.passphrase).code == 0
    plant.start_gateway()
    stops_by_itself(plant)  # four confirmations were given out after this copy as well


def test_the_newest_copy_goes_on_where_nothing_was_confirmed_since(plant: Plant, tmp_path: Path) -> None:
    agent = plant.agent
    assert agent is not None
    assert agent.stop() == 0
    copy = tmp_path / "copy"
    backup = tallystick("gateway", "backup", "--dir", plant.settings.folder, copy, passphrase=plant.people.passphrase)
    assert backup.code == 0, backup.err
    destroy(plant)
    restored = tallystick("gateway", "restore", "--dir", plant.settings.folder, copy,
                          passphrase=plant.people.passphrase)  # fmt: skip
    assert restored.code == 0, restored.err
    plant.start_gateway()
    plant.start_agent()
    confirm_more(plant, ENOUGH)
    settle_and_stop(plant)
    expect_even(plant)


def stops_by_itself(plant: Plant) -> None:
    """The agent shows a confirmation beyond the copy; the gateway says so and ends."""
    gateway = plant.gateway
    assert gateway is not None
    wait_until(lambda: gateway.code is not None, "end of a gateway that is behind", STOPS_WITHIN_S)
    assert gateway.code == 1
    assert "confirmation" in gateway.tail()
    assert "Traceback" not in gateway.tail().splitlines()[-1]
