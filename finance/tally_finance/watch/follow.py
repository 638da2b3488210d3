"""Following a gateway's log over HTTP: new statements become alerts within a look or two.

    GET /checkpoint                   a C2SP signed note
    GET /tile/0/…, /tile/entries/…    C2SP tlog-tiles; entries need a token of scope `entries`

Each look fetches the checkpoint, proves that it continues the one before, reads the entries in between, and judges once
all that was proven is read. A gateway that does not answer, or wrongly, is an alert after a while, not an error; one
that contradicts itself is an alert at once, and nothing more is read of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import httpx

from tally_chain.note import VerifierKey
from tally_chain.tiles import MAX_ENTRY_BYTES, TILE_WIDTH, TileName, decode_entries
from tally_edge.errors import TallyError
from tally_finance.errors import LogContradictsError, UnreachableError, WatchError
from tally_finance.watch import memory
from tally_finance.watch.alert import Changes
from tally_finance.watch.mirror import Mirror, leaves_of, tiles_between
from tally_finance.watch.watching import Watch

MAX_ANSWER_BYTES: Final = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)
"""The largest tile of entries that there can be."""

ANSWER_S: Final = 15.0
"""For the whole of one answer, however slowly it comes."""


class LogSource(Protocol):
    """Where a log is read from."""

    async def get(self, path: str) -> bytes | None:
        """The file at `path` (checkpoint, tile/…), None where there is none. Raises WatchError for no such answer."""
        ...


@dataclass(frozen=True, slots=True)
class HttpLog:
    """A gateway's HTTP interface. `client` has its address; `token` is of scope `entries`."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str) -> bytes | None:
        """See `LogSource`."""
        headers = {"authorization": f"Bearer {self.token}", "accept-encoding": "identity"}
        try:
            async with asyncio.timeout(ANSWER_S), self.client.stream("GET", f"/{path}", headers=headers) as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise UnreachableError(f"{path}: the gateway answers {answer.status_code}")
                body = bytearray()
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > MAX_ANSWER_BYTES:
                        raise WatchError(f"{path}: the answer has more than {MAX_ANSWER_BYTES} bytes")
                return bytes(body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnreachableError(f"{path}: {type(error).__name__} {error}".rstrip()) from error


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the log is looked at, in seconds. Checkpoints come twice a second at most."""

    every_s: float = 0.25
    judge_every_s: float = 1.0
    """How often is judged where nothing came: silence and dates speak without a statement."""


class Follower:
    """Follows one log and tells what changes. One task at a time."""

    def __init__(
        self,
        source: LogSource,
        key: VerifierKey,
        watch: Watch,
        clock: Callable[[], float],
        tell: Callable[[Changes], None],
    ) -> None:
        """`clock` gives Unix seconds. `tell` is called with every change, and must not wait."""
        self._source, self._key, self._mirror, self._watch = source, key, Mirror(key), watch
        self._clock, self._tell = clock, tell
        self._judged_at = float("-inf")
        self._shown = b""
        self.contradiction: tuple[bytes, bytes] | None = None
        """The last checkpoint that was proven and the one that contradicts it, signed notes: to be kept."""

    @property
    def size(self) -> int:
        """How many entries were read."""
        return self._mirror.read

    def remembered(self) -> bytes | None:
        """What it takes to go on from here (`memory`); None while there is nothing whole to go on from."""
        place = self._mirror.place()
        if place is None or not self._watch.believes:
            return None
        return memory.encode(self._mirror.origin, self._watch.policy, place, self._watch.remembered())

    def recall(self, data: bytes) -> None:
        """Go on from what was remembered instead of reading the log from its beginning. Before the first look.

        Raises TallyError for what is no such memory, or does not hold: then nothing is recalled.
        """
        place, heard = memory.decode(data, self._mirror.origin, self._watch.policy)
        mirror = Mirror(self._key)
        mirror.recall(place)
        self._watch.recall(heard, int(self._clock()))
        self._mirror = mirror

    async def run(self, stop: asyncio.Event, pace: Pace | None = None) -> None:
        """Follow until `stop` is set."""
        pace = pace or Pace()
        while not stop.is_set():
            news = await self.look()
            now = self._clock()
            if news or now - self._judged_at >= pace.judge_every_s:
                self.judge()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pace.every_s)

    async def look(self) -> bool:
        """Read what is new; says whether anything was, or anything is wrong."""
        if not self._watch.believes:
            return False
        before = self._mirror.read
        try:
            await self._read()
        except LogContradictsError as error:
            self.contradiction = self._mirror.checkpoint, self._shown
            self._watch.contradicted(str(error))
            return True
        except TallyError as error:  # an answer that is none: another may come
            self._watch.troubled(str(error))
            return self._mirror.read > before
        self._watch.answered(int(self._clock()), self._mirror.root)
        return self._mirror.read > before

    def judge(self) -> None:
        """Judge, and tell what changed."""
        self._judged_at = self._clock()
        changes = self._watch.look(int(self._judged_at))
        if changes.raised or changes.ended:
            self._tell(changes)

    async def _read(self) -> None:
        data = await self._source.get("checkpoint")
        if data is None:
            raise WatchError("the log publishes no checkpoint")
        self._shown = data
        head = self._mirror.open(data)
        leaves: list[bytes] = []
        for name, known in tiles_between(0, self._mirror.size, head.size):
            tile, _ = await self._tile(name)
            leaves += leaves_of(tile, name.width)[known:]
        if leaves:
            self._mirror.extend(data, head, leaves)
        for name, known in tiles_between(None, self._mirror.read, self._mirror.size):
            tile, width = await self._tile(name)
            entries = decode_entries(tile, width)[known : name.width]
            self._watch.take(self._mirror.take(entries), int(self._clock()))
            await asyncio.sleep(0)

    async def _tile(self, name: TileName) -> tuple[bytes, int]:
        """A tile and its width; a partial one that has given way is the beginning of the full one."""
        for one in dict.fromkeys((name, name.full)):
            data = await self._source.get(one.path())
            if data is not None:
                return data, one.width
        raise WatchError(f"{name.path()} is not there")
