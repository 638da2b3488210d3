"""Virtual time: a file's year through the agent, the registers exact to the last digit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tally_edge import senml, wire
from tally_edge.agent import agent as agent_module
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.settle import SiteTime
from tally_edge.device import Boundary, Settlement
from tally_edge.drivers.csv_replay import CsvMeter
from tally_edge.drivers.opening import open_driver
from tally_edge.errors import UnreachableError
from tally_edge.signer import generate
from tally_edge.statement import Clock, Kind
from tests.edge.agent.fake_gateway import FakeGateway
from tests.edge.agent.rig import DEVICE, assert_one_stream
from tests.edge.agent.test_drivers import STEEL, csv_point

STEEL_FORM = 'timezone = "Asia/Seoul"\ntime_format = "%d/%m/%Y %H:%M"\nmidnight_closes_day = true'


def run(file: Path, column: str, folder: Path, gateway: FakeGateway) -> None:
    text = csv_point(file, STEEL_FORM, f'column = "{column}"')
    key = generate()
    meter = open_driver(text)
    assert isinstance(meter, CsvMeter)
    first, last = meter.span()
    clock = VirtualClock(first)
    outbox = Outbox(folder, key.public_key.kid, 2**24)
    identity = Identity(DEVICE, key, key.public_key.kid.hex(), gateway.proof_signer.public_key)
    settings = {"facts": bytes(32), "pack_readings": 96, "pack_s": 86_400, "time": SiteTime(ZoneInfo("Asia/Seoul"))}
    for name, value in settings.items():
        object.__setattr__(text, name, value)
    agent = Agent(identity, [text], {text.uri: meter}, outbox, transport=gateway, clock=clock, waits_for_gateway=True)
    agent.run_accelerated(clock, first, last, close=True)


def check(gateway: FakeGateway, total: Decimal, rows: int) -> None:
    statements = gateway.statements()
    assert_one_stream(statements)
    assert {signed.claims.clock for signed in statements} == {Clock.RELATIVE}
    settled = [wire.decode(Settlement, s.payload) for s in statements if s.claims.kind is Kind.SETTLEMENT]
    assert (settled[0].boundary, settled[-1].boundary) == (Boundary.OPENING, Boundary.CLOSING)
    assert settled[0].counts == settled[-1].counts
    assert settled[-1].registers[0].value - settled[0].registers[0].value == total
    readings = [reading for s in statements if s.claims.kind is Kind.READINGS for reading in senml.decode(s.payload)]
    assert len(readings) == rows + 1
    assert not [s for s in statements if s.claims.kind is Kind.GAP]


def test_three_days_with_the_steel_files_traps(tmp_path: Path) -> None:
    file = tmp_path / "load.csv"
    rows = []
    for slot in range(1, 96 * 3 + 1):
        day, minute = divmod(slot * 15, 1440)
        closing = minute == 0
        rows.append(f"{28 + day - closing}/2/2018 {minute // 60}:{minute % 60:02},{slot % 7}.{slot % 10}")
    text = "\n".join(rows).replace("29/2/2018", "1/3/2018").replace("30/2/2018", "2/3/2018")
    file.write_text("\ufeffdate,kWh\n" + text + "\n")
    gateway = FakeGateway()
    run(file, "kWh", tmp_path / "outbox", gateway)
    check(gateway, sum((Decimal(row.split(",")[1]) for row in rows), Decimal(0)), 96 * 3)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's file is not here")
def test_the_steel_year(tmp_path: Path) -> None:
    gateway = FakeGateway()
    run(STEEL, "Usage_kWh", tmp_path / "outbox", gateway)
    rows = STEEL.read_text("utf-8-sig").splitlines()[1:]
    check(gateway, sum((Decimal(row.split(",")[1]) for row in rows), Decimal(0)), 35_040)
    settled = [s for s in gateway.statements() if s.claims.kind is Kind.SETTLEMENT]
    assert len(settled) == 1 + 365, "the last day is the closing one"


def test_a_silent_gateway_ends_the_run_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "PATIENCE_S", 0.0)
    monkeypatch.setattr(agent_module, "_LONGEST_WAIT_S", 0.01)
    file = tmp_path / "load.csv"
    file.write_text("date,kWh\n1/1/2018 0:15,1\n1/1/2018 0:30,1\n")
    with pytest.raises(UnreachableError, match="silent"):
        run(file, "kWh", tmp_path / "outbox", FakeGateway(answering=False))
