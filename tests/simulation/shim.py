"""The part in C: built once per version, loaded before everything else into the process that runs the simulation."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).with_name("disk_shim.c")
FLAGS = ("-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")
LOADED = "TALLYSTICK_SIMULATION_SHIM"
"""Set, to the library's path, in a process that has it."""

HOOK = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_longlong,
    ctypes.c_void_p,
    ctypes.c_longlong,
)
"""(what, path, target, offset, data, length) -> 0, or the error number with which the call fails."""


def compiler() -> str | None:
    """A C compiler, where there is one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build() -> Path:
    """The library, made where it is missing. Raises RuntimeError without a compiler."""
    tool = compiler()
    if tool is None:
        raise RuntimeError("the simulation needs a C compiler (cc) for the disk that forgets")
    name = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"tallystick-shim-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{name}.so"
    if not made.exists():
        fresh = folder / f".{name}.{os.getpid()}.so"
        subprocess.run([tool, *FLAGS, "-o", str(fresh), str(SOURCE), "-ldl"], check=True, capture_output=True)
        fresh.replace(made)
    return made


def environment() -> dict[str, str]:
    """What a process of the simulation is started with: the library, and hashes that do not differ from run to run."""
    library = str(build())
    return {**os.environ, "LD_PRELOAD": library, LOADED: library, "PYTHONHASHSEED": "0"}


class Watch:
    """What this process does to files below a folder is told to `told`, until `close`."""

    def __init__(self, folder: Path, told: Callable[[int, bytes, bytes | None, int, int, int], int]) -> None:
        """Raises KeyError where the library is not loaded."""
        self._library = ctypes.CDLL(os.environ[LOADED])
        self._library.tally_watch.argtypes = [ctypes.c_char_p, HOOK]
        self._library.tally_watch.restype = None
        self._library.tally_close_below.argtypes = [ctypes.c_char_p]
        self._hook = HOOK(told)
        self._library.tally_watch(os.fsencode(folder), self._hook)

    def close_below(self, folder: Path) -> None:
        """Close every file that is open below `folder`, as the end of a process does."""
        self._library.tally_close_below(os.fsencode(f"{folder}/"))

    def close(self) -> None:
        """Nothing is told any more."""
        self._library.tally_watch(b"", HOOK(0))
