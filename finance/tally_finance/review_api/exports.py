"""What a report is given out as (导出): by kind, its media type and the function that makes it of a folder."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tally_finance.export import to_csv
from tally_finance.export.html import html
from tally_finance.export.pdf import pdf
from tally_finance.export.table import Stamp, Table
from tally_finance.export.tables import tables_of, title_of
from tally_finance.export.verified import Verified
from tally_finance.report import archive
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report


@dataclass(frozen=True, slots=True)
class Export:
    """`name`: of the file, without the report's digest before it.

    `opens_loads`: whether `make` is given the report as it was computed again, which takes a verification.
    """

    media_type: str
    name: str
    make: Callable[[Kept, Report | None], bytes]
    opens_loads: bool = False


_MARK: Final = ""
"""Only reports that were computed again are on the shelf, so what is given out was verified."""

_ZIP: Final = "application/zip"
_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _tables(kept: Kept, report: Report | None, write: Callable[[Path, Sequence[Table], Stamp], None]) -> bytes:
    """A folder of tables as a ZIP file, the same bytes again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tables"
        write(folder, *tables_of(kept, Verified(report)))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for one in sorted(folder.iterdir()):
                info = zipfile.ZipInfo(one.name)
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, one.read_bytes())
        return packed.getvalue()


def _parquet(kept: Kept, report: Report | None) -> bytes:
    from tally_finance.export import to_parquet  # noqa: PLC0415  takes half a second to import

    return _tables(kept, report, to_parquet.write)


def _workbook(kept: Kept, report: Report | None) -> bytes:
    from tally_finance.export import to_excel  # noqa: PLC0415  takes half a second to import

    return to_excel.workbook(*tables_of(kept, Verified(report)), title_of(kept))


def _csv(kept: Kept, report: Report | None) -> bytes:
    return _tables(kept, report, to_csv.write)


EXPORTS: Final[Mapping[str, Export]] = MappingProxyType(
    {
        "archive": Export(archive.MEDIA_TYPE, "report.tar", lambda kept, _: archive.pack(kept)),
        "csv": Export(_ZIP, "tables-csv.zip", _csv, opens_loads=True),
        "excel": Export(_EXCEL, "report.xlsx", _workbook, opens_loads=True),
        "html": Export("text/html", "report.html", lambda kept, _: html(kept, _MARK).encode()),
        "parquet": Export(_ZIP, "tables-parquet.zip", _parquet, opens_loads=True),
        "pdf": Export("application/pdf", "report.pdf", lambda kept, _: pdf(kept, _MARK)),
    }
)
