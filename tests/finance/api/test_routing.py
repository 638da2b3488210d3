"""Routes of the interfaces: each asks who may, and a plain function is run beside the loop, in one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from tally_finance.api.routing import guarded
from tests.in_process import InProcess, asked


class Told(BaseModel):
    """An answer with a model, which FastAPI validates."""

    thread: int
    given: int


async def allowed(request: Request) -> None:
    if request.headers.get("who") != "anna":
        raise HTTPException(403)


@pytest.fixture
def client() -> Iterator[InProcess]:
    router = guarded("/v1", "things", allowed)

    @router.get("/plain")
    def plain(given: int) -> Told:
        return Told(thread=threading.get_ident(), given=given)

    @router.get("/own")
    async def own(given: int) -> Told:
        return Told(thread=threading.get_ident(), given=given)

    app = FastAPI()
    app.include_router(router)
    with asked(app) as made:
        yield made


@pytest.mark.parametrize(("path", "expected"), [("plain", 1), ("own", 0)])
def test_a_plain_function_goes_to_a_thread_once(
    client: InProcess, monkeypatch: pytest.MonkeyPatch, path: str, expected: int
) -> None:
    sent: list[Any] = []
    run_sync = anyio.to_thread.run_sync

    async def counted(func: Any, *given: Any, **options: Any) -> Any:
        sent.append(func)
        return await run_sync(func, *given, **options)

    monkeypatch.setattr(anyio.to_thread, "run_sync", counted)
    told = client.get(f"/v1/{path}?given=7", headers={"who": "anna"}).json()
    assert told["given"] == 7
    assert (told["thread"] != threading.get_ident()) is (expected == 1)
    assert len(sent) == expected


@pytest.mark.parametrize("path", ["plain", "own"])
def test_every_route_asks_who_may(client: InProcess, path: str) -> None:
    assert client.get(f"/v1/{path}?given=7").status_code == 403
    assert client.get(f"/v1/{path}?given=x", headers={"who": "anna"}).status_code == 422
