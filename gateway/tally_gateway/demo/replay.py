"""A recorded load, replayed: a Modbus meter serves it, the agent reads it, and the verified total must be exact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tally_chain.bundle import Content
from tally_edge import text_table
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tally_gateway.demo import reader
from tally_gateway.demo.parties import Folders
from tally_gateway.demo.processes import Process
from tally_gateway.demo.reader import Read
from tally_gateway.demo.site import ReplayedColumn, replay_site
from tally_gateway.demo.stage import BrokerAccess, Stage, require_empty
from tally_gateway.demo.terminal import Terminal
from tally_gateway.errors import DemoUsageError, RecordingError

METER_S: Final = 60
UNREADABLE: Final = 3
"""How the simulated meter ends where its file is the fault, not what was asked of it."""
METER_CLOCK_AT: Final = 256
"""Where the simulated meter's clock can be set; its own page names the address."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A column of a CSV file."""

    file: Path
    column: str
    unit: str
    timezone: str
    register: str
    serial: str = "SIM-0001"


def replay(recording: Recording, folder: Path, terminal: Terminal, broker: BrokerAccess | None = None) -> int:
    """Replay `recording` in `folder`; 0 when both bundles hold and give the exact sum of the column."""
    require_empty(folder)
    if recording.unit not in PRIMARY_UNITS | SECONDARY_UNITS:
        known = ", ".join(sorted(PRIMARY_UNITS | SECONDARY_UNITS))
        raise DemoUsageError(f"{recording.unit!r} is no unit that statements know: {known}")
    output = folder.with_name(f".{folder.name}.meter.log")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with served(recording, output) as column:
        terminal.say(f"a Modbus meter serves {recording.column}: {column.total} {column.unit} in all")
        stage = Stage(
            replay_site(column, recording.timezone, recording.register),
            Folders(folder),
            terminal.say,
            terminal.progress,
            broker,
        )
        people, settings = stage.prepare()
        stage.run(people, settings)
    sizes = {
        "full": stage.export(settings, Content.FULL, stage.folders.bundle),
        "totals": stage.export(settings, Content.TOTALS, stage.folders.totals),
    }
    stage.write_policy(people, settings)
    reads = {
        "full": reader.read(stage.folders.bundle, stage.folders.policy),
        "totals": reader.read(stage.folders.totals, stage.folders.policy),
    }
    terminal.say("verified both bundles in another process without a network")
    return _tell(terminal, column, sizes, reads)


@contextmanager
def served(recording: Recording, output: Path) -> Iterator[ReplayedColumn]:
    """A simulated Modbus meter that serves `recording`, as it describes itself; `output` is there while it runs.

    Raises RecordingError or DemoUsageError where it refuses the file, or what was asked of it.
    """
    command = ["-m", "tally_sim.modbus_meter", str(recording.file), "--column", recording.column]
    command += ["--unit", recording.unit, "--timezone", recording.timezone, "--serial", recording.serial]
    output.write_bytes(b"")
    try:
        with Process("meter", command, output, "") as meter:
            _wait_for_meter(meter, output)
            yield _column(recording, json.loads(output.read_text().splitlines()[0]))
    finally:
        output.unlink(missing_ok=True)


def _wait_for_meter(meter: Process, output: Path) -> None:
    """Until the meter has described itself. Raises RecordingError or DemoUsageError with its own words when it refuses
    the file, or what was asked of it."""

    def told() -> bool:
        return output.read_bytes().endswith(b"}\n") or meter.code is not None

    meter.wait_for(told, "being ready", METER_S)
    if meter.code is not None:
        refusal = RecordingError if meter.code == UNREADABLE else DemoUsageError
        raise refusal(meter.tail().splitlines()[-1] if meter.tail() else "the simulated meter does not start")


def _column(recording: Recording, said: dict[str, Any]) -> ReplayedColumn:
    register = said["registers"][0]
    return ReplayedColumn(
        column=recording.column,
        unit=recording.unit,
        address=register["address"],
        decimals=register["decimals"],
        step_s=register["step_s"],
        starts_at=said["starts_at"],
        ends_at=register["last_at"],
        port=said["port"],
        serial=said["serial"],
        clock_at=METER_CLOCK_AT,
        total=Decimal(register["total"]),
    )


def _tell(terminal: Terminal, column: ReplayedColumn, sizes: dict[str, int], reads: dict[str, Read]) -> int:
    rows = [("bundle", "bytes", "verified total", "basis", "is the exact sum")]
    exact = True
    for name, read in reads.items():
        for figure in read.verdict["figures"]:
            same = Decimal(figure["quantity"]) == column.total
            exact = exact and same
            total = f"{figure['quantity']} {figure['unit']}"
            rows.append((name, str(sizes[name]), total, figure["basis"], "yes" if same else "NO"))
    for line in text_table.render(rows, rule=True):
        terminal.line("  " + line)
    for read in reads.values():
        for finding in read.verdict["findings"]:
            if finding["severity"] == "failure":
                terminal.line(f"  {finding['code']} {finding['sentence']} [{finding['touches']}]")
    holds = all(read.code == 0 and read.verdict["figures"] for read in reads.values())
    return 0 if exact and holds else 1
