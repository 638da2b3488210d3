"""Answers what an operator asks of a running gateway. The state is told at most once a second, whoever asks."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any, Final

from tally_gateway.assembly import Parts
from tally_gateway.console import refused
from tally_gateway.console.growth import Growth, GrowthPoint
from tally_gateway.console.reading_back import DeviceDetail, PointDetail, detail_of, key_steps
from tally_gateway.console.refused import RefusedItem
from tally_gateway.console.site_book import Stated
from tally_gateway.console.state import GatewayState, RefusalCount
from tally_gateway.console.survey import Survey
from tally_gateway.console.telling import Noted, tell
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

TELL_EVERY_S: Final = 1.0
COUNT_EVERY_S: Final = 5.0
"""How often the tables of refusals are asked, which are the log's thread's."""
ANCHORS_SHOWN: Final = 50
_GROWTH_POINTS: Final = 400


@dataclass(frozen=True, slots=True)
class AnchorShown:
    """An anchored head. `waited_s`: from the minute in which the log had that size to the block; None where unknown."""

    size: int
    root: str
    block_number: int
    block_time_seconds: int
    tx_hash: str
    waited_s: int | None


@dataclass(frozen=True, slots=True)
class LogHistory:
    """How the log grew, oldest first, and its newest anchors, newest first."""

    points: tuple[GrowthPoint, ...]
    anchors: tuple[AnchorShown, ...]


class ConsoleDesk:
    """Used from the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        issuers = [(authority.issuer, authority.kid) for authority in parts.config.authorities]
        self.survey = Survey(parts.lane, parts.watch, issuers)
        parts.watch.growth.note(parts.started_at, parts.log.size)
        self._told: tuple[float, GatewayState, bytes, str] | None = None
        self._counts: tuple[float, tuple[RefusalCount, ...]] | None = None
        self._telling = asyncio.Lock()

    async def state(self) -> GatewayState:
        """Where the gateway stands, at most a second old."""
        return (await self._state())[0]

    async def state_json(self) -> tuple[bytes, str]:
        """The same as JSON, made once however many ask, and its tag."""
        _, told, tag = await self._state()
        return told, tag

    async def _state(self) -> tuple[GatewayState, bytes, str]:
        async with self._telling:
            now = time.monotonic()
            if self._told is None or now - self._told[0] >= TELL_EVERY_S:
                refusals = await self._refusal_counts()
                noted = self._noted(refusals)
                self._told = (now, *await asyncio.to_thread(_told, noted))
            return self._told[1:]

    async def device(self, kid: str) -> DeviceDetail:
        """One device. Raises ApiError 404."""
        state = await self.state()
        found = next((one for one in state.devices if one.kid == kid), None)
        if found is None:
            raise ApiError(
                404, "not found", Words("no key of that id was enrolled by the log", "日志中没有该标识的登记密钥")
            )
        spoken, points = self._parts.watch.spoken(), {point.point: point for point in state.points}
        record = self._parts.watch.copies().get(bytes.fromhex(kid))
        books = list(self.survey.books.values())
        keys = next((steps for book in books if (steps := key_steps(book, found.device))), ())
        return DeviceDetail(
            device=found,
            holes=() if record is None else tuple(record.sequence.holes),
            points=tuple(detail_of(points[point], spoken) for point in found.points if point in points),
            keys=keys,
            offsets_s=() if record is None else tuple(record.offsets_s),
        )

    async def point(self, name: str) -> PointDetail:
        """One metering point. Raises ApiError 404."""
        state = await self.state()
        found = next((one for one in state.points if one.point == name), None)
        if found is None:
            raise ApiError(
                404,
                "not found",
                Words("no such metering point stands in a site plan of the log", "日志的站点方案中没有该计量点"),
            )
        return detail_of(found, self._parts.watch.spoken())

    async def refusals(self, client: str, reason: str, before: int) -> tuple[RefusedItem, ...]:
        """Refusals that are still kept, the newest first."""
        tables = self._parts.state
        return await self._parts.lane.run(lambda _: refused.items(tables, client, reason, before))

    def history(self) -> LogHistory:
        """Sizes over time: by anchors before the start of the service, by its own notes since."""
        growth = self._parts.watch.grown()
        anchors = [] if self._parts.feed is None else self._parts.feed.counters.anchors
        first = growth.points[0][0] if growth.points else self._parts.started_at
        old = [GrowthPoint(one.block_time_seconds, one.size, "anchor") for one in anchors]
        points = [*(point for point in old if point.at < first), *_noted_points(growth)]
        every = max(1, len(points) // _GROWTH_POINTS)
        return LogHistory(
            points=tuple(point for at, point in enumerate(points) if at % every == 0 or at == len(points) - 1),
            anchors=tuple(
                AnchorShown(
                    one.size,
                    one.root.hex(),
                    one.block_number,
                    one.block_time_seconds,
                    one.tx_hash.hex(),
                    None if (at := growth.reached_at(one.size)) is None else max(0, one.block_time_seconds - at),
                )
                for one in reversed(anchors[-ANCHORS_SHOWN:])
            ),
        )

    def stated(self, authority: str) -> tuple[str, tuple[Stated, ...]]:
        """Issuer and statements of an authority, by its key id in hex. Raises ApiError 404."""
        for kid, book in self.survey.books.items():
            if kid.hex() == authority:
                return book.issuer, book.stated
        raise ApiError(
            404, "not found", Words("this gateway trusts no authority of that key", "本网关不信任该密钥的授权方")
        )

    async def _refusal_counts(self) -> tuple[RefusalCount, ...]:
        now = time.monotonic()
        if self._counts is None or now - self._counts[0] >= COUNT_EVERY_S:
            tables = self._parts.state
            self._counts = (now, await self._parts.lane.run(lambda _: refused.counts(tables)))
        return self._counts[1]

    def _noted(self, refusals: tuple[RefusalCount, ...]) -> Noted:
        parts = self._parts
        return Noted(
            standing=parts.standing(),
            proof_key=parts.signers.proof.public_key.encode().hex(),
            streams=parts.watch.copies(),
            points=parts.watch.spoken(),
            growth=parts.watch.grown(),
            books=list(self.survey.books.values()),
            refusals=refusals,
            counters=copy.copy(parts.pipeline.counters),
            anchors=None if parts.feed is None else parts.feed.counters,
        )


def _told(noted: Noted) -> tuple[GatewayState, bytes, str]:
    state = tell(noted)
    told = json.dumps(state, default=_fields, ensure_ascii=False, separators=(",", ":")).encode()
    return state, told, f'"{hashlib.sha256(told).hexdigest()[:32]}"'


def _fields(one: Any) -> dict[str, Any]:
    """A record as JSON has it. `dataclasses.asdict` copies all that is in it first."""
    return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}


def _noted_points(growth: Growth) -> list[GrowthPoint]:
    return [GrowthPoint(at, size, "service") for at, size in growth.points]
