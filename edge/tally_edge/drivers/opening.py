"""Opens the driver that a metering point is configured for. A driver's libraries are imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Final

from tally_edge.agent.config import PointConfig
from tally_edge.drivers.interface import Driver
from tally_edge.errors import ConfigError

DRIVERS: Final = {"modbus": "modbus", "csv": "csv_replay", "simulated": "simulated"}
"""The word in a point's `driver`, and the module that implements it."""


def open_driver(point: PointConfig) -> Driver:
    """The driver of `point`; nothing is connected yet. Raises ConfigError."""
    module = DRIVERS.get(point.driver)
    if module is None:
        raise ConfigError(
            f"{point.meter.file}: {point.uri}: driver {point.driver!r} is not one of {', '.join(DRIVERS)}"
        )
    opener: Callable[[PointConfig], Driver] = import_module(f"tally_edge.drivers.{module}").open_meter
    registers = tuple(replace(register, options=register.options.copy()) for register in point.registers)
    return opener(replace(point, meter=point.meter.copy(), registers=registers))  # so that it can be opened again
