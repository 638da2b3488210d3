"""A process that computes what would take a server's breath: one call at a time, with a bound on time and memory.

A call that takes too long ends the process, and so does one that takes too much memory; the next call starts a new one.
What a call refuses comes back as what it is: a WorkRefusedError with its text; what it can not read, as OSError.
Nothing is kept here but what a call can work out again. Its server alone ends it, not signals for all of a service.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final, ParamSpec, TypeVar

from tally_edge.errors import TallyError
from tally_finance.errors import WorkFailedError, WorkRefusedError

P = ParamSpec("P")
R = TypeVar("R")

MOST_BYTES: Final = 4 << 30
"""Of addresses: a site-year of 200 meters takes 2 GiB, and libraries ask for more than they use."""
LONGEST_S: Final = 900
_WAIT_S: Final = 60.0
"""For the call before; whoever waits longer is told to come again."""


class Worker:
    """One process. Calls from several threads wait for each other."""

    def __init__(self, longest_s: float = LONGEST_S, most_bytes: int = MOST_BYTES, wait_s: float = _WAIT_S) -> None:
        self._longest_s, self._most_bytes, self._wait_s = longest_s, most_bytes, wait_s
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work`, a function of a module, gives there.

        Raises WorkRefusedError with the text of a TallyError that it raised, OSError for one that it raised and where
        no process can be started, WorkFailedError where it took too long or too much or the process died, and
        BlockingIOError where the process has been busy for too long.
        """
        if not self._turn.acquire(timeout=self._wait_s):
            raise BlockingIOError("the process that computes is busy")
        try:
            said, value = self._asked(work, args, kwargs)
        finally:
            self._turn.release()
        if said == "refused":
            raise WorkRefusedError(value)
        if said == "unread":
            raise OSError(value)
        found: R = value
        return found

    @property
    def is_busy(self) -> bool:
        """Whether it is at a call."""
        return self._turn.locked()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _asked(self, work: Callable[..., Any], args: Any, kwargs: Any) -> tuple[str, Any]:
        pipe = self._open()
        try:
            pipe.send((work, args, kwargs))
            if not pipe.poll(self._longest_s):
                raise WorkFailedError(f"it takes longer than {self._longest_s} s")
            said, value = pipe.recv()
        except (EOFError, OSError):
            self.close()
            raise WorkFailedError("the process that computed it died") from None
        except BaseException:
            self.close()
            raise
        if said == "failed":
            self.close()
            raise WorkFailedError(value)
        return said, value

    def _open(self) -> Connection:
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.close()
            # Not a fork of the server, which has threads, but of a process without any that has read the code already.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["tally_finance.review_api.computing"])
            pipe, theirs = context.Pipe()
            given = (theirs, self._most_bytes, self._longest_s)
            process = context.Process(target=_serve, args=given, daemon=True)
            try:
                process.start()
                theirs.close()
                pipe.recv()  # from here on no signal but its server's ends it
            except (EOFError, OSError) as error:
                pipe.close()
                raise OSError(f"no process that computes could be started: {error}") from None
            self._process, self._pipe = process, pipe
        return self._pipe


def _serve(pipe: Connection, most_bytes: int, longest_s: float) -> None:
    # Ctrl-C and whoever stops a service send their signals to all of its processes: that is no end of a computation.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, hard))
    with contextlib.suppress(EOFError, ConnectionError):
        pipe.send("ready")
        while True:
            work, args, kwargs = pipe.recv()
            _bound(longest_s)
            pipe.send(_done(work, args, kwargs))


def _bound(longest_s: float) -> None:
    """A server that was killed ends nothing: the system does, after as much time of a processor."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + longest_s) + 1, hard))


def _done(work: Callable[..., Any], args: Any, kwargs: Any) -> tuple[str, Any]:
    try:
        return "done", work(*args, **kwargs)
    except TallyError as error:
        return "refused", str(error)
    except OSError as error:
        return "unread", str(error)
    except MemoryError:
        return "failed", "it takes more memory than a computation may"
    except Exception as error:  # noqa: BLE001  a fault in here must be told there, and the process be a new one
        return "failed", f"{type(error).__name__}: {error}"
