"""One accepted socket as a stream of MQTT packets, bounded on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

from tally_gateway.intake.framing import FrameSplitter
from tally_gateway.intake.settings import MAX_CONNECT_BYTES

# asyncio stops reading the socket when twice this waits to be taken.
_READ_BYTES = 16 << 10
_CLOSE_S = 2.0


class PacketStream:
    """Reads whole frames and writes bytes. Starts with the small limit of a peer that has not authenticated."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._splitter = FrameSplitter(MAX_CONNECT_BYTES)

    @classmethod
    async def accept(cls, sock: socket.socket, tls: ssl.SSLContext | None, handshake_s: float) -> PacketStream:
        """Take over `sock`, shaking hands when `tls` is given. Raises OSError (ssl.SSLError is one); closes the
        socket then."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_BYTES, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            if tls is None:
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock)
            else:
                transport, _ = await loop.connect_accepted_socket(
                    lambda: protocol, sock, ssl=tls, ssl_handshake_timeout=handshake_s, ssl_shutdown_timeout=_CLOSE_S
                )
        except BaseException:
            sock.close()
            raise
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    def allow(self, max_packet_bytes: int) -> None:
        """Raise the limit on packets, once the peer has authenticated."""
        self._splitter.max_packet_bytes = max_packet_bytes

    async def next_frame(self) -> bytes | None:
        """The next packet's bytes; None when the peer has closed. Raises PacketError and OSError."""
        while True:
            frame = self._splitter.next_frame()
            if frame is not None:
                return frame
            data = await self._reader.read(_READ_BYTES)
            if not data:
                return None
            self._splitter.feed(data)

    def write(self, data: bytes) -> None:
        """Queue bytes for the peer; nothing happens once the connection is closing."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait until the peer has taken enough of what was written. Raises OSError when it has gone."""
        await self._writer.drain()

    @property
    def closing(self) -> bool:
        """Whether the connection has ended or is about to."""
        return self._writer.is_closing()

    @property
    def unsent_bytes(self) -> int:
        """Bytes written that the peer has not taken."""
        size: int = self._writer.transport.get_write_buffer_size()
        return size

    def abort(self) -> None:
        """Drop the connection now, with whatever is unsent."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Send what is queued and close, within two seconds; then drop."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_S):
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
        except TimeoutError:
            pass
        finally:
            self.abort()
