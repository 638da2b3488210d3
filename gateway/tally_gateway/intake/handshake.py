"""From the first packet to an authenticated client, or to a refusal. Nothing here writes to a disk or to a log."""

from __future__ import annotations

from dataclasses import dataclass

import mqtt5
from mqtt5 import ConnAckReasonCode as Code

from tally_gateway.errors import CredentialsError, PacketError
from tally_gateway.intake.clients import Authenticator, Identity
from tally_gateway.intake.counters import ListenerCounters
from tally_gateway.intake.framing import decode
from tally_gateway.intake.settings import ListenerLimits
from tally_gateway.intake.stream import PacketStream
from tally_gateway.intake.topics import is_name
from tally_gateway.intake.wire_text import Cursor

_CONNECT = 1
_MQTT_5 = 5
# CONNACK of MQTT 3.1.1 (section 3.2.2.3): return code 1, unacceptable protocol version. Older clients understand no
# other.
_CONNACK_3 = bytes((0x20, 0x02, 0x00, 0x01))


@dataclass(frozen=True, slots=True)
class Hello:
    """What an authenticated client said in its CONNECT, cut to what the listener grants."""

    identity: Identity
    keep_alive_s: int
    receive_max: int
    max_packet_bytes: int | None


class _Refused(Exception):  # noqa: N818  a way out of the checks, never seen outside
    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


async def shake_hands(
    stream: PacketStream, authenticator: Authenticator, limits: ListenerLimits, counters: ListenerCounters
) -> Hello | None:
    """Read CONNECT and answer it. None: the peer was refused, counted and told why as far as its version can be.

    The caller sets the deadline and closes the stream. Raises OSError when the peer goes.
    """
    try:
        frame = await stream.next_frame()
        if frame is None or frame[0] >> 4 != _CONNECT:
            counters.refused_handshake += 1
            return None
        version = _version(frame)
        if version != _MQTT_5:
            counters.refused_version += 1
            stream.write(_CONNACK_3 if version < _MQTT_5 else _refusal(Code.UNSUPPORTED_PROTOCOL_VERSION))
            return None
        packet = decode(frame)
        if not isinstance(packet, mqtt5.ConnectPacket):
            raise PacketError("the first packet is not CONNECT")
        hello = _judge(packet, authenticator, limits)
    except PacketError as error:
        _count_packet_error(error, counters)
        stream.write(_refusal(Code(error.reason)))
        return None
    except _Refused as refused:
        if refused.code == Code.BAD_USER_NAME_OR_PASSWORD:
            counters.refused_auth += 1
        else:
            counters.refused_connect += 1
        stream.write(_refusal(refused.code))
        return None
    stream.write(_welcome(packet, hello, limits))
    return hello


def _count_packet_error(error: PacketError, counters: ListenerCounters) -> None:
    if error.reason == Code.PACKET_TOO_LARGE:
        counters.oversized += 1
    else:
        counters.malformed += 1


def _version(frame: bytes) -> int:
    """The protocol level in CONNECT, before anything else is read: 3 (3.1), 4 (3.1.1), 5."""
    cursor = Cursor(frame, 1)
    cursor.varint()
    name, level = cursor.binary(), cursor.byte()
    if name not in (b"MQTT", b"MQIsdp"):
        raise PacketError("the protocol is not named MQTT")
    return level


def _judge(packet: mqtt5.ConnectPacket, authenticator: Authenticator, limits: ListenerLimits) -> Hello:
    if packet.authentication_method is not None:
        raise _Refused(Code.BAD_AUTHENTICATION_METHOD)
    name, password = packet.username, packet.password
    if name is None or password is None or not is_name(name):
        raise _Refused(Code.BAD_USER_NAME_OR_PASSWORD)
    try:
        identity = authenticator.authenticate(name, password)
    except CredentialsError as error:
        raise _Refused(Code.SERVER_UNAVAILABLE) from error
    if identity is None:
        raise _Refused(Code.BAD_USER_NAME_OR_PASSWORD)
    # Only someone with the token learns what else is wrong.
    if packet.client_id not in ("", identity.name):
        raise _Refused(Code.CLIENT_ID_NOT_VALID)
    if packet.will is not None:
        raise _Refused(Code.IMPLEMENTATION_SPECIFIC_ERROR)
    asked = packet.keep_alive
    granted = asked if 0 < asked <= limits.max_keep_alive_s else limits.max_keep_alive_s
    return Hello(identity, granted, packet.receive_max, packet.max_packet_size)


def _refusal(code: Code) -> bytes:
    return mqtt5.ConnAckPacket(reason_code=code).write()


def _welcome(packet: mqtt5.ConnectPacket, hello: Hello, limits: ListenerLimits) -> bytes:
    return mqtt5.ConnAckPacket(
        session_present=False,
        # No state outlives a connection: what was not acknowledged is published again from the client's own outbox.
        session_expiry_interval=0 if packet.session_expiry_interval else None,
        assigned_client_id=None if packet.client_id else hello.identity.name,
        server_keep_alive=None if packet.keep_alive == hello.keep_alive_s else hello.keep_alive_s,
        receive_max=limits.receive_max,
        max_qos=mqtt5.QoS.AT_LEAST_ONCE,
        retain_available=False,
        max_packet_size=limits.max_packet_bytes,
        topic_alias_max=0,
        wildcard_subscription_available=False,
        subscription_id_available=False,
        shared_subscription_available=False,
    ).write()
