"""What a report is given out as (导出): by kind, its media type and the function that makes it of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tally_finance.export.html import html
from tally_finance.export.pdf import pdf
from tally_finance.report import archive
from tally_finance.report.folder import Kept


@dataclass(frozen=True, slots=True)
class Export:
    """`name`: of the file, without the report's digest before it."""

    media_type: str
    name: str
    make: Callable[[Kept], bytes]


_MARK: Final = ""
"""Only reports that were computed again are on the shelf, so what is given out was verified."""

EXPORTS: Final[Mapping[str, Export]] = MappingProxyType(
    {
        "archive": Export(archive.MEDIA_TYPE, "report.tar", archive.pack),
        "html": Export("text/html", "report.html", lambda kept: html(kept, _MARK).encode()),
        "pdf": Export("application/pdf", "report.pdf", lambda kept: pdf(kept, _MARK)),
    }
)
