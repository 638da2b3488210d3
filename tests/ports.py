"""Ports for servers of the tests, which run beside one another and are killed and started again on the same port."""

from __future__ import annotations

import random
import socket

# Below those that systems give to clients (32768 on Linux): nobody's connection takes one while its server is down.
PORTS = range(20_000, 32_000)
# Tests seed the usual chance, so all processes of a test run would choose the same ones.
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """A TCP port of the loopback interface that nothing uses just now."""
    while True:
        port = _CHANCE.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
