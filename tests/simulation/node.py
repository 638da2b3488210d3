"""A machine on which one process runs after the other: killed, cut off from its power, or ended by itself, and begun
again on what its disk then holds."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import Coroutine
from typing import Any, Protocol

from tests.simulation.disk import Loss, Machines, Process
from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.oracle import FaultFound
from tests.simulation.trace import Trace

_DOWN_S = (0.5, 90.0)


class Program(Protocol):
    """What runs on a node."""

    name: str

    def live(self, process: Process) -> Coroutine[Any, Any, None]:
        """Until it is stopped, or cannot go on."""
        ...

    def dead(self, process: Process) -> None:
        """The process is no more; the outside of it is told."""
        ...

    def found(self, process: Process) -> None:
        """The next process's files, before it begins."""
        ...

    def excuses(self, process: Process, error: BaseException | None) -> bool:
        """Whether the process may end by itself with this."""
        ...


class Node:
    """See the module's text."""

    def __init__(
        self, program: Program, machines: Machines, loop: VirtualLoop, chance: random.Random, trace: Trace
    ) -> None:
        self.program = program
        self._machines, self._loop, self._chance, self._trace = machines, loop, chance, trace
        self.process = machines.first(program.name, chance)
        self.power_rate = 0.0
        self.deaths = self.power_cuts = self.ends = 0
        self.task: asyncio.Task[None] | None = None
        self.quick = False
        """Whether it is begun again at once."""

    async def run(self) -> None:
        """One process after the other, for ever. Raises FaultFound."""
        while True:
            await self._one_life(self.process)
            self.program.dead(self.process)
            self._machines.bury(self.process)
            if self._chance.random() < self.power_rate:
                self.power_cuts += 1
                loss = self._chance.choice((Loss.DROPPED, Loss.TORN, Loss.TORN))
            else:
                loss = Loss.KEPT
            self._trace.note(self.process.label, f"leaves its files {loss.value}")
            self.process = self._machines.next(self.process, loss)
            self.program.found(self.process)
            await asyncio.sleep(0.5 if self.quick else self._chance.uniform(*_DOWN_S))

    async def _one_life(self, process: Process) -> None:
        died = asyncio.Event()

        def on_death(why: str) -> None:
            self._trace.note(process.label, f"dies {why}")
            died.set()

        process.on_death = on_death
        context = contextvars.copy_context()
        context.run(PROCESS.set, process)
        self._trace.note(process.label, "begins")
        task = self.task = self._loop.create_task(self.program.live(process), context=context)
        waiting = asyncio.ensure_future(died.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not process.alive:
            self.deaths += 1
            task.cancel()
            await asyncio.wait({task})
            self._heard(task)
            return
        waiting.cancel()
        self.ends += 1
        error = self._heard(task)
        self._trace.note(process.label, f"ends: {type(error).__name__} {error}")
        excused = self.program.excuses(process, error)
        process.die("as it has ended")
        if not excused:
            raise FaultFound(
                f"at {self._loop.time():.3f} s: broken: {process.label} does not go on: {error!r}"
            ) from error

    @staticmethod
    def _heard(task: asyncio.Task[None]) -> BaseException | None:
        """What a task ended with. Raises FaultFound, which no end excuses."""
        error = None if task.cancelled() else task.exception()
        for one in _leaves(error):
            if isinstance(one, FaultFound | AssertionError):
                raise one
        return next(iter(_leaves(error)), None)


def _leaves(error: BaseException | None) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [] if error is None else [error]
