"""An agent as a process of its own, to be killed: its statements go over a socket pair to the gateway in the test.

    python -m tests.edge.agent.killed_agent FOLDER SOCKET_NUMBER GATEWAY_KEY FIRST

Frames: four bytes length, one byte what it is (u statement, a ask, d down), the payload. Time runs slot by slot, as
fast as the outbox takes it, and goes on after what the outbox remembers.
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

from tally_edge import keys, signer
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.transport import TransportListener
from tests.edge.agent.rig import DEVICE, POINT, FreezingMeter, point_config


def receive(stream: socket.socket) -> tuple[bytes, bytes] | None:
    """One frame, None at the end."""
    head = b""
    while len(head) < 5:
        more = stream.recv(5 - len(head))
        if not more:
            return None
        head += more
    size, body = int.from_bytes(head[:4], "big"), b""
    while len(body) < size:
        more = stream.recv(size - len(body))
        if not more:
            return None
        body += more
    return head[4:], body


def send(stream: socket.socket, what: bytes, payload: bytes) -> None:
    """Send one frame."""
    stream.sendall(len(payload).to_bytes(4, "big") + what + payload)


class SocketTransport:
    """Statements over a socket."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def start(self, listener: TransportListener) -> None:
        def read() -> None:
            while (frame := receive(self._stream)) is not None:
                listener.on_down("x", frame[1])

        threading.Thread(target=read, daemon=True).start()
        listener.on_state(connected=True)

    def publish(self, token: int, client: str, payload: bytes, newest: int) -> bool:
        send(self._stream, b"u", payload)
        return True

    def ask(self, client: str, payload: bytes) -> bool:
        send(self._stream, b"a", payload)
        return True

    def stop(self) -> None:
        self._stream.close()


def main() -> None:
    folder, number, gateway_key, first = (
        Path(sys.argv[1]),
        int(sys.argv[2]),
        bytes.fromhex(sys.argv[3]),
        int(sys.argv[4]),
    )
    key = signer.load(folder / "key", "a long passphrase")
    outbox = Outbox(folder / "outbox", key.public_key.kid, 2**22)
    identity = Identity(DEVICE, key, key.public_key.kid.hex(), keys.decode_public_key(gateway_key))
    clock = VirtualClock(first)
    agent = Agent(
        identity,
        [point_config(pack_readings=4)],
        {POINT: FreezingMeter()},
        outbox,
        transport=SocketTransport(socket.socket(fileno=number)),
        clock=clock,
        waits_for_gateway=True,
    )
    agent.run_accelerated(clock, first, first + 10 * 366 * 86_400, close=False)


if __name__ == "__main__":
    main()
