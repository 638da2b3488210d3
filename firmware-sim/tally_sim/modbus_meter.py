"""A Modbus TCP meter that shows, at any simulated time, what a recorded load had added up to (`register_map`: where).

    python -m tally_sim.modbus_meter FILE --column NAME --unit kWh --port 0 --timezone Asia/Seoul

prints one JSON line with the port, the first and last time and the exact total, then serves until it is ended. Nothing
moves by itself: the meter stands at the beginning of its load until its clock is written, and then at that time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tally_sim import csv_load, register_map
from tally_sim.errors import LoadError, MeterError, SimError
from tally_sim.load import Load
from tally_sim.register_map import WordOrder


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """What is fixed about a meter. `modulus_steps`: the registers start again at 0 when they reach it (rollover).
    `profile_records`: how many records its load profile keeps at most; 0 where it has none."""

    serial: str = "SIM-0001"
    unit_id: int = 1
    float_order: WordOrder = WordOrder.ABCD
    modulus_steps: int | None = None
    profile_records: int = register_map.PROFILE_RECORDS


class ModbusMeter:
    """The meter. Its clock stands where it was set; until then where its load begins."""

    def __init__(self, loads: Sequence[Load], settings: MeterSettings | None = None) -> None:
        """Take one load per cumulative register. Raises MeterError for more than fit."""
        if not 0 < len(loads) <= register_map.MAX_COLUMNS:
            raise MeterError(f"a meter has 1..{register_map.MAX_COLUMNS} registers, not {len(loads)}")
        self.loads = tuple(loads)
        self.settings = settings or MeterSettings()
        if not 0 <= self.settings.profile_records <= register_map.U16_MAX:
            raise MeterError(f"a load profile keeps 0..{register_map.U16_MAX} records")
        self.clock_at = self._began_at = min(load.starts_at for load in loads)
        self._selected = 0
        self._server: ModbusTcpServer | None = None

    def image(self) -> dict[int, int]:
        """Every register at the meter's time, by address."""
        words: dict[int, int] = {}
        for number, load in enumerate(self.loads):
            base = number * register_map.REGISTERS_EACH
            steps = self._steps(load, self.clock_at)
            shown = steps / 10**load.decimals  # a float on purpose: this is the register that nobody should trust
            block = [*register_map.u64(steps), *register_map.f32(shown, self.settings.float_order), load.decimals, 0]
            words.update(enumerate(block, base))
        words.update(enumerate(register_map.u32(self.clock_at), register_map.CLOCK_AT))
        words.update(enumerate(register_map.ascii_registers(self.settings.serial), register_map.SERIAL_AT))
        words.update(enumerate(self._profile(), register_map.PROFILE_SELECT_AT))
        return words

    def _steps(self, load: Load, at: int) -> int:
        steps = load.steps_at(at)
        return steps % self.settings.modulus_steps if self.settings.modulus_steps else steps

    def _profile(self) -> list[int]:
        """The registers of the load profile, with the record that is selected."""
        newest = self.clock_at // register_map.PROFILE_STEP_S
        stored = max(0, newest + 1 - -(-self._began_at // register_map.PROFILE_STEP_S))
        kept = min(stored, self.settings.profile_records)
        at = (newest - self._selected) * register_map.PROFILE_STEP_S if self._selected < kept else 0
        words = [self._selected, kept, *register_map.u32(at)]
        for load in self.loads:
            words += register_map.u64(self._steps(load, at) if at else 0)
        return words

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen, and tell on which port. Raises MeterError where it can not."""
        server = ModbusTcpServer(self._device(), address=(host, port))
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise MeterError(f"cannot listen on {host}:{port}: {error}") from None
        self._server = server
        bound: int = cast(asyncio.Server, server.transport).sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close the listener and every connection."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated
            self._server = None

    def _device(self) -> SimDevice:
        words = self.image()
        data = [SimData(at, values=[word], datatype=DataType.REGISTERS) for at, word in sorted(words.items())]
        return SimDevice(self.settings.unit_id, data, action=self._on_access)

    async def _on_access(  # noqa: PLR0917  the server library calls it so
        self,
        function: int,  # noqa: ARG002  the meter answers every function that reads or writes registers alike
        start: int,
        address: int,
        count: int,
        registers: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Called before each access: sets clock or selection on a write, then refreshes the registers to be read."""
        if written is not None:
            if address not in {register_map.CLOCK_AT, register_map.PROFILE_SELECT_AT}:
                return ExcCodes.ILLEGAL_ADDRESS
            if count != (len(register_map.u32(0)) if address == register_map.CLOCK_AT else 1):
                return ExcCodes.ILLEGAL_VALUE  # half a clock would be another time
            if address == register_map.CLOCK_AT:
                self.clock_at = int(written[0]) << 16 | int(written[1])
            else:
                self._selected = int(written[0])
        for at, word in self.image().items():
            registers[at - start] = word
        return None


def describe(meter: ModbusMeter, columns: Sequence[str], units: Sequence[str], port: int) -> str:
    """The JSON line that a starting meter prints."""
    registers = [
        {
            "column": column,
            "unit": unit,
            "address": number * register_map.REGISTERS_EACH,
            "decimals": load.decimals,
            "step_s": load.step_s,
            "first_at": load.ends_at[0],
            "last_at": load.ends_at[-1],
            "first": _iso(load.ends_at[0]),
            "last": _iso(load.ends_at[-1]),
            "intervals": len(load.ends_at),
            "total": str(load.total),
        }
        for number, (load, column, unit) in enumerate(zip(meter.loads, columns, units, strict=True))
    ]
    return json.dumps(
        {"port": port, "serial": meter.settings.serial, "starts_at": meter.clock_at, "registers": registers}
    )


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


async def _serve(meter: ModbusMeter, arguments: argparse.Namespace) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    port = await meter.start(arguments.port, arguments.host)
    sys.stdout.write(describe(meter, arguments.column, arguments.unit, port) + "\n")
    sys.stdout.flush()
    await ended.wait()
    await meter.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a CSV file as a meter until a signal ends it. 2: an option is wrong; 3: the file."""
    parser = argparse.ArgumentParser(
        prog="python -m tally_sim.modbus_meter",
        description="A CSV file as a Modbus meter. It stands still until its clock is written (registers 256 and 257, "
        "Unix seconds), and then shows what the file had added up to at that time.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="interval values, one row per interval")
    parser.add_argument("--column", action="append", required=True, help="a column to add up (may be repeated)")
    parser.add_argument("--unit", action="append", required=True, help="its unit, once per column")
    parser.add_argument("--timezone", default="UTC", help="the zone of the file's clock (default UTC)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default 0: any free one)")
    parser.add_argument("--serial", default="SIM-0001", help="the meter's serial number")
    parser.add_argument(
        "--float-order",
        default="ABCD",
        choices=[order.name for order in WordOrder],
        help="byte order of the float copy",
    )
    parser.add_argument(
        "--profile-records",
        type=int,
        default=register_map.PROFILE_RECORDS,
        help=f"quarter hours that its load profile keeps (default {register_map.PROFILE_RECORDS}, a week; 0: none)",
    )
    parser.add_argument("--modulus", type=int, help="steps at which the registers start again at 0")
    parser.add_argument(
        "--stamped-at-start", action="store_true", help="rows carry the start of their interval, not its end"
    )
    arguments = parser.parse_args(argv)
    if len(arguments.unit) != len(arguments.column):
        parser.error("one --unit per --column")
    settings = MeterSettings(
        arguments.serial, 1, WordOrder[arguments.float_order], arguments.modulus, arguments.profile_records
    )
    source = csv_load.Source(tuple(arguments.column), arguments.timezone, stamped_at_start=arguments.stamped_at_start)
    try:
        meter = ModbusMeter(csv_load.read(arguments.file, source), settings)
        asyncio.run(_serve(meter, arguments))
    except SimError as error:
        sys.stderr.write(f"{error}\n")
        return 3 if type(error) is LoadError else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
