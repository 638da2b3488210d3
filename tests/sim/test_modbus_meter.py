"""The meter over real sockets, read by a Modbus client that is written out here: sixty bytes each way, no library."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tally_sim import generated, register_map
from tally_sim.csv_load import Source, parse
from tally_sim.errors import MeterError
from tally_sim.load import Interval, Load
from tally_sim.modbus_meter import MeterSettings, ModbusMeter
from tally_sim.register_map import WordOrder
from tally_sim.threaded import running

LOAD = Load([Interval(1_600_000_000 + 900 * n, Decimal("1028.0625") * n) for n in range(1, 13)])
READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16


class Client:
    """A Modbus TCP client. `ask` returns the answer's data, or raises OSError with the exception code."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, function: int, body: bytes, unit: int = 1) -> bytes:
        self._socket.sendall(struct.pack(">HHHBB", 9, 0, len(body) + 2, unit, function) + body)
        answer = self._socket.recv(512)
        transaction, protocol, length, _, answered = struct.unpack(">HHHBB", answer[:8])
        assert (transaction, protocol, length) == (9, 0, len(answer) - 6)
        if answered != function:
            raise OSError(answer[8], "exception")
        return answer[8:]

    def read(self, address: int, count: int, function: int = READ_HOLDING) -> bytes:
        return self.ask(function, struct.pack(">HH", address, count))[1:]

    def set_clock(self, at: int) -> None:
        self.ask(WRITE_MANY, struct.pack(">HHBI", register_map.CLOCK_AT, 2, 4, at))

    def record(self, index: int) -> tuple[int, int]:
        """When a record of the load profile was stored (0: there is none), and the first register in it."""
        self.ask(WRITE_ONE, struct.pack(">HH", register_map.PROFILE_SELECT_AT, index))
        selected, _, at, value = struct.unpack(">HHIQ", self.read(register_map.PROFILE_SELECT_AT, 8))
        assert selected == index
        return at, value

    def total(self, register: int = 0) -> int:
        return int.from_bytes(self.read(register * register_map.REGISTERS_EACH, 4), "big")


def test_the_register_at_every_time_is_the_exact_sum() -> None:
    with running(ModbusMeter([LOAD])) as port, Client(port) as client:
        assert client.total() == 0
        decimals = int.from_bytes(client.read(register_map.DECIMALS_AT, 1), "big")
        for at in (LOAD.starts_at - 1, LOAD.ends_at[0], LOAD.ends_at[5] - 1, LOAD.ends_at[5], LOAD.ends_at[-1] + 9):
            client.set_clock(at)
            assert int.from_bytes(client.read(register_map.CLOCK_AT, 2), "big") == at
            assert Decimal(client.total()).scaleb(-decimals) == LOAD.register_at(at)
            assert client.read(0, 8, READ_INPUT) == client.read(0, 8)


def test_the_float_copy_is_right_in_one_word_order_only() -> None:
    expected = float(LOAD.total)
    for order in WordOrder:
        with running(ModbusMeter([LOAD], MeterSettings(float_order=order))) as port, Client(port) as client:
            client.set_clock(LOAD.ends_at[-1])
            data = client.read(register_map.FLOAT_AT, 2)
        read_as = {
            other: struct.unpack(">f", bytes(data[other.value.index(at)] for at in range(4)))[0] for other in WordOrder
        }
        assert [other for other, value in read_as.items() if value == pytest.approx(expected)] == [order]


def test_the_load_profile_is_the_registers_at_the_quarter_hours_before_the_clock() -> None:
    quarters = [1_600_000_200 + 900 * n for n in range(13)]  # LOAD begins at 1_600_000_000, between two of them
    with running(ModbusMeter([LOAD], MeterSettings(profile_records=5))) as port, Client(port) as client:
        assert client.record(0) == (0, 0)
        client.set_clock(quarters[3] - 1)
        assert [client.record(index)[0] for index in range(4)] == [*quarters[2::-1], 0]
        client.set_clock(quarters[11] + 7)
        decimals = int.from_bytes(client.read(register_map.DECIMALS_AT, 1), "big")
        for index in range(5):
            at, value = client.record(index)
            assert at == quarters[11 - index]
            assert Decimal(value).scaleb(-decimals) == LOAD.register_at(at)
        assert client.record(5) == client.record(65_535) == (0, 0)
        assert int.from_bytes(client.read(register_map.PROFILE_KEPT_AT, 1), "big") == 5


def test_serial_rollover_and_several_registers() -> None:
    other = Load([Interval(1_600_000_900, Decimal(3)), Interval(1_600_001_800, Decimal(4))])
    meter = ModbusMeter([LOAD, other], MeterSettings(serial="11223344", modulus_steps=5))
    with running(meter) as port, Client(port) as client:
        assert client.read(register_map.SERIAL_AT, 8).rstrip(b"\x00") == b"11223344"
        client.set_clock(1_600_001_800)
        assert client.total(1) == 7 % 5


@pytest.mark.parametrize(
    ("function", "body", "code"),
    [
        (READ_HOLDING, struct.pack(">HH", 100, 2), 2),
        (READ_HOLDING, struct.pack(">HH", 272, 9), 2),
        (WRITE_ONE, struct.pack(">HH", register_map.CLOCK_AT, 7), 3),
        (WRITE_ONE, struct.pack(">HH", 0, 7), 2),
    ],
)
def test_what_a_meter_does_not_do_it_refuses(function: int, body: bytes, code: int) -> None:
    with running(ModbusMeter([LOAD])) as port, Client(port) as client:
        with pytest.raises(OSError, match="exception") as caught:
            client.ask(function, body)
        assert caught.value.errno == code
        assert client.total() == 0


def test_settings_that_no_meter_can_have() -> None:
    with pytest.raises(MeterError, match="registers"):
        ModbusMeter([])
    with pytest.raises(MeterError, match="ASCII"), running(ModbusMeter([LOAD], MeterSettings(serial="Z\u00e4hler"))):
        pass
    with pytest.raises(MeterError, match="load profile"):
        ModbusMeter([LOAD], MeterSettings(profile_records=-1))
    with pytest.raises(MeterError, match="64 bits"):
        register_map.u64(2**64)


def test_a_taken_port_is_said() -> None:
    says = pytest.raises(MeterError, match="cannot listen")
    with running(ModbusMeter([LOAD])) as port, says, running(ModbusMeter([LOAD]), port):
        pass


def test_the_command_serves_a_generated_file_and_ends_on_a_signal(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_bytes(generated.csv_bytes(seed=1, days=2))
    (expected,) = parse(path.read_text("utf-8-sig").splitlines(), Source(("Usage_kWh",), "Asia/Seoul"))
    command = [sys.executable, "-m", "tally_sim.modbus_meter", str(path), "--column", "Usage_kWh", "--unit", "kWh"]
    with subprocess.Popen([*command, "--timezone", "Asia/Seoul"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            (register,) = said["registers"]
            assert (register["total"], register["intervals"]) == (str(expected.total), 192)
            assert register["last"] == "2018-01-02T15:00:00+00:00"
            with Client(said["port"]) as client:
                client.set_clock(register["last_at"])
                assert Decimal(client.total()).scaleb(-register["decimals"]) == expected.total
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tally_sim.modbus_meter",
        str(tmp_path / "no.csv"),
        "--column",
        "a",
        "--unit",
        "kWh",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
