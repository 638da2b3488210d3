"""Modbus TCP meters, read by pymodbus. One reconnect per read; what then still fails is a DriverError.

[point.meter]
host = "192.0.2.10"
port = 502
unit_id = 1
timeout_s = 3
clock = { address = 100, type = "u64" }      # only for a simulated meter that is set by the agent

[[point.register]]
name = "energy_import"
unit = "kWh"
address = 0
type = "u64"          # u16 i16 u32 i32 u64 i64, or f32 with float_is_rounded = true
decimals = 2          # 317 is 3.17
word_order = "big"
byte_order = "big"
table = "holding"     # or "input"

A meter that keeps a load profile has it described in `[point.meter.profile]`: see `modbus_profile`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient

from tally_edge.agent.config import PointConfig
from tally_edge.drivers.interface import RegisterReading
from tally_edge.drivers.modbus_map import Field, blocks, clock_field, field_of
from tally_edge.drivers.modbus_profile import Profile, ProfileReader, profile_addresses, profile_of
from tally_edge.errors import DriverError


@dataclass(frozen=True, slots=True)
class Address:
    """Where a meter answers."""

    host: str
    port: int = 502
    unit_id: int = 1
    timeout_s: int = 3


class ModbusMeter:
    """A meter behind Modbus TCP."""

    def __init__(self, address: Address, fields: list[Field], profile: Profile | None = None) -> None:
        """Nothing is connected before the first read."""
        self._name = f"Modbus meter {address.host}:{address.port} unit {address.unit_id}"
        self._unit_id = address.unit_id
        self._blocks = blocks(fields)
        self._order = [field.name for field in fields]
        self._profile = profile
        # Retries are ours: the library's would multiply the timeout unseen.
        self._client: Any = ModbusTcpClient(  # half annotated; every answer is checked here
            address.host, port=address.port, timeout=address.timeout_s, retries=0, reconnect_delay=0
        )

    def read(self, at: int) -> list[RegisterReading]:
        """Every register, in the configured order. Raises DriverError."""
        found: dict[str, RegisterReading] = {}
        for block in self._blocks:
            words = self._words(block)
            for field in block:
                start = field.address - block[0].address
                value = field.decode(words[start : start + field.words])
                found[field.name] = RegisterReading(field.name, value, field.unit, at)
        return [found[name] for name in self._order]

    @property
    def keeps_records(self) -> bool:
        """Whether a load profile is configured."""
        return self._profile is not None

    def recorded(self, since: int, until: int) -> list[list[RegisterReading]]:
        """See `interface.Recording`. Two requests for each record. Raises DriverError."""
        if self._profile is None:
            return []
        profile = self._profile
        first, count = profile.window

        def show(index: int) -> list[int]:
            self._write(profile.select, index)
            return self._read(first, count, input_registers=profile.time.input_register)

        return ProfileReader(profile, show).recorded(since, until)

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """The registers at a boundary, from the load profile. Raises DriverError."""
        found = self.recorded(at - 1, at + 1)
        return found[0] if found else None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _words(self, block: list[Field]) -> list[int]:
        count = sum(field.words for field in block)
        return self._read(block[0].address, count, input_registers=block[0].input_register)

    def _read(self, first: int, count: int, *, input_registers: bool) -> list[int]:
        ask = self._client.read_input_registers if input_registers else self._client.read_holding_registers
        answer = self._asked(lambda: ask(first, count=count, device_id=self._unit_id))
        words = list(answer.registers)
        if len(words) != count:
            raise DriverError(f"{self._name}: {len(words)} registers came, {count} were asked for")
        return words

    def _write(self, field: Field, value: int) -> None:
        words = field.encode(value)
        self._asked(lambda: self._client.write_registers(field.address, words, device_id=self._unit_id))

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """The answer to one request; on a broken connection connect anew and ask once more. Raises DriverError."""
        for last in (False, True):
            try:
                if not self._client.connected and not self._client.connect():
                    raise DriverError(f"{self._name}: no connection")
                answer = ask()
            except (ModbusException, OSError) as error:
                self._client.close()
                if last:
                    raise DriverError(f"{self._name}: {error}") from None
                continue
            if answer.isError():
                raise DriverError(f"{self._name}: {answer}")
            return answer
        raise DriverError(f"{self._name}: no answer")


class SettableModbusMeter(ModbusMeter):
    """A simulated meter whose clock is a register: it can be advanced."""

    def __init__(self, address: Address, fields: list[Field], clock: Field, profile: Profile | None = None) -> None:
        """`clock` is written before each read of an accelerated run."""
        super().__init__(address, fields, profile)
        self._clock = clock

    def advance_to(self, at: int) -> None:
        """Write `at` into the clock register. Raises DriverError."""
        self._write(self._clock, at)


def open_meter(point: PointConfig) -> ModbusMeter:
    """The meter that `point` is configured for. Raises ConfigError."""
    meter = point.meter
    address = Address(
        host=meter.text("host"),
        port=meter.integer("port", 1, 65_535, 502),
        unit_id=meter.integer("unit_id", 0, 255, 1),
        timeout_s=meter.integer("timeout_s", 1, 60, 3),
    )
    clock = clock_field(meter)
    addresses = profile_addresses(point)
    fields = [field_of(register) for register in point.registers]
    profile = profile_of(point, fields, addresses)
    meter.done()
    if clock is None:
        return ModbusMeter(address, fields, profile)
    return SettableModbusMeter(address, fields, clock, profile)
