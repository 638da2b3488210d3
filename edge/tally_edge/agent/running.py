"""Running an agent as a process: what is opened, in which order, and how signals end it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType

from tally_edge import passphrase, signer
from tally_edge.agent import clock
from tally_edge.agent.agent import Agent, Identity, outbox_of
from tally_edge.agent.clock import SystemClock, VirtualClock
from tally_edge.agent.config import EdgeConfig
from tally_edge.agent.transport import Transport
from tally_edge.agent.uplink_transport import transport_of
from tally_edge.drivers.interface import Driver, Spanning
from tally_edge.drivers.opening import open_driver
from tally_edge.errors import ConfigError

_FORCED = 130


def run(settings: EdgeConfig, transport: Transport | None = None) -> None:
    """Run until a signal, or to the end of an accelerated run. `transport` None: the uplink of the settings.

    SIGTERM and SIGINT end it in order: what is packed is signed, the outbox is closed. A second signal ends it at once;
    nothing that was signed is lost by that either.
    """
    if settings.gateway is None:
        raise ConfigError(f"{settings.file}: gateway: is missing; fill in what the gateway gave for this device")
    key = signer.load(settings.device.key_file, passphrase.read(settings.device.passphrase_file))
    name = settings.gateway.name or key.public_key.kid.hex()
    way = transport_of(settings.gateway, name) if transport is None else transport
    identity = Identity(settings.device.uri, key, name, settings.gateway.proof_key, settings.device.lost_since)
    drivers = {point.uri: open_driver(point) for point in settings.points}
    first, last = _span(settings, drivers) if settings.run.accelerated else (0, 0)
    source = VirtualClock(first) if settings.run.accelerated else _system_clock(settings)
    outbox = outbox_of(settings.outbox_folder, key, settings.outbox_bytes)
    with ExitStack() as stack:
        stack.callback(outbox.close)
        agent = Agent(
            identity,
            settings.points,
            drivers,
            outbox,
            transport=way,
            clock=source,
            waits_for_gateway=settings.run.accelerated,
        )
        _stop_on_signals(agent.stop)
        stack.pop_all()  # from here on the agent closes it
        if isinstance(source, VirtualClock):
            agent.run_accelerated(source, first, last, close=settings.run.close)
        else:
            agent.run()


def _system_clock(settings: EdgeConfig) -> SystemClock:
    floor = clock.FLOOR if settings.run.clock_floor is None else settings.run.clock_floor
    return SystemClock(floor, settings.run.synchronised_file)


def _span(settings: EdgeConfig, drivers: dict[str, Driver]) -> tuple[int, int]:
    """From where to where an accelerated run goes. Raises ConfigError where neither settings nor a file says."""
    spans = [driver.span() for driver in drivers.values() if isinstance(driver, Spanning)]
    first, last = settings.run.from_at, settings.run.until_at
    if spans:
        first = max(start for start, _ in spans) if first is None else first
        last = min(end for _, end in spans) if last is None else last
    if first is None or last is None or first >= last:
        raise ConfigError(f"{settings.file}: run: an accelerated run needs `from` and a later `until`, in Unix seconds")
    return first, last


def _stop_on_signals(stop: Callable[[], None]) -> None:
    asked = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(_FORCED)
        asked = True
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
