"""Ports for servers of the tests, which run beside one another and are killed and started again on the same port.

A port is held by a lock on a file from when it is given until it is given back, or its process ends: between choosing a
port and listening on it nobody else is told the same one, in this process or another.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below those that systems give to clients (32768 on Linux): nobody's connection takes one while its server is down.
PORTS = range(20_000, 32_000)
LOCKS = Path(tempfile.gettempdir()) / f"tallystick-ports-{os.getuid()}"
# Tests seed the usual chance, so all processes of a test run would choose the same ones.
_CHANCE = random.SystemRandom()
_held: dict[int, int] = {}


def free_port() -> int:
    """A TCP port of the loopback interface that nothing uses just now."""
    LOCKS.mkdir(exist_ok=True)
    while True:
        port = _CHANCE.choice(PORTS)
        lock = os.open(LOCKS / str(port), os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(lock)
            continue
        _held[port] = lock
        return port


def give_back(port: int) -> None:
    """Where one process uses very many."""
    os.close(_held.pop(port))
