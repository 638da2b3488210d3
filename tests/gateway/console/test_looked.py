"""Whoever only looks waits for no gateway that was asked a moment ago, and sees what was changed at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import httpx
import pytest

from tally_gateway.console.asking import MOST_LOOKS, GatewayAsked, StateCache
from tally_gateway.errors import ApiError


@dataclass
class Told:
    """A gateway that counts how often it was asked, and may be slow, or gone."""

    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    is_gone: bool = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        if self.gate is not None:
            await self.gate.wait()
        if self.is_gone:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json={"time": len(self.asked)})


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that pass, at its only place."""
    at = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    return at


def _asked(told: Told, cache: StateCache) -> GatewayAsked:
    client = httpx.AsyncClient(transport=httpx.MockTransport(told), base_url="http://gateway")
    return GatewayAsked("works", client, "token", cache)


async def _renewed(cache: StateCache) -> None:
    for task in list(cache.renewing.values()):
        await task


async def test_what_came_a_moment_ago_is_shown_and_asked_for_again_meanwhile(now: list[float]) -> None:
    told, cache = Told(), StateCache()
    gateway = _asked(told, cache)
    assert (await gateway.looked())["time"] == 1
    now[0] += 0.5
    assert (await gateway.looked())["time"] == 1
    assert len(told.asked) == 1
    now[0] += 2
    told.gate = asyncio.Event()
    assert (await gateway.looked())["time"] == 1  # the gateway is slow, and nobody waits
    assert (await gateway.looked())["time"] == 1
    told.gate.set()
    await _renewed(cache)
    assert len(told.asked) == 2
    assert (await gateway.looked())["time"] == 2


async def test_what_is_too_old_is_waited_for(now: list[float]) -> None:
    told, cache = Told(), StateCache()
    gateway = _asked(told, cache)
    await gateway.looked("/v1/state/history")
    now[0] += cache.shown_s
    assert (await gateway.looked("/v1/state/history"))["time"] == 2
    told.is_gone = True
    now[0] += 2
    assert (await gateway.looked("/v1/state/history"))["time"] == 2
    await _renewed(cache)
    now[0] += cache.shown_s
    with pytest.raises(ApiError, match="does not answer"):
        await gateway.looked("/v1/state/history")


async def test_after_a_change_nothing_of_before_is_shown(now: list[float]) -> None:
    told, cache = Told(), StateCache()
    gateway, other = _asked(told, cache), GatewayAsked("mill", _asked(told, cache)._client, "token", cache)
    await gateway.looked("/v1/state/refusals", reason="", before=None)
    await other.looked("/v1/state/refusals", reason="", before=None)
    now[0] += 2
    told.gate = asyncio.Event()
    await gateway.looked("/v1/state/refusals", reason="", before=None)
    renewing = asyncio.gather(*cache.renewing.values())
    await asyncio.sleep(0)
    cache.forget("works")  # while the gateway answers as it was before
    told.gate.set()
    await renewing
    assert [name for name, _ in cache.looks] == ["mill"]
    assert (await gateway.looked("/v1/state/refusals", reason="", before=None))["time"] == len(told.asked)


async def test_addresses_are_apart_and_so_many_are_held() -> None:
    told, cache = Told(), StateCache()
    gateway = _asked(told, cache)
    for number in range(MOST_LOOKS + 5):
        await gateway.looked("/v1/state/refusals", client=f"c{number}")
    assert len(told.asked) == MOST_LOOKS + 5
    assert len(cache.looks) == MOST_LOOKS


async def test_a_console_of_the_gateway_itself_shows_what_is() -> None:
    told = Told()
    gateway = _asked(told, StateCache(fresh_s=0, shown_s=0))
    assert [(await gateway.looked("/v1/state/history"))["time"] for _ in range(3)] == [1, 2, 3]
