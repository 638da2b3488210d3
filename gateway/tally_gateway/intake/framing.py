"""Cut a byte stream into MQTT packets, refusing one that is too long as soon as its header says so; and decode it.

    packet = type and flags (1 byte), remaining length (1 to 4 bytes, shortest form), as many bytes     (MQTT 5.0, 2.1)

No IO. At most one read's worth of bytes and one packet within the limit are ever held.
"""

from __future__ import annotations

import mqtt5

from tally_gateway.errors import PacketError
from tally_gateway.intake.wire_text import check_packet

PACKET_TOO_LARGE = 0x95
_LONGEST_HEADER = 5


class FrameSplitter:
    """Bytes in, whole packets out."""

    def __init__(self, max_packet_bytes: int) -> None:
        self.max_packet_bytes = max_packet_bytes
        """The longest packet allowed from now on, header included; the listener raises it once a client has
        authenticated."""
        self._held = bytearray()
        self._start = 0

    @property
    def held_bytes(self) -> int:
        """Bytes fed and not yet taken."""
        return len(self._held) - self._start

    def feed(self, data: bytes) -> None:
        """Add what was read from the stream."""
        if self._start:
            del self._held[: self._start]
            self._start = 0
        self._held += data

    def next_frame(self) -> bytes | None:
        """The next whole packet, or None until more is fed. Raises PacketError: bad length, or longer than the
        limit."""
        size_bytes = self._announced()
        if size_bytes is None:
            return None
        if size_bytes > self.max_packet_bytes:
            raise PacketError(f"a packet of {size_bytes} bytes, {self.max_packet_bytes} are allowed", PACKET_TOO_LARGE)
        if size_bytes > self.held_bytes:
            return None
        end = self._start + size_bytes
        frame = bytes(self._held[self._start : end])
        self._start = end
        return frame

    def _announced(self) -> int | None:
        """The size that the header at the front announces, header included; None while the header is not whole."""
        value = 0
        for place in range(1, _LONGEST_HEADER):
            if self.held_bytes <= place:
                return None
            digit = self._held[self._start + place]
            value |= (digit & 0x7F) << 7 * (place - 1)
            if digit < 0x80:
                if place > 1 and digit == 0:
                    raise PacketError("the remaining length is longer than it need be")
                return 1 + place + value
        raise PacketError("the remaining length has more than four bytes")


def decode(frame: bytes) -> mqtt5.Packet:
    """One whole packet of MQTT 5. Raises PacketError and nothing else."""
    check_packet(frame)
    try:
        packet, used = mqtt5.read(memoryview(frame))
    except (ValueError, IndexError) as error:
        raise PacketError(f"not an MQTT 5 packet: {error}") from error
    if used != len(frame):
        raise PacketError(f"{len(frame) - used} bytes after the end of the packet")
    return packet
