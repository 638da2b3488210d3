"""The archive of a report's folder: one folder has one, and nothing but what `pack` writes is read."""

from __future__ import annotations

import io
import tarfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import ReportFileError
from tally_finance.report import archive

SHEET, BUNDLE = b"a sheet", b"x" * 1_000
PARTS = {
    "report.json": b"{}",
    "trace.json": b"{}",
    f"sheets/{sha256(SHEET).hexdigest()}": SHEET,
    f"evidence/{sha256(BUNDLE).hexdigest()}": BUNDLE,
}
PACKED = archive.encode(PARTS)


def test_other_programs_read_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(PACKED)) as opened:
        assert {one.name: opened.extractfile(one).read() for one in opened} == PARTS  # type: ignore[union-attr]


@given(st.permutations(list(PARTS)))
def test_one_folder_has_one_archive(names: list[str]) -> None:
    assert archive.encode({name: PARTS[name] for name in names}) == PACKED
    assert archive.decode(PACKED) == PARTS


@given(at=st.integers(0, len(PACKED) - 1), bit=st.integers(0, 7))
def test_no_bit_of_it_can_be_another(at: int, bit: int) -> None:
    """But in report and trace, whose digests stand elsewhere."""
    other = bytearray(PACKED)
    other[at] ^= 1 << bit
    try:
        found = archive.decode(bytes(other))
    except ReportFileError:
        return
    assert archive.encode(found) == bytes(other)
    assert {name for name, data in found.items() if data != PARTS[name]} <= {"report.json", "trace.json"}


def tar(*members: tarfile.TarInfo, data: bytes = b"{}", format: int = tarfile.USTAR_FORMAT) -> bytes:  # noqa: A002
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format) as opened:
        for one in members:
            one.size = len(data) if one.isreg() else 0
            opened.addfile(one, io.BytesIO(data))
    return made.getvalue()


def link(name: str, to: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = tarfile.SYMTYPE, to
    return made


@pytest.mark.parametrize(
    "data",
    [
        tar(tarfile.TarInfo("../report.json")),
        tar(tarfile.TarInfo("/report.json")),
        tar(tarfile.TarInfo("sheets/../report.json")),
        tar(tarfile.TarInfo("sheets/" + "a" * 63)),
        tar(link("report.json", "/etc/passwd"), tarfile.TarInfo("trace.json")),
        tar(tarfile.TarInfo("report.json"), tarfile.TarInfo("report.json")),
        tar(tarfile.TarInfo("trace.json"), tarfile.TarInfo("report.json")),
        tar(tarfile.TarInfo("report.json")),
        tar(tarfile.TarInfo("report.json"), tarfile.TarInfo("trace.json"), format=tarfile.PAX_FORMAT),
        PACKED[:-512],
        PACKED + bytes(512),
        PACKED[:512],
        b"",
    ],
)
def test_nothing_else_is_read(data: bytes) -> None:
    with pytest.raises(ReportFileError):
        archive.decode(data)


def test_a_length_beyond_the_archive_is_refused_without_memory_for_it() -> None:
    header = bytearray(PACKED[:512])
    found = tarfile.TarInfo("report.json")
    found.size = 8 * 2**30 - 1
    header[:] = found.tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(ReportFileError, match="longer than the archive"):
        archive.decode(bytes(header) + PACKED[512:])
