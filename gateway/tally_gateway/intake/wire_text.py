"""Check the text inside an MQTT 5 packet before the codec sees it.

mqtt5 0.8.0 panics on text that is not UTF-8: it prints a Rust back-trace to standard error and raises an exception
outside `Exception`. Anyone who can open a socket could fill the log with that. So every text field of every packet
that a client may send is walked first; the same walk finds lengths that run past the end. The grammar is MQTT 5.0
(OASIS, 2019), sections 2 and 3.
"""

from __future__ import annotations

import enum
from typing import Final

from tally_gateway.errors import PacketError

_PROTOCOL_ERROR = 0x82


class _Kind(enum.Enum):
    BYTE = 1
    TWO_BYTES = 2
    FOUR_BYTES = 4
    VARINT = 5
    TEXT = 6
    BINARY = 7
    TEXT_PAIR = 8


# Section 2.2.2.2, table 2-4: which type the value of each property has.
_PROPERTIES: Final[dict[int, _Kind]] = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), _Kind.BYTE),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), _Kind.TWO_BYTES),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), _Kind.FOUR_BYTES),
    0x0B: _Kind.VARINT,
    **dict.fromkeys((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F), _Kind.TEXT),
    **dict.fromkeys((0x09, 0x16), _Kind.BINARY),
    0x26: _Kind.TEXT_PAIR,
}


class Cursor:
    """Reads MQTT's primitive fields; every method raises PacketError rather than run past the end."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self.position = position

    @property
    def rest(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self.position

    def skip(self, count: int) -> None:
        """Step over `count` bytes."""
        if count > self.rest:
            raise PacketError(f"a field of {count} bytes runs past the end of the packet")
        self.position += count

    def byte(self) -> int:
        """One byte."""
        self.skip(1)
        return self._data[self.position - 1]

    def two_bytes(self) -> int:
        """A big-endian 16-bit integer."""
        self.skip(2)
        return int.from_bytes(self._data[self.position - 2 : self.position])

    def varint(self) -> int:
        """A variable byte integer of at most four bytes, in its shortest form (section 1.5.5)."""
        value = 0
        for shift in (0, 7, 14, 21):
            digit = self.byte()
            value |= (digit & 0x7F) << shift
            if digit < 0x80:
                if shift and digit == 0:
                    raise PacketError("a variable byte integer is longer than it need be")
                return value
        raise PacketError("a variable byte integer has more than four bytes")

    def binary(self) -> bytes:
        """Bytes after their 16-bit length."""
        length = self.two_bytes()
        self.skip(length)
        return self._data[self.position - length : self.position]

    def text(self) -> str:
        """UTF-8 text after its 16-bit length, without U+0000 and surrogates (section 1.5.4)."""
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError as error:
            raise PacketError("a text field is not UTF-8") from error
        if "\0" in text:
            raise PacketError("a text field holds U+0000")
        return text

    def properties(self) -> None:
        """A property list: its length, then identifier and value pairs that fill it exactly."""
        length = self.varint()
        end = self.position + length
        if length > self.rest:
            raise PacketError("the properties run past the end of the packet")
        while self.position < end:
            kind = _PROPERTIES.get(self.varint())
            if kind is None:
                raise PacketError("an unknown property")
            self._value(kind)
        if self.position != end:
            raise PacketError("a property runs past the end of the properties")

    def _value(self, kind: _Kind) -> None:
        match kind:
            case _Kind.VARINT:
                self.varint()
            case _Kind.TEXT:
                self.text()
            case _Kind.BINARY:
                self.binary()
            case _Kind.TEXT_PAIR:
                self.text()
                self.text()
            case _:
                self.skip(kind.value)


def _connect(cursor: Cursor) -> None:
    cursor.text()
    cursor.byte()
    flags = cursor.byte()
    cursor.two_bytes()
    cursor.properties()
    cursor.text()
    if flags & 0x04:
        cursor.properties()
        cursor.text()
        cursor.binary()
    if flags & 0x80:
        cursor.text()
    if flags & 0x40:
        cursor.binary()


def _optional_reason(cursor: Cursor) -> None:
    if cursor.rest:
        cursor.byte()
    if cursor.rest:
        cursor.properties()


def _subscribe(cursor: Cursor, *, with_options: bool) -> None:
    _packet_id(cursor)
    cursor.properties()
    while cursor.rest:
        cursor.text()
        if with_options:
            cursor.byte()


def _packet_id(cursor: Cursor) -> None:
    if cursor.two_bytes() == 0:
        raise PacketError("packet identifier 0", _PROTOCOL_ERROR)


def check_packet(frame: bytes) -> None:
    """Walk one whole packet (fixed header included) that a client may send; raise PacketError at the first fault.

    What follows the last field of PUBLISH is its payload and is not looked at. The codec checks everything else.
    """
    kind, flags = frame[0] >> 4, frame[0] & 0x0F
    cursor = Cursor(frame, 1)
    cursor.varint()
    match kind:
        case 1:
            _connect(cursor)
        case 3:
            cursor.text()
            if flags & 0x06:
                _packet_id(cursor)
            cursor.properties()
            return
        case 4:
            _packet_id(cursor)
            _optional_reason(cursor)
        case 8:
            _subscribe(cursor, with_options=True)
        case 10:
            _subscribe(cursor, with_options=False)
        case 12:
            pass
        case 14 | 15:
            _optional_reason(cursor)
        case _:
            raise PacketError(f"a client does not send packets of type {kind}", _PROTOCOL_ERROR)
    if cursor.rest:
        raise PacketError(f"{cursor.rest} bytes after the end of the packet's fields")
