"""Reads a whole log of heads, from a folder or over HTTP, and asks the logs in it for their consistency paths."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from tally_chain import checkpoint, heads_audit, note
from tally_chain.errors import NoteError
from tally_chain.heads_audit import Audit
from tally_chain.note import VerifierKey
from tally_chain.tiles import MAX_ENTRY_BYTES, TILE_HEIGHT, TileName, extent
from tally_edge.errors import UnreachableError
from tally_edge.keys import PublicKey
from tally_edge.proof import HASH_BYTES
from tally_gateway.errors import LogDamaged, LogForeign, MaintenanceError
from tally_gateway.log.reader import LogReader
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER

TIMEOUT_S: Final = 20.0
_TURN_S: Final = 1.0
_TURNS: Final = 30
MOST_MB: Final = 16_384
"""What a source may make its reader fetch, unless the reader allows more: some thirty million heads."""
_ALLOW_MORE: Final = "--most-mb allows more"
_LEAST_ENTRY_BYTES: Final = 2 + HASH_BYTES
"""Of each entry there are at least its length and its hash."""
_MAX_PATH_ANSWER_BYTES: Final = 1 << 16
"""A consistency path has 128 hashes at most, in hex."""

Progress = Callable[[int, int], None]


def audit_folder(folder: Path, key: VerifierKey | None, known: Mapping[str, PublicKey]) -> Audit:
    """Steps 1 to 3 of heads_audit over the log in `folder`. Every hash and entry is checked against the checkpoint.

    Raises LogMissing, LogDamaged, or LogForeign for a checkpoint of another key.
    """
    reader = LogReader(folder, key)
    return heads_audit.audit(((index, reader.entry(index)) for index in range(1, reader.size)), known)


def fetch(
    url: str,
    folder: Path,
    transport: httpx.BaseTransport | None = None,
    *,
    key: VerifierKey | None = None,
    most_mb: int = MOST_MB,
    progress: Progress | None = None,
) -> None:
    """Copy a published log of heads into `folder`, which is empty. `progress` is told of tiles.

    The checkpoint says how much there is, so with `key` its signature is checked before anything else is asked for; in
    any case no more than `most_mb` comes. Raises UnreachableError, LogDamaged, LogForeign; MaintenanceError for more.
    """
    try:
        made = httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=transport, trust_env=False)
    except httpx.InvalidURL as error:
        raise UnreachableError(f"{url} is no address: {error}") from None
    most_bytes = most_mb << 20
    with made as client:
        signed = _get(client, "/checkpoint", note.MAX_NOTE_BYTES)
        size = _size_of(url, signed, key)
        if size * _LEAST_ENTRY_BYTES > most_bytes:
            raise MaintenanceError(f"{url} names {size} entries, which are more than {most_mb} MB: {_ALLOW_MORE}")
        whole = _tile_count(size)
        for done, name in enumerate(_tiles(size), 1):
            most_bytes -= _fetch_tile(client, name, folder / LOG_FOLDER)
            if most_bytes < 0:
                raise MaintenanceError(f"{url} sent more than {most_mb} MB: {_ALLOW_MORE}")
            if progress is not None:
                progress(done, whole)
    (folder / LOG_FOLDER / CHECKPOINT_NAME).write_bytes(signed)


def _size_of(url: str, signed: bytes, key: VerifierKey | None) -> int:
    try:
        found = note.decode(signed)
        seen = checkpoint.decode(found.text)
        if key is not None:
            note.verify(found, [key])
    except NoteError as error:
        raise LogDamaged(f"{url}/checkpoint: {error}") from None
    if key is not None and seen.origin != key.name:
        raise LogForeign(f"{url}/checkpoint is of {seen.origin}, not of {key.name}")
    return seen.size


def _tiles(size: int) -> Iterator[TileName]:
    """Every tile of a tree of `size`, entries too."""
    level = 0
    while size >> (TILE_HEIGHT * level):
        full, partial = extent(size, level)
        for kind in (None, 0) if level == 0 else (level,):
            yield from (TileName(kind, number) for number in range(full))
            if partial:
                yield TileName(kind, full, partial)
        level += 1


def _tile_count(size: int) -> int:
    """How many `_tiles` names."""
    levels = [extent(size, level) for level in range(size.bit_length()) if size >> (TILE_HEIGHT * level)]
    counts = [full + (partial > 0) for full, partial in levels]
    return sum(counts) + (counts[0] if counts else 0)


def _fetch_tile(client: httpx.Client, name: TileName, root: Path) -> int:
    """A partial tile may have given way to its full one since the checkpoint was read. Returns its bytes."""
    status, data = _ask(client, f"/{name.path()}", _most_bytes(name))
    if status == httpx.codes.NOT_FOUND and name != name.full:
        name = name.full
        status, data = _ask(client, f"/{name.path()}", _most_bytes(name))
    if status != httpx.codes.OK:
        raise UnreachableError(f"{client.base_url}{name.path()} answered {status}")
    path = root / name.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return len(data)


def _most_bytes(name: TileName) -> int:
    """No tile of this name is longer."""
    return name.width * (2 + MAX_ENTRY_BYTES if name.level is None else HASH_BYTES)


def _get(client: httpx.Client, path: str, most: int) -> bytes:
    """A gateway lets one address ask some twenty paths a second; an audit of a long log waits for its turn."""
    status, data = _ask(client, path, most)
    for _ in range(_TURNS):
        if status != httpx.codes.TOO_MANY_REQUESTS:
            break
        time.sleep(_TURN_S)
        status, data = _ask(client, path, most)
    if status != httpx.codes.OK:
        raise UnreachableError(f"{client.base_url}{path} answered {status}")
    return data


def _ask(client: httpx.Client, path: str, most: int) -> tuple[int, bytes]:
    """Status and body. Raises UnreachableError, also for a body of more than `most` bytes."""
    try:
        with client.stream("GET", path) as response:
            data = bytearray()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > most:
                    raise UnreachableError(f"{client.base_url}{path} has more than {most} bytes")
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
                path = json.loads(_get(client, f"/v1/consistency/{old}/{new}", _MAX_PATH_ANSWER_BYTES))["path"]
            return [bytes.fromhex(node) for node in path]
        except (httpx.InvalidURL, UnreachableError, ValueError, KeyError, TypeError, RecursionError):
            return None

    return ask
