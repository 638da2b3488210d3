"""Notices that a broker no longer sends to the gateway's session.

Mosquitto 2.0.11 sometimes stops sending for good to a session that was resumed with messages in flight: the connection
stands, keep-alives are answered, and nothing comes. So the gateway publishes a canary to a topic of its own and must
get it back through its own session. While one is out and nothing at all has come for a time, though nothing waits here
that the broker could be waiting for, the session stands still. In a row:

    1  the connection is dropped and the session resumed: that loses nothing
    2  a new session (clean start): what the broker held for the old one comes again from the agents' outboxes
    3  not even a new session brings canaries back. Where one ever came back, it begins again at 1. Where none ever did,
       the broker's access rules do not let them pass: that is said once, no more are sent, the session is left alone
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Final

from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.counters import BrokerCounters
from tally_gateway.intake.topics import canary

_LOG = logging.getLogger(__name__)

_BYTES: Final = 8
"""Of a canary: random, so that one of an earlier connection is not taken for it."""
_RESUMED, _RENEWED = 1, 2
"""Stand-stills in a row after which the session is resumed, and renewed."""


class StandStills:
    """How often an intake's session stood still, over all its connections."""

    def __init__(self, settings: BrokerSettings, counters: BrokerCounters) -> None:
        self.settings = settings
        self.topic = canary(settings.client_id, settings.prefix)
        self.watched = True
        """False once it is known that canaries do not pass."""
        self.want_new_session = False
        """Whether the next connection begins a new session."""
        self._counters = counters
        self._in_a_row = 0
        self._one_came_back = False

    def came_back(self) -> None:
        """A canary came back: the session flows."""
        self._in_a_row, self._one_came_back = 0, True

    def one_more(self) -> None:
        """The session stands still."""
        if self._in_a_row == _RENEWED and not self._one_came_back:
            self.do_not_pass("none ever came back, not in a new session either")
            return
        self._counters.stand_stills += 1
        self.want_new_session = self._in_a_row == _RESUMED
        self._in_a_row = _RENEWED if self.want_new_session else _RESUMED
        self._counters.new_sessions += self.want_new_session

    def do_not_pass(self, why: str) -> None:
        """The broker does not let canaries pass: no more are sent."""
        if self.watched:
            self.watched, self._in_a_row = False, 0
            _LOG.warning(
                "a session that stands still will not be noticed: the broker does not let the gateway write and read "
                "%s (%s)",
                self.topic,
                why,
            )


class SessionWatch:
    """One connection: what the broker may be waiting for, and when it last sent something. On the event loop."""

    def __init__(self, stand_stills: StandStills) -> None:
        self.stand_stills = stand_stills
        self._loop = asyncio.get_running_loop()
        self._unanswered = 0
        self._moved_at = self._loop.time()
        self._out = b""
        self._out_id: int | None = None
        self._back = asyncio.Event()

    def arrived(self) -> None:
        """A message came."""
        self._unanswered += 1
        self._moved_at = self._loop.time()

    def answered(self) -> None:
        """A message was acknowledged."""
        self._unanswered -= 1
        self._moved_at = self._loop.time()

    def returned(self, payload: bytes) -> None:
        """A canary came, perhaps one of an earlier connection."""
        self._moved_at = self._loop.time()
        if payload == self._out:
            self._back.set()
            self.stand_stills.came_back()

    def refused(self, packet_id: int, why: str) -> None:
        """The broker refused what was published under that packet identifier."""
        if packet_id == self._out_id:
            self.stand_stills.do_not_pass(why)

    async def until_stand_still(self, publish: Callable[[bytes], int | None]) -> str:
        """The connection is up: send canaries by `publish`, which returns a packet identifier, or None where nothing
        was sent. Returns what is wrong when the session stands still."""
        stand_stills = self.stand_stills
        stand_stills.want_new_session = False
        while stand_stills.watched:
            await asyncio.sleep(stand_stills.settings.canary_every_s)
            self._out = secrets.token_bytes(_BYTES)
            self._back.clear()
            self._out_id = publish(self._out) if stand_stills.watched else None
            if self._out_id is not None and not await self._comes_back():
                stand_stills.one_more()
                if stand_stills.watched:
                    return "the session stands still"
        never: asyncio.Future[str] = self._loop.create_future()
        return await never

    async def _comes_back(self) -> bool:
        patience_s, sent_at = self.stand_stills.settings.canary_patience_s, self._loop.time()
        while not self._back.is_set() and self.stand_stills.watched:
            left_s = max(sent_at, self._moved_at) + patience_s - self._loop.time()
            if self._unanswered:
                left_s = patience_s
            elif left_s <= 0:
                return False
            try:
                async with asyncio.timeout(left_s):
                    await self._back.wait()
            except TimeoutError:
                continue
        return True
