"""The demonstration: a small site runs, a reader verifies, and four cheats are caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tally_chain import bundle
from tally_chain.bundle import Content
from tally_edge import durable, senml, statement, text_table
from tally_edge.senml import Reading
from tally_edge.statement import Kind, Statement
from tally_gateway import keys_on_disk
from tally_gateway.anchored_log import wall_clock
from tally_gateway.config import GatewayConfig
from tally_gateway.demo import parties, reader, tamper
from tally_gateway.demo.parties import Folders, Parties
from tally_gateway.demo.reader import Read
from tally_gateway.demo.site import small_site
from tally_gateway.demo.stage import Stage, require_empty
from tally_gateway.demo.terminal import Terminal
from tally_gateway.errors import DemoError
from tally_gateway.export import LogAt, LogKeys

ALTERED = "altered.tally"
WITHHELD = "withheld.tally"
ROLLED_BACK = "rolled-back.tally"


@dataclass(frozen=True, slots=True)
class Caught:
    """A cheat, and what caught it."""

    cheat: str
    by: str


def play(folder: Path, days: int, terminal: Terminal, *, kept: bool) -> int:
    """Run the demonstration in `folder`; 0 when everything holds that should, and every cheat is caught.

    `kept`: whether the folder stays, so that people can be told where to look.
    """
    require_empty(folder)
    stage = Stage(small_site(days), Folders(folder), terminal.say, terminal.progress)
    terminal.say(f"founding the parties, a gateway and an embedded chain in {folder}")
    people, settings = stage.prepare()
    terminal.say(f"{len(stage.site.points)} metering points run through {days} days on a virtual clock")
    stage.run(people, settings)
    full_bytes = stage.export(settings, Content.FULL, stage.folders.bundle)
    totals_bytes = stage.export(settings, Content.TOTALS, stage.folders.totals)
    stage.write_policy(people, settings)
    terminal.say(f"bundles: {stage.folders.bundle.name} {full_bytes} bytes, {stage.folders.totals.name} {totals_bytes}")
    full = reader.read(stage.folders.bundle, stage.folders.policy)
    totals = reader.read(stage.folders.totals, stage.folders.policy)
    how = "a network namespace of its own" if full.isolated else "sockets refused"
    terminal.say(f"the reader verified both in another process without a network ({how})")
    caught = [
        _alter(stage, full),
        _withhold(stage, settings),
        *_replay_and_roll_back(stage, people, settings),
    ]
    terminal.say("four cheats tried")
    _tell(terminal, stage, full, totals, caught)
    _tell_where(terminal, stage, kept=kept)
    return 0 if full.code == totals.code == 0 else 1


def _alter(stage: Stage, honest: Read) -> Caught:
    point = stage.site.points[0].uri
    forged, victim = tamper.alter_reading(bundle.decode(stage.folders.bundle.read_bytes()), point)
    read = _read_forged(stage, forged, ALTERED)
    if honest.code != 0 or read.code == 0:
        raise DemoError("an altered reading was not caught")
    return Caught(f"a reading altered: {_place(victim)}", _why(read, "TREE_MISMATCH"))


def _withhold(stage: Stage, settings: GatewayConfig) -> Caught:
    opened = keys_on_disk.load(stage.folders.gateway, settings.passphrase())
    whole = bundle.decode(stage.folders.bundle.read_bytes())
    source = LogAt(stage.tree(), whole.sections[0].size, LogKeys(opened.checkpoint, opened.proof), wall_clock())
    forged, victim = tamper.withhold_statement(whole, source, stage.site.points[0].uri)
    read = _read_forged(stage, forged, WITHHELD)
    if "MISSING_STATEMENT" not in read.codes():
        raise DemoError("a withheld statement was not caught")
    return Caught(f"a statement withheld: {_place(victim)}", _why(read, "MISSING_STATEMENT"))


def _replay_and_roll_back(stage: Stage, people: Parties, settings: GatewayConfig) -> list[Caught]:
    """Both need the running gateway: an old statement again, then a register wound back by the device's own key."""
    entries = [statement.decode(stage.tree().entry(index)) for index in range(stage.tree().size)]
    kid = people.device.public_key.kid
    said = [signed for signed in entries if signed.claims.kid == kid]
    old = next(signed for signed in said if signed.claims.kind is Kind.READINGS)
    newest = _newest_register(said, stage.site.points[0].uri)
    wound = tamper.roll_back(said[-1], newest, parties.device_of(stage.folders), stage.site.points[0].cadence_s)
    outcomes = stage.offer(people, settings, [old, wound])
    if not outcomes[0].get("repeated"):
        raise DemoError("a replayed statement was counted again")
    replayed = Caught(
        f"a statement replayed: {_place(old)}",
        f"the gateway knew it, entry {outcomes[0]['index']}; it is in the log once and counted once",
    )
    path = stage.folders.root / ROLLED_BACK
    stage.export(settings, Content.FULL, path, wound.claims.issued_at)
    stage.write_policy(people, settings)
    read = reader.read(path, stage.folders.policy)
    if "REGISTER_BACKWARDS" not in read.codes():
        raise DemoError("a register wound back was not caught")
    return [replayed, Caught(f"a register wound back: {_place(wound)}", _why(read, "REGISTER_BACKWARDS"))]


