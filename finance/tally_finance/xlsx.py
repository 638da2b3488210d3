"""Workbooks (Excel) whose bytes depend on what is in them alone, so that a digest of one can be signed."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import datetime
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name; when a file was packed says nothing."""


_OF_PROGRAM: Final = "docProps/app.xml"
"""Names the version of what wrote a workbook, and nothing of what is in it."""


def same(left: bytes, right: bytes) -> bool:
    """Whether two workbooks hold the same, part by part, however they were compressed. `right`: one that was made here,
    so that of another one no more is unpacked than that has."""
    try:
        with zipfile.ZipFile(io.BytesIO(left)) as one, zipfile.ZipFile(io.BytesIO(right)) as other:
            sizes = [
                sorted((part.filename, part.file_size) for part in of.infolist() if part.filename != _OF_PROGRAM)
                for of in (one, other)
            ]
            return sizes[0] == sizes[1] and all(one.read(name) == other.read(name) for name, _ in sizes[0])
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return False


def repacked(data: bytes, at: datetime) -> bytes:
    """The same workbook without the moment of packing. `at`: when its contents were known, UTC without a zone."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in sorted(packed.namelist()):
            content = packed.read(name)
            if name == "docProps/core.xml":
                stamp = f"{at.isoformat()}Z".encode()
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(info, content)
    return out.getvalue()
