"""The service's own socket, for the command line on this machine: where it stands, and a backup while it runs.

One line of JSON asks, one line answers. The socket lies in the gateway's folder with mode 0600, so whoever may use it
could read the folder anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tally_edge.errors import TallyError
from tally_gateway import backup
from tally_gateway.anchored_log import AnchoredLog
from tally_gateway.errors import MaintenanceError

SOCKET_NAME: Final = "control.sock"
_MODE: Final = 0o600
_MAX_LINE: Final = 1 << 16
_BACKLOG: Final = 16
_ANSWER_S: Final = 3600.0
"""A backup copies the whole log."""


async def serve_control(folder: Path, parts: AnchoredLog, listening: socket.socket) -> None:
    """Until cancelled, on what `bind_control` made."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said = await _obey(parts, await reader.readline())
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError):
            pass  # whoever asked has gone, or sent something longer than any command
        finally:
            writer.close()

    server = await asyncio.start_unix_server(answer, sock=listening, limit=_MAX_LINE)
    try:
        async with server:
            await server.serve_forever()
    finally:
        (folder / SOCKET_NAME).unlink(missing_ok=True)


def bind_control(folder: Path) -> socket.socket:
    """The socket, with its name and mode; whoever connects waits until it is served. Nobody can connect before it
    listens, so the mode is in time; a umask would be that of every thread at once."""
    (folder / SOCKET_NAME).unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    try:
        with _short_path(folder) as path:
            bound.bind(path)
            Path(path).chmod(_MODE)
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


async def _obey(parts: AnchoredLog, line: bytes) -> dict[str, Any]:
    try:
        command = json.loads(line)
        if command.get("do") == "status":
            standing = parts.standing()
            return {"ok": True, "faults": standing.faults(), **dataclasses.asdict(standing)}
        if command.get("do") == "anchor":
            if parts.feed is None:
                return {"ok": False, "error": "anchor.engine is none: there is no chain"}
            await parts.seal()
            await parts.feed.anchor_now()
            return {"ok": True, **dataclasses.asdict(parts.standing())}
        if command.get("do") == "backup":
            size = await backup.copy_running(parts, Path(command["to"]))
            return {"ok": True, "size": size}
    except (TallyError, OSError) as error:
        return {"ok": False, "error": str(error)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {"ok": False, "error": f"not understood: {error!r}"}
    return {"ok": False, "error": "not understood"}


def ask(folder: Path, command: dict[str, Any]) -> dict[str, Any] | None:
    """The running service's answer; None when none runs. Raises MaintenanceError when it breaks off."""
    try:
        with _short_path(folder) as path, socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(_ANSWER_S)
            channel.connect(path)
            channel.sendall(json.dumps(command).encode() + b"\n")
            with channel.makefile("rb") as answered:
                line = answered.readline(_MAX_LINE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:
        raise MaintenanceError(f"the running service does not answer: {error}") from error
    if not line:
        raise MaintenanceError("the running service broke off")
    return dict(json.loads(line))


@contextlib.contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """A path of the socket that fits into the 107 bytes that a socket's address has, however long the folder's is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)
