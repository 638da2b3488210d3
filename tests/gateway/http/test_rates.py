"""Token buckets per address before what costs the log's thread."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from tally_gateway.errors import ApiError
from tally_gateway.http.counters import HttpCounters
from tally_gateway.http.proof_routes import SEARCHES_AT_ONCE, SEARCHES_WAITING, Search
from tally_gateway.http.rates import LIST_COST, AddressRates
from tally_gateway.http.server import HttpServer
from tally_gateway.intake.quota import Rate
from tests.gateway.service.world import make_world

SLOW = Rate(per_second=1, burst=2 * LIST_COST)


class Wall:
    """A clock that is set."""

    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def asked(address: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 1)})


def allowed(rates: AddressRates, address: str, cost: int = 1) -> int | None:
    """None when it is let through, else the seconds to wait."""
    try:
        rates.spend(asked(address), cost)
    except ApiError as error:
        return error.retry_after_s
    return None


def test_each_address_has_its_own_bucket_and_learns_how_long_to_wait() -> None:
    wall, counters = Wall(), HttpCounters()
    rates = AddressRates(counters, Rate(per_second=1, burst=3), now_ns=wall)
    assert [allowed(rates, "192.0.2.1") for _ in range(4)] == [None, None, None, 1]
    assert allowed(rates, "192.0.2.1", 3) == 3
    assert allowed(rates, "192.0.2.2", 3) is None
    wall.now_ns = 2_000_000_000
    assert [allowed(rates, "192.0.2.1") for _ in range(3)] == [None, None, 1]
    assert counters.over_rate == 3


def test_an_ipv6_network_is_one_address() -> None:
    rates = AddressRates(HttpCounters(), Rate(per_second=1, burst=2), now_ns=Wall())
    assert [allowed(rates, f"2001:db8::{number}") for number in range(3)] == [None, None, 1]
    assert allowed(rates, "2001:db8:0:1::1") is None


def test_the_table_of_addresses_is_bounded_and_forgets_the_longest_unseen() -> None:
    rates = AddressRates(HttpCounters(), Rate(per_second=1, burst=1), max_addresses=2, now_ns=Wall())
    assert [allowed(rates, one) for one in ("192.0.2.1", "192.0.2.2", "192.0.2.1")] == [None, None, 1]
    assert allowed(rates, "192.0.2.3") is None
    assert len(rates) == 2
    assert allowed(rates, "192.0.2.1") == 1
    assert allowed(rates, "192.0.2.2") is None
    assert allowed(rates, "x" * 100_000) is None
    assert max(map(len, rates._buckets)) < 100


async def until_refused(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """The first 429, which must come."""
    for _ in range(100):
        answer = await client.get(path)
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


@pytest.mark.parametrize("path", ["/v1/proof/0", "/v1/proof?kid=" + "0" * 64 + "&seq=1", "/v1/consistency/1/1"])
async def test_who_asks_too_much_is_told_when_to_ask_again(tmp_path: Path, path: str) -> None:
    """Over a real port. A configured proxy's word counts: another address behind it is answered, and so are tiles."""
    world = make_world(tmp_path / "g")
    config = dataclasses.replace(world.config, http=dataclasses.replace(world.config.http, behind_proxy=True))
    async with world.running() as service:
        http = HttpServer(config, lambda rates: service.application({}, rates), rate=SLOW)
        host, port = http.bind()
        serving = asyncio.create_task(http.serve())
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10) as client:
            refused = await until_refused(client, path)
            assert refused.headers["content-type"] == "application/problem+json"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert (await client.get("/checkpoint")).status_code == 200
            other = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
            assert (await client.get(path, headers=other)).status_code != 429
            assert (await until_refused(client, "/v1/anchors")).json()["status"] == 429
            assert http.counters.over_rate == 2
            described = (await client.get("/openapi.json")).json()["paths"]
            for one in ("/v1/proof", "/v1/proof/{index}", "/v1/consistency/{old}/{new}", "/v1/anchors"):
                assert "429" in described[one]["get"]["responses"]
        http.stop()
        await asyncio.wait_for(serving, 10)


async def test_who_searches_when_many_search_is_turned_away_at_once(tmp_path: Path) -> None:
    async with make_world(tmp_path / "g").running() as service:
        search = Search(service.parts)
        await search._at_once.acquire()
        await search._at_once.acquire()
        waiting = [asyncio.create_task(search.index_of(bytes(32))) for _ in range(SEARCHES_AT_ONCE + SEARCHES_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="kid and seq") as turned_away:
            await search.index_of(bytes(32))
        assert turned_away.value.status == 503
        for _ in range(SEARCHES_AT_ONCE):
            search._at_once.release()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [one.status for one in found if isinstance(one, ApiError)] == [404] * len(waiting)
