"""Runs a simulated meter beside synchronous code: in a thread of its own, for as long as a `with` block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tally_sim.modbus_meter import ModbusMeter


@contextmanager
def running(meter: ModbusMeter, port: int = 0) -> Iterator[int]:
    """Serve `meter` on the loopback address and give its port. Raises MeterError where it can not listen."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated meter", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(meter.start(port), loop).result(timeout=10)
    finally:
        asyncio.run_coroutine_threadsafe(_stop(meter), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _stop(meter: ModbusMeter) -> None:
    await meter.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # closed transports say so in the next turn of the loop
