"""What the agent needs of a way to its gateway. MQTT in production (`uplink_transport`), anything in a simulation."""

from __future__ import annotations

from typing import Protocol

DELIVERED = 0
"""The reason of an acknowledgement that says: somebody has it. Not that it is durable; only a confirmation says
that."""


class TransportListener(Protocol):
    """Told what happens; may be called from another thread, must not block."""

    def on_state(self, connected: bool) -> None:
        """Able to publish, or not any more."""
        ...

    def on_puback(self, token: int, reason: int) -> None:
        """The answer to a publish that returned True; DELIVERED or something else."""
        ...

    def on_down(self, client: str, payload: bytes) -> None:
        """Something came from the gateway. Unauthenticated: check what is signed in it."""
        ...


class Transport(Protocol):
    """A way to the gateway. It keeps nothing; it may lose, repeat and reorder."""

    def start(self, listener: TransportListener) -> None:
        """Begin to connect, in the background."""
        ...

    def publish(self, token: int, client: str, payload: bytes, newest: int) -> bool:
        """Send a statement, and beside it the newest number of its stream, where the way has room for that
        (newest_told). False: not connected, or the window is full; then nothing was sent."""
        ...

    def ask(self, client: str, payload: bytes) -> bool:
        """Send a statement of kind ask; nobody confirms it. False: not now."""
        ...

    def stop(self) -> None:
        """Disconnect; no callbacks after the return."""
        ...
