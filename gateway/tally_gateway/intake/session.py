"""One authenticated client: what it sends, what it is sent, and how it is told to go."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import mqtt5
from mqtt5 import DisconnectReasonCode, PubAckReasonCode, QoS, SubAckReasonCode

from tally_edge import newest_told
from tally_gateway.errors import PacketError
from tally_gateway.intake.counters import ListenerCounters
from tally_gateway.intake.framing import PACKET_TOO_LARGE, decode
from tally_gateway.intake.handshake import Hello
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.quota import ClientQuota
from tally_gateway.intake.settings import ListenerLimits
from tally_gateway.intake.stream import PacketStream
from tally_gateway.intake.topics import down, up

PUBACK_REASON: Final[dict[Outcome, PubAckReasonCode]] = {
    Outcome.COMMITTED: PubAckReasonCode.SUCCESS,
    Outcome.REFUSED: PubAckReasonCode.PAYLOAD_FORMAT_INVALID,
    Outcome.OVER_QUOTA: PubAckReasonCode.QUOTA_EXCEEDED,
    Outcome.TRY_LATER: PubAckReasonCode.UNSPECIFIED_ERROR,
}
_MAX_PACKET_ID = 65535


@dataclass(frozen=True, slots=True)
class Upload:
    """A PUBLISH that waits for the sink, and the session that is owed its PUBACK."""

    session: Session
    packet_id: int
    delivery: Delivery


class _End(Exception):  # noqa: N818  how a session stops itself
    def __init__(self, reason: DisconnectReasonCode | None) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SessionWorld:
    """What all sessions of a listener share."""

    prefix: str
    limits: ListenerLimits
    counters: ListenerCounters
    inbox: Inbox[Upload]
    now_ns: Callable[[], int] = time.monotonic_ns


class Session:
    """Lives as long as its connection; nothing of it is kept afterwards."""

    def __init__(self, stream: PacketStream, hello: Hello, quota: ClientQuota, world: SessionWorld) -> None:
        self.identity = hello.identity
        self._stream, self._hello, self._quota, self._world = stream, hello, quota, world
        self._up, self._down = up(self.name, world.prefix), down(self.name, world.prefix)
        self._waiting: set[int] = set()
        self._granted: QoS | None = None
        self._down_ids: set[int] = set()
        self._last_down_id = 0
        stream.allow(world.limits.max_packet_bytes)

    @property
    def name(self) -> str:
        """The client's transport name."""
        return self.identity.name

    async def run(self) -> None:
        """Serve the client until it leaves, breaks a rule or is told to go. Raises OSError when the connection
        breaks."""
        counters = self._world.counters
        try:
            while True:
                await self._handle(await self._next_packet())
                async with asyncio.timeout(self._world.limits.drain_s):
                    await self._stream.drain()
        except _End as end:
            reason = end.reason
        except PacketError as error:
            if error.reason == PACKET_TOO_LARGE:
                counters.oversized += 1
            else:
                counters.malformed += 1
            reason = DisconnectReasonCode(error.reason)
        except TimeoutError:
            counters.slow_readers += 1
            self._stream.abort()
            return
        if reason is not None:
            self.say_goodbye(reason)

    def say_goodbye(self, reason: DisconnectReasonCode) -> None:
        """Write DISCONNECT. The caller closes the connection."""
        self._stream.write(mqtt5.DisconnectPacket(reason_code=reason).write())

    def answer(self, answered: Iterable[tuple[int, Outcome]]) -> None:
        """Acknowledge uploads, in one write. Nothing happens when the client has gone: it will send them again."""
        acks = bytearray()
        for packet_id, outcome in answered:
            self._waiting.discard(packet_id)
            acks += mqtt5.PubAckPacket(packet_id, reason_code=PUBACK_REASON[outcome]).write()
            self._world.counters.acked += 1
        self._stream.write(bytes(acks))

    def send_down(self, payload: bytes) -> bool:
        """Publish to the client's down topic, if it listens, keeps up and accepts the size."""
        limits = self._world.limits
        window = min(limits.down_in_flight, self._hello.receive_max)
        if self._granted is None or self._stream.closing or self._stream.unsent_bytes > limits.down_buffer_bytes:
            return False
        if self._granted == QoS.AT_MOST_ONCE:
            packet = mqtt5.PublishPacket(self._down, payload).write()
        elif len(self._down_ids) >= window:
            return False
        else:
            packet_id = self._free_down_id()
            packet = mqtt5.PublishPacket(self._down, payload, qos=QoS.AT_LEAST_ONCE, packet_id=packet_id).write()
            self._down_ids.add(packet_id)
        longest = self._hello.max_packet_bytes
        if longest is not None and len(packet) > longest:
            if self._granted != QoS.AT_MOST_ONCE:
                self._down_ids.discard(self._last_down_id)
            return False
        self._stream.write(packet)
        return True

    def _free_down_id(self) -> int:
        """The next packet identifier not in use; the window is far smaller than the range, so there is one."""
        while True:
            self._last_down_id = self._last_down_id % _MAX_PACKET_ID + 1
            if self._last_down_id not in self._down_ids:
                return self._last_down_id

    async def _next_packet(self) -> tuple[mqtt5.Packet, int]:
        """The next packet and its size. A client must finish one in 1.5 times its keep-alive (section 3.1.2.10)."""
        try:
            async with asyncio.timeout(1.5 * self._hello.keep_alive_s):
                frame = await self._stream.next_frame()
        except TimeoutError:
            self._world.counters.keep_alive += 1
            raise _End(DisconnectReasonCode.KEEP_ALIVE_TIMEOUT) from None
        if frame is None:
            raise _End(None)
        return decode(frame), len(frame)

    async def _handle(self, received: tuple[mqtt5.Packet, int]) -> None:
        packet, size_bytes = received
        match packet:
            case mqtt5.PublishPacket():
                await self._publish(packet, size_bytes)
            case mqtt5.PubAckPacket() if packet.packet_id in self._down_ids:
                self._down_ids.discard(packet.packet_id)  # an answer to what was sent: it costs the client nothing
            case mqtt5.PubAckPacket():
                await self._charge(size_bytes)
            case mqtt5.PingReqPacket():
                await self._charge(size_bytes)
                self._stream.write(mqtt5.PingRespPacket().write())
            case mqtt5.SubscribePacket():
                await self._charge(size_bytes)
                self._subscribe(packet)
            case mqtt5.UnsubscribePacket():
                await self._charge(size_bytes)
                self._unsubscribe(packet)
            case mqtt5.DisconnectPacket():
                raise _End(None)
            case _:
                raise self._broken(DisconnectReasonCode.PROTOCOL_ERROR)

    async def _charge(self, size_bytes: int) -> None:
        """Count a packet that is answered at once; over the quota the client is not read for a while."""
        if not self._quota.take(size_bytes, self._world.now_ns()):
            self._world.counters.quota += 1
            await self._pause(size_bytes)

    async def _pause(self, size_bytes: int) -> None:
        wait_s = self._quota.wait_ns(size_bytes) / 1_000_000_000
        await asyncio.sleep(min(wait_s, self._world.limits.over_quota_pause_s))

    def _broken(self, reason: DisconnectReasonCode) -> _End:
        self._world.counters.protocol_errors += 1
        return _End(reason)

    async def _publish(self, packet: mqtt5.PublishPacket, size_bytes: int) -> None:
        if packet.qos != QoS.AT_LEAST_ONCE:
            # QoS 0 cannot be answered, so a lost reading could not be told from a stored one; QoS 2 adds nothing to
            # QoS 1 with idempotent storing.
            raise self._broken(DisconnectReasonCode.QOS_NOT_SUPPORTED)
        if packet.retain:
            raise self._broken(DisconnectReasonCode.RETAIN_NOT_SUPPORTED)
        if packet.topic_alias is not None:
            raise self._broken(DisconnectReasonCode.TOPIC_ALIAS_INVALID)
        packet_id = packet.packet_id
        if packet_id is None or packet_id in self._waiting:
            raise self._broken(DisconnectReasonCode.PROTOCOL_ERROR)
        if len(self._waiting) >= self._world.limits.receive_max:
            raise self._broken(DisconnectReasonCode.RECEIVE_MAX_EXCEEDED)
        if not self._quota.take(size_bytes, self._world.now_ns()):
            await self._over_quota(packet_id, size_bytes)
        elif packet.topic != self._up:
            self._world.counters.foreign_topic += 1
            self._stream.write(mqtt5.PubAckPacket(packet_id, reason_code=PubAckReasonCode.NOT_AUTHORIZED).write())
        else:
            self._waiting.add(packet_id)
            delivery = Delivery(
                self.name, packet.topic, bytes(packet.payload), newest_told.read(packet.user_properties)
            )
            await self._world.inbox.put(Upload(self, packet_id, delivery), size_bytes)

    async def _over_quota(self, packet_id: int, size_bytes: int) -> None:
        """Say so, then do not read this client until its bucket has filled: it cannot keep the listener busy with
        refusals."""
        self._world.counters.quota += 1
        self._stream.write(mqtt5.PubAckPacket(packet_id, reason_code=PubAckReasonCode.QUOTA_EXCEEDED).write())
        await self._pause(size_bytes)

    def _subscribe(self, packet: mqtt5.SubscribePacket) -> None:
        codes: list[SubAckReasonCode] = []
        for wanted in packet.topic_filters:
            if wanted.pattern == self._down and packet.subscription_id is None:
                # The codec's enumerations compare with == but do not order, whatever its stub says.
                once = wanted.max_qos == QoS.AT_MOST_ONCE
                self._granted = QoS.AT_MOST_ONCE if once else QoS.AT_LEAST_ONCE
                codes.append(SubAckReasonCode(int(self._granted)))
            else:
                self._world.counters.foreign_topic += 1
                codes.append(SubAckReasonCode.NOT_AUTHORIZED)
        if not codes:
            raise self._broken(DisconnectReasonCode.PROTOCOL_ERROR)
        self._stream.write(mqtt5.SubAckPacket(packet.packet_id, codes).write())

    def _unsubscribe(self, packet: mqtt5.UnsubscribePacket) -> None:
        codes: list[mqtt5.UnsubAckReasonCode] = []
        for pattern in packet.patterns:
            known = pattern == self._down and self._granted is not None
            codes.append(
                mqtt5.UnsubAckReasonCode.SUCCESS if known else mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED
            )
            if known:
                self._granted = None
        if not codes:
            raise self._broken(DisconnectReasonCode.PROTOCOL_ERROR)
        self._stream.write(mqtt5.UnsubAckPacket(packet.packet_id, codes).write())

    async def close(self) -> None:
        """Send what is queued and close the connection."""
        with contextlib.suppress(OSError):
            await self._stream.close()
