"""What a desk tells of the chain: encoded once for a reading of it, for all who see the same, whoever asks how often.

An answer that is held is given at once; one that is not is made in a thread, as an application's other routes are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from tally_finance.api.tokens import Bearer
from tally_finance.desk.desk import Desk
from tally_gateway.remembered import Remembered, name_of

MOST_BYTES: Final = 24 << 20
"""A page of 200 receipts has 100 kB."""


class ToldOnce:
    """Of one desk. May be used by several threads."""

    def __init__(self) -> None:
        self._held = Remembered[bytes](MOST_BYTES)
        self._turn = threading.Lock()
        self._about: tuple[object, ...] = ()
        self._number = 0

    async def answer(
        self, desk: Desk, bearer: Bearer, request: Request, make: Callable[[], BaseModel | Sequence[BaseModel]]
    ) -> Response:
        """What `make` gives, which follows from the desk's view, its sheet, who asks, and the request's address alone.

        Raises what `make` does, for whoever asks for what is not there; that is not kept.
        """
        if not desk.has_view:
            await run_in_threadpool(lambda: desk.view)  # the first look reads the chain
        # A client may make its address long, and a name is to be short.
        address = name_of(request.scope["path"].encode(), request.scope["query_string"])
        name = self._reading(desk), bearer.organisation, bearer.role, address
        data = self._held.get(name)
        if data is None:
            data = await run_in_threadpool(self._held.found, name, lambda: _encoded(make()))
        return Response(data, media_type="application/json")

    def _reading(self, desk: Desk) -> int:
        """The number of what the desk knows now. Neither view nor sheet ever changes: another reading is another."""
        about = desk.view, desk.sheet
        with self._turn:
            if len(self._about) != len(about) or any(a is not b for a, b in zip(about, self._about, strict=True)):
                self._about, self._number = about, self._number + 1
            return self._number


def _encoded(told: BaseModel | Sequence[BaseModel]) -> bytes:
    if isinstance(told, BaseModel):
        return told.model_dump_json().encode()
    return f"[{','.join(one.model_dump_json() for one in told)}]".encode()
