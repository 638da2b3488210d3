"""The processes of a demonstration: started, watched, and ended by their own handle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tally_gateway.errors import DemoError

STOP_S: Final = 20
"""Long enough for an orderly end; after it the process is killed."""

_TAIL_CHARS: Final = 1_500


class Process:
    """A command of this project in a process of its own; what it prints goes to a file."""

    def __init__(self, name: str, command: Sequence[str], output: Path, secret: str) -> None:
        """`secret` is the passphrase of its keys, handed over in the environment."""
        self.name = name
        self.output = output
        environment = {**os.environ, "TALLYSTICK_PASSPHRASE": secret, "PYTHONUNBUFFERED": "1"}
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    @classmethod
    def tallystick(cls, name: str, arguments: Sequence[str], output: Path, secret: str) -> Self:
        """`tallystick ARGUMENTS`."""
        return cls(name, ["-m", "tally_edge.command", *arguments], output, secret)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def tail(self) -> str:
        """The end of what it printed."""
        return self.output.read_text("utf-8", "replace")[-_TAIL_CHARS:].strip()

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until `ready`. Raises DemoError when the process ends or time runs out before."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.code is not None:
                raise DemoError(f"{self.name} ended with {self.code} before {what}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise DemoError(f"{self.name}: no {what} after {seconds:.0f} s:\n{self.tail()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """End it in order (SIGTERM), by force after STOP_S. Its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def __enter__(self) -> Self:
        """The process."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.stop()
