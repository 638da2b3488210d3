"""Reads a whole log of heads, from a folder or over HTTP, and asks the logs in it for their consistency paths."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from tally_chain import checkpoint, heads_audit, note
from tally_chain.errors import NoteError
from tally_chain.heads_audit import Audit
from tally_chain.note import VerifierKey
from tally_chain.tiles import TILE_HEIGHT, TileName, extent
from tally_edge.errors import UnreachableError
from tally_edge.keys import PublicKey
from tally_gateway.errors import LogDamaged
from tally_gateway.log.reader import LogReader
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER

TIMEOUT_S: Final = 20.0
_TURN_S: Final = 1.0
_TURNS: Final = 30
MAX_TILE_BYTES: Final = 32 << 20
"""An entry tile of 256 entries of the longest kind has 16 MB."""


def audit_folder(folder: Path, key: VerifierKey | None, known: Mapping[str, PublicKey]) -> Audit:
    """Steps 1 to 3 of heads_audit over the log in `folder`. Every hash and entry is checked against the checkpoint.

    Raises LogMissing, LogDamaged, or LogForeign for a checkpoint of another key.
    """
    reader = LogReader(folder, key)
    return heads_audit.audit(((index, reader.entry(index)) for index in range(1, reader.size)), known)


def fetch(url: str, folder: Path, transport: httpx.BaseTransport | None = None) -> None:
    """Copy a published log of heads into `folder`, which is empty. Raises UnreachableError, LogDamaged."""
    try:
        made = httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=transport, trust_env=False)
    except httpx.InvalidURL as error:
        raise UnreachableError(f"{url} is no address: {error}") from None
    with made as client:
        signed = _get(client, "/checkpoint")
        try:
            size = checkpoint.decode(note.decode(signed).text).size
        except NoteError as error:
            raise LogDamaged(f"{url}/checkpoint: {error}") from None
        for name in _tiles(size):
            _fetch_tile(client, name, folder / LOG_FOLDER)
    (folder / LOG_FOLDER / CHECKPOINT_NAME).write_bytes(signed)


def _tiles(size: int) -> list[TileName]:
    """Every tile of a tree of `size`, entries too."""
    names: list[TileName] = []
    level = 0
    while size >> (TILE_HEIGHT * level):
        full, partial = extent(size, level)
        for kind in (None, 0) if level == 0 else (level,):
            names += [TileName(kind, number) for number in range(full)]
            names += [TileName(kind, full, partial)] if partial else []
        level += 1
    return names


def _fetch_tile(client: httpx.Client, name: TileName, root: Path) -> None:
    """A partial tile may have given way to its full one since the checkpoint was read."""
    status, data = _ask(client, f"/{name.path()}")
    if status == httpx.codes.NOT_FOUND and name != name.full:
        name = name.full
        status, data = _ask(client, f"/{name.path()}")
    if status != httpx.codes.OK:
        raise UnreachableError(f"{client.base_url}{name.path()} answered {status}")
    path = root / name.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _get(client: httpx.Client, path: str) -> bytes:
    """A gateway lets one address ask some twenty paths a second; an audit of a long log waits for its turn."""
    status, data = _ask(client, path)
    for _ in range(_TURNS):
        if status != httpx.codes.TOO_MANY_REQUESTS:
            break
        time.sleep(_TURN_S)
        status, data = _ask(client, path)
    if status != httpx.codes.OK:
        raise UnreachableError(f"{client.base_url}{path} answered {status}")
    return data


def _ask(client: httpx.Client, path: str) -> tuple[int, bytes]:
    """Status and body. Raises UnreachableError, also for a body longer than any tile is."""
    try:
        with client.stream("GET", path) as response:
            data = bytearray()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_TILE_BYTES:
                    raise UnreachableError(f"{client.base_url}{path} has more than {MAX_TILE_BYTES} bytes")
            return response.status_code, bytes(data)
    except httpx.HTTPError as error:
        raise UnreachableError(f"{client.base_url}{path}: {error!r}") from None


def asker(
    places: Mapping[str, str], transport: httpx.BaseTransport | None = None
) -> Callable[[str, int, int], Sequence[bytes] | None]:
    """Asks the gateways in `places` (origin to address) for consistency paths; None where one does not answer."""

    def ask(origin: str, old: int, new: int) -> Sequence[bytes] | None:
        url = places.get(origin)
        if url is None:
            return None
        try:
            with httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=transport, trust_env=False) as client:
                path = json.loads(_get(client, f"/v1/consistency/{old}/{new}"))["path"]
            return [bytes.fromhex(node) for node in path]
        except (httpx.InvalidURL, UnreachableError, ValueError, KeyError, TypeError):
            return None

    return ask
