"""C2SP tlog-tiles over HTTP: /checkpoint and /tile/… as files, hashes for everybody, entries for whoever holds a token.

Tiles are immutable: a full one may be cached for ever, a partial one for a while, since it is only ever superseded.
Names are parsed and written again, so no path of a request reaches the disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from tally_chain.errors import TileError
from tally_chain.tiles import TILE_WIDTH, parse_path
from tally_gateway.errors import ApiError
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER

_FULL_TILE: Final = "public, max-age=31536000, immutable"
_PRIVATE_FULL_TILE: Final = "private, max-age=31536000, immutable"
_PARTIAL_TILE: Final = "max-age=3600"
_BYTES: Final = "application/octet-stream"


def tile_routes(folder: Path, tokens: TokenFile | None) -> APIRouter:
    """Routes over the published log in `folder`; without `tokens` its entries are everybody's to read."""
    router = APIRouter(tags=["tiles"])
    root = folder / LOG_FOLDER

    @router.get("/checkpoint", response_class=Response, summary="The newest checkpoint, a C2SP signed note")
    async def checkpoint() -> Response:
        data = await _read(root / CHECKPOINT_NAME)
        return Response(data, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})

    @router.get("/tile/{path:path}", response_class=Response, summary="A tile of hashes, or with a token of entries")
    async def tile(path: str, authorization: Annotated[str | None, Header()] = None) -> Response:
        try:
            name = parse_path("tile/" + path)
        except TileError as error:
            raise ApiError(404, "no such tile", str(error)) from None
        if name.level is None and tokens is not None:
            tokens.require(authorization, Scope.ENTRIES)
        data = await _read(root / name.path())
        cache = _PARTIAL_TILE
        if name.width == TILE_WIDTH:
            cache = _FULL_TILE if name.level is not None or tokens is None else _PRIVATE_FULL_TILE
        return Response(data, media_type=_BYTES, headers={"cache-control": cache, "vary": "authorization"})

    return router


async def _read(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError:
        raise ApiError(
            404, "not there", "no such file is published; a partial tile goes when its full one comes"
        ) from None
