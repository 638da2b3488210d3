"""The static files of the pages: read once, served from memory under a name with their digest, kept by browsers.

`/static/kit.css?v=3f2a9c01d4e5` may be kept for a year, as other bytes have another address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from fastapi import Response

PATH: Final = "/static/"
MEDIA: Final = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
        "woff2": "font/woff2",
        "html": "text/html; charset=utf-8",
    }
)
"""What is served, by how its name ends; licences and build lines are not."""

_KEPT: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file."""

    data: bytes
    media_type: str
    version: str


class StaticFiles:
    """All of several packages."""

    def __init__(self, folders: Iterable[tuple[str, str, str]]) -> None:
        """`folders`: package, folder in it, and what is put before its files' names.

        Raises ValueError where two have a file of one name.
        """
        found: dict[str, StaticFile] = {}
        for package, folder, below in folders:
            for name, data in _files(resources.files(package).joinpath(folder), below):
                if name in found:
                    raise ValueError(f"two static files are named {name}")
                found[name] = StaticFile(data, MEDIA[name.rpartition(".")[2]], sha256(data).hexdigest()[:12])
        self._files: Mapping[str, StaticFile] = found

    def address(self, name: str, root: str = "") -> str:
        """Where a browser finds it. Raises KeyError: a template names a file that is none."""
        return f"{root}{PATH}{name}?v={self._files[name].version}"

    def answer(self, name: str, version: str | None, held: str | None = None) -> Response:
        """The file; 404 where there is none, 304 where it is the one that the browser holds, by its entity tag.

        What is asked for without its version, as modules ask for each other, is not kept for long.
        """
        one = self._files.get(name)
        if one is None:
            return Response("not found", 404, media_type="text/plain")
        kept, tag = _KEPT if version == one.version else "public, max-age=60", f'"{one.version}"'
        headers = {"cache-control": kept, "etag": tag}
        return Response(None, 304, headers) if held == tag else Response(one.data, 200, headers, one.media_type)


def _files(folder: Traversable, below: str) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        return
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files(one, f"{below}{one.name}/")
        elif one.name.rpartition(".")[2] in MEDIA:
            yield below + one.name, one.read_bytes()