def _newest_register(said: Sequence[Statement], point: str) -> Reading:
    for signed in reversed(said):
        if signed.claims.kind is Kind.READINGS and signed.claims.subject == point:
            readings = senml.decode(signed.payload)
            return next(one for one in reversed(readings) if one.register == "energy_import")
    raise DemoError(f"nothing was said of {point}")


def _read_forged(stage: Stage, forged: bundle.Bundle, name: str) -> Read:
    path = stage.folders.root / name
    durable.write_file(path, bundle.encode(forged))
    return reader.read(path, stage.folders.policy)


def _place(signed: Statement) -> str:
    return f"{signed.claims.subject.rpartition(':')[2]}, seq {signed.claims.seq}"


def _why(read: Read, name: str) -> str:
    """The finding of that name, as code and sentence."""
    for finding in read.verdict["findings"]:
        if finding["name"] == name:
            return f"{finding['code']} {finding['sentence']}"
    raise DemoError(f"{name} was not found")


def _tell(terminal: Terminal, stage: Stage, full: Read, totals: Read, caught: Sequence[Caught]) -> None:
    titles = {point.uri: point.title for point in stage.site.points}
    terminal.line()
    terminal.line("What was proven 已证明")
    rows: list[tuple[str, ...]] = [("metering point 计量点", "register", "quantity 数量", "full bundle", "totals only")]
    by_totals = {(figure["point"], figure["register"]): figure for figure in totals.verdict["figures"]}
    for figure in full.verdict["figures"]:
        other: dict[str, Any] = by_totals.get((figure["point"], figure["register"]), {})
        same = other.get("quantity") == figure["quantity"]
        rows.append(
            (
                titles[figure["point"]],
                figure["register"],
                f"{figure['quantity']} {figure['unit']}",
                figure["basis"],
                other["basis"] if same else "not a sum" if not other else "DIFFERS",
            )
        )
    for line in text_table.render(rows, rule=True):
        terminal.line("  " + line)
    terminal.line()
    terminal.line("What was tried, and what caught it 攻击与发现")
    for line in text_table.render([(one.cheat, "→ " + one.by) for one in caught]):
        terminal.line("  " + line)
    terminal.line()
    terminal.line("What was not proven 未证明")
    for finding in full.verdict["findings"]:
        if finding["severity"] == "warning":
            terminal.line(f"  {finding['code']} {finding['sentence']}")
    terminal.line(
        "  Who runs this machine holds every key and the chain: the demonstration shows the checks, not a factory."
    )


def _tell_where(terminal: Terminal, stage: Stage, *, kept: bool) -> None:
    terminal.line()
    if not kept:
        terminal.line("Everything was thrown away; `tallystick demo --dir DIR` keeps it.")
        return
    terminal.line("Look yourself 自行核验")
    terminal.line(f"  tallystick verify {stage.folders.bundle} --policy {stage.folders.policy}")
    terminal.line(f"  tallystick verify {stage.folders.root / ALTERED} --policy {stage.folders.policy}")
