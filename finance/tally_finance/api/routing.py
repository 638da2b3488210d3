"""Routers of the interfaces: every route asks who may, and what is a plain function runs in a thread, once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

_OWN_WAY: Final = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
"""What FastAPI runs as it is, whatever it returns."""


class OneThread(APIRoute):
    """A route whose plain function goes to a thread, and whose answer is not sent to another to be validated.

    What answers is made of checked models, and a page that asks its desk four things would wait for eight threads.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """See the base class."""
        super().__init__(path, _threaded(endpoint), **options)


def guarded(prefix: str, tag: str, allowed: Callable[..., Any]) -> APIRouter:
    """A router below `prefix`; `allowed` refuses who may not."""
    return APIRouter(prefix=prefix, tags=[tag], dependencies=[Depends(allowed)], route_class=OneThread)


def _threaded(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if any(is_one(endpoint) for is_one in _OWN_WAY):
        return endpoint

    @functools.wraps(endpoint)
    async def threaded(*given: Any, **named: Any) -> Any:
        return await run_in_threadpool(endpoint, *given, **named)

    # Annotations are read where the endpoint was written, not here.
    threaded.__signature__ = inspect.signature(endpoint, eval_str=True)  # type: ignore[attr-defined]
    return threaded
