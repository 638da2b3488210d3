"""The gateway's own MQTT 5 listener: authenticated clients publish, the sink commits, and only then they are
acknowledged.

It is not a broker: no client hears another, nothing is retained, and no session outlives its connection. PUBACK
therefore means "durably stored", which no broker's PUBACK does (docs/decisions/mqtt-listener.md).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence

from mqtt5 import DisconnectReasonCode

from tally_gateway.errors import CredentialsError, IntakeConfigError
from tally_gateway.intake.admission import Admission, address_key
from tally_gateway.intake.clients import Authenticator
from tally_gateway.intake.commit import commit_forever
from tally_gateway.intake.counters import ListenerCounters
from tally_gateway.intake.handshake import Hello, shake_hands
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Outcome, Sink
from tally_gateway.intake.quota import ClientQuota
from tally_gateway.intake.session import Session, SessionWorld, Upload
from tally_gateway.intake.settings import ListenerSettings
from tally_gateway.intake.stream import PacketStream

_LOG = logging.getLogger(__name__)
_BACKLOG = 128
# The kernel would let each unread connection grow to megabytes; what a client is owed is a few kilobytes of answers.
_KERNEL_SEND_BYTES = 128 << 10
# With no file descriptor left accept fails at once and for ever; trying ten times a second costs nothing.
_ACCEPT_RETRY_S = 0.1


class MqttListener:
    """An Intake (see intake.interface). Use it from one event loop."""

    def __init__(self, settings: ListenerSettings, authenticator: Authenticator) -> None:
        self.counters = ListenerCounters()
        self._settings, self._authenticator = settings, authenticator
        limits = settings.limits
        self._admission = Admission(limits.max_unauthenticated, limits.max_unauthenticated_per_address)
        self._inbox: Inbox[Upload] = Inbox(limits.inbox_messages, limits.inbox_bytes)
        self._world = SessionWorld(settings.prefix, limits, self.counters, self._inbox)
        self._sessions: dict[str, tuple[Session, asyncio.Task[None]]] = {}
        self._quotas: dict[str, ClientQuota] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None

    @property
    def clients(self) -> list[str]:
        """The clients connected now, sorted."""
        return sorted(self._sessions)

    @property
    def unauthenticated(self) -> int:
        """Sockets open now that have not authenticated."""
        return self._admission.total

    def bind(self) -> tuple[str, int]:
        """Open the listening socket, unless it is open; return its address and port. Raises IntakeConfigError."""
        if self._socket is None:
            family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
            try:
                opened = socket.create_server(
                    (self._settings.host, self._settings.port), family=family, backlog=_BACKLOG, reuse_port=False
                )
            except OSError as error:
                raise IntakeConfigError(
                    f"cannot listen on {self._settings.host}:{self._settings.port}: {error}"
                ) from error
            opened.settimeout(0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_SEND_BYTES)  # accepted sockets inherit it
            self._socket = opened
        address = self._socket.getsockname()
        return str(address[0]), int(address[1])

    def close(self) -> None:
        """Let go of the port, also where `serve` was never called or never began."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def serve(self, sink: Sink) -> None:
        """See Intake. Shutdown in order: stop accepting; let the sink finish and acknowledge; DISCONNECT 0x8B;
        close; drop."""
        self.bind()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._accept_forever(), name="mqtt-accept")
                group.create_task(self._recheck_forever(), name="mqtt-recheck")
                group.create_task(
                    commit_forever(self._inbox, sink, self._answer, self._settings.commit, self.counters),
                    name="mqtt-commit",
                )
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            self.close()  # a task that is cancelled before it began closes nothing
            await self._close_connections()

    async def send(self, client: str, payload: bytes) -> bool:
        """See Intake."""
        entry = self._sessions.get(client)
        sent = entry is not None and entry[0].send_down(payload)
        if sent:
            self.counters.down_sent += 1
        else:
            self.counters.down_dropped += 1
        return sent

    def _answer(self, uploads: Sequence[Upload], outcomes: Sequence[Outcome]) -> None:
        by_session: dict[int, tuple[Session, list[tuple[int, Outcome]]]] = {}
        for upload, outcome in zip(uploads, outcomes, strict=True):
            by_session.setdefault(id(upload.session), (upload.session, []))[1].append((upload.packet_id, outcome))
        for session, answered in by_session.values():
            session.answer(answered)

    async def _accept_forever(self) -> None:
        loop = asyncio.get_running_loop()
        listening = self._socket
        if listening is None:
            raise IntakeConfigError("not bound")
        try:
            while True:
                try:
                    accepted, address = await loop.sock_accept(listening)
                except OSError:
                    await asyncio.sleep(_ACCEPT_RETRY_S)
                    continue
                self.counters.connections += 1
                key = address_key(str(address[0]))
                if not self._admission.admit(key):
                    self.counters.refused_admission += 1
                    accepted.close()
                    continue
                task = loop.create_task(self._connection(accepted, key), name="mqtt-connection")
                self._connections.add(task)
                task.add_done_callback(self._connections.discard)
        finally:
            self.close()

    async def _connection(self, accepted: socket.socket, key: str) -> None:
        """One socket from accept to close. Faults of ours end this connection only, and are logged."""
        try:
            entered = await self._enter(accepted, key)
            if entered is not None:
                await self._live(*entered)
        except OSError:
            pass  # the peer went; everything not acknowledged it will send again
        except Exception:  # noqa: BLE001  one connection's fault must not end the others
            self.counters.faults += 1
            _LOG.exception("a connection ended in an error of the listener")

    async def _enter(self, accepted: socket.socket, key: str) -> tuple[PacketStream, Hello] | None:
        """TLS and CONNECT, within the deadline. The socket counts as unauthenticated until this returns."""
        limits = self._settings.limits
        stream: PacketStream | None = None
        hello: Hello | None = None
        try:
            async with asyncio.timeout(limits.handshake_s):
                stream = await PacketStream.accept(accepted, self._settings.tls, limits.handshake_s)
                hello = await shake_hands(stream, self._authenticator, limits, self.counters)
                if hello is None:
                    await stream.close()
        except (TimeoutError, ssl.SSLError, OSError):
            self.counters.refused_handshake += 1
        finally:
            self._admission.release(key)
            if hello is None and stream is not None:
                stream.abort()
        return None if stream is None or hello is None else (stream, hello)

    async def _live(self, stream: PacketStream, hello: Hello) -> None:
        name = hello.identity.name
        quota = self._quota_of(name)
        session = Session(stream, hello, quota, self._world)
        task = asyncio.current_task()
        if task is None:
            raise IntakeConfigError("a session runs as a task")
        if name not in self._sessions and len(self._sessions) >= self._settings.limits.max_sessions:
            self.counters.refused_connect += 1
            session.say_goodbye(DisconnectReasonCode.SERVER_BUSY)
            await session.close()
            return
        if name in self._sessions:
            self.counters.taken_over += 1
            self._evict(name, DisconnectReasonCode.SESSION_TAKEN_OVER)
        self._sessions[name] = (session, task)
        self.counters.sessions += 1
        try:
            await session.run()
        finally:
            if self._sessions.get(name, (None,))[0] is session:
                del self._sessions[name]
            await session.close()

    def _quota_of(self, name: str) -> ClientQuota:
        """The client's buckets outlive its connections, or reconnecting would fill them. One per name that has
        authenticated."""
        limits = self._settings.limits
        if name not in self._quotas:
            self._quotas[name] = ClientQuota(limits.messages, limits.data_bytes, self._world.now_ns())
        return self._quotas[name]

    def _evict(self, name: str, reason: DisconnectReasonCode) -> None:
        session, task = self._sessions.pop(name)
        session.say_goodbye(reason)
        task.cancel()

    async def _recheck_forever(self) -> None:
        """End the sessions of clients whose token was removed. When the store cannot be read, nobody is judged."""
        while True:
            await asyncio.sleep(self._settings.limits.recheck_s)
            for name, (session, _) in list(self._sessions.items()):
                try:
                    valid = self._authenticator.still_valid(session.identity)
                except CredentialsError:
                    _LOG.exception("the client store cannot be read; sessions go on unchecked")
                    break
                if not valid:
                    self.counters.revoked += 1
                    self._evict(name, DisconnectReasonCode.NOT_AUTHORIZED)

    async def _close_connections(self) -> None:
        for session, _ in self._sessions.values():
            session.say_goodbye(DisconnectReasonCode.SERVER_SHUTTING_DOWN)
        tasks = set(self._connections)
        for task in tasks:
            task.cancel()
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=self._settings.limits.shutdown_s)
            for task in stuck:  # cancelling again breaks off the polite close; what remains is dropped
                task.cancel()
        self._sessions.clear()
