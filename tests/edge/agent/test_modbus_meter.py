"""The agent over Modbus TCP against the simulated meter, which shares no code with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge import senml
from tally_edge.agent import config
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.outbox import Outbox
from tally_edge.drivers.interface import Advancing
from tally_edge.drivers.opening import open_driver
from tally_edge.signer import generate
from tally_edge.statement import Kind
from tally_sim.load import Interval, Load
from tally_sim.modbus_meter import MeterSettings, ModbusMeter
from tally_sim.register_map import WordOrder
from tally_sim.threaded import running
from tests.edge.agent.fake_gateway import FakeGateway
from tests.edge.agent.rig import DEVICE, START, assert_one_stream


def point(port: int, register: str) -> config.PointConfig:
    text = f"""
[device]
uri = "{DEVICE}"
model = "x"
[[point]]
uri = "urn:dev:x:m1"
driver = "modbus"
cadence_s = 900
pack_readings = 96
pack_seconds = 86400
serial = "A1"
facts = "{"33" * 32}"
[point.meter]
host = "127.0.0.1"
port = {port}
clock = {{ address = 256, type = "u32" }}
[[point.register]]
name = "energy_import"
unit = "kWh"
{register}
"""
    return config.parse(text, Path("edge.toml")).points[0]


def load(values: list[str]) -> Load:
    return Load([Interval(START + 900 * number, Decimal(value)) for number, value in enumerate(values, 1)])


def test_two_days_over_modbus_add_up_to_the_last_digit(tmp_path: Path) -> None:
    flows = [f"{number % 13}.{number % 100:02}" for number in range(192)]
    gateway, key = FakeGateway(), generate()
    with running(ModbusMeter([load(flows)])) as port:
        settings = point(port, 'address = 0\ntype = "u64"\ndecimals = 2')
        clock = VirtualClock(START)
        outbox = Outbox(tmp_path, key.public_key.kid, 2**22)
        identity = Identity(DEVICE, key, key.public_key.kid.hex(), gateway.proof_signer.public_key)
        agent = Agent(
            identity,
            [settings],
            {settings.uri: open_driver(settings)},
            outbox,
            transport=gateway,
            clock=clock,
            waits_for_gateway=True,
        )
        agent.run_accelerated(clock, START, START + 2 * 86_400, close=True)
    statements = gateway.statements()
    assert_one_stream(statements)
    readings = [r for s in statements if s.claims.kind is Kind.READINGS for r in senml.decode(s.payload)]
    assert len(readings) == 193
    first, last = readings[0].value, readings[-1].value
    assert isinstance(first, Decimal)
    assert isinstance(last, Decimal)
    assert last - first == sum(Decimal(flow) for flow in flows)
    assert datetime.fromtimestamp(readings[-1].taken_at, UTC) - datetime.fromtimestamp(START, UTC) == timedelta(days=2)


@pytest.mark.parametrize(
    ("order", "words", "octets"),
    [
        (WordOrder.ABCD, "big", "big"),
        (WordOrder.CDAB, "little", "big"),
        (WordOrder.BADC, "big", "little"),
        (WordOrder.DCBA, "little", "little"),
    ],
)
def test_floats_in_all_four_orders(order: WordOrder, words: str, octets: str) -> None:
    order_keys = f'word_order = "{words}"\nbyte_order = "{octets}"'
    register = f'address = 4\ntype = "f32"\ndecimals = 3\nfloat_is_rounded = true\n{order_keys}'
    with running(ModbusMeter([load(["12345.678", "0"])], MeterSettings(float_order=order))) as port:
        meter = open_driver(point(port, register))
        assert isinstance(meter, Advancing)
        meter.advance_to(START + 1800)
        assert meter.read(START + 1800)[0].value == Decimal("12345.678")
        meter.close()
