"""A report's folder as one file (报告归档): a tar without compression, and one folder has one archive.

    archive = (header contents padding)* 1024 zero bytes        POSIX ustar, mode 0644, times and owners 0

The parts come as report.json, trace.json, then sheets and evidence by their digests. What is read is held against what
`pack` writes, header by header: there are no links, no other names, no second part of one name and nothing behind the
end. Nothing is compressed, so what is taken is as long as what was sent. Format page: docs/formats/report.md.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.errors import ReportFileError
from tally_finance.report import folder
from tally_finance.report.folder import REPORT, TRACE, Kept

MEDIA_TYPE: Final = "application/x-tar"
MAX_PARTS: Final = 256
"""A site of a hundred gateways has a bundle of each and some sheets."""

_BLOCK: Final = 512
_END: Final = bytes(2 * _BLOCK)
_NAME: Final = re.compile(rf"{re.escape(REPORT)}|{re.escape(TRACE)}|(sheets|evidence)/[0-9a-f]{{64}}")
_SIZE: Final = re.compile(rb"[0-7]{11}\0")
_FIRST: Final = (REPORT, TRACE)


def pack(kept: Kept) -> bytes:
    """The archive of a folder. Raises ConfigError where evidence is missing or was changed."""
    parts = {REPORT: kept.data, TRACE: kept.trace}
    parts |= {f"sheets/{sha256(data).hexdigest()}": data for data in kept.sheets.values()}
    for path in kept.bundles:
        try:
            parts[f"evidence/{path.name}"] = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from None
        if sha256(parts[f"evidence/{path.name}"]).hexdigest() != path.name:
            raise ConfigError(f"{path}: was changed: its digest is another than its name")
    return encode(parts)


def encode(parts: Mapping[str, bytes]) -> bytes:
    """The archive of parts by their names."""
    return b"".join((*_pieces(parts), _END))


def decode(data: bytes) -> dict[str, bytes]:
    """The parts of an archive. Raises ReportFileError naming the part, or the byte that is not as `pack` writes it.

    1. Each header is the one that `pack` writes for its name and its length; names are those of a report's folder.
    2. A sheet or a bundle has the digest that is its name.
    3. The order is that of `pack`, so no name comes twice, and nothing follows.
    """
    parts: dict[str, bytes] = {}
    at = 0
    while data[at : at + 1] not in {b"", b"\0"}:
        name, size = _read_header(data, at)
        if name in parts or len(parts) >= MAX_PARTS:
            raise ReportFileError(f"{name} comes twice, or is one of more than {MAX_PARTS} parts")
        begins = at + _BLOCK
        at = begins + size + _padding(size)
        contents = data[begins : begins + size]
        if at > len(data) or data[begins + size : at].strip(b"\0"):
            raise ReportFileError(f"{name} is longer than the archive, or padded with something")
        if "/" in name and sha256(contents).hexdigest() != name.rpartition("/")[2]:
            raise ReportFileError(f"{name} was changed: its digest is another than its name")
        parts[name] = contents
    if data[at:] != _END or list(parts) != sorted(parts, key=_place):
        raise ReportFileError(f"the archive does not end at byte {at} as one does, or its parts are out of order")
    for name in _FIRST:
        if name not in parts:
            raise ReportFileError(f"the archive has no {name}")
    return parts


def write(to: Path, parts: Mapping[str, bytes]) -> None:
    """The folder of an archive's parts, in a folder that is not there yet; the report comes last."""
    for name in (*(name for name in parts if name != REPORT), REPORT):
        durable.make_folder((to / name).parent)
        durable.write_file(to / name, parts[name])


def read(at: Path, names: Collection[str]) -> Kept:
    """The folder that `write` made of parts with these names.

    Raises ReportFileError where the report names other parts than came, ConfigError where one was changed.
    """
    kept = folder.read(at)
    named = {f"sheets/{sha256(data).hexdigest()}" for data in kept.sheets.values()}
    named |= {f"evidence/{path.name}" for path in kept.bundles}
    different = sorted(named.symmetric_difference({*names} - {*_FIRST}))
    if different:
        raise ReportFileError(f"the report names other parts than the archive has: {', '.join(different[:4])}")
    return kept


def _pieces(parts: Mapping[str, bytes]) -> Iterable[bytes]:
    for name in sorted(parts, key=_place):
        yield from (_header(name, len(parts[name])), parts[name], bytes(_padding(len(parts[name]))))


def _place(name: str) -> tuple[int, str]:
    order = {REPORT: 0, TRACE: 1}
    return order.get(name, 2 if name.startswith("sheets/") else 3), name


def _header(name: str, size: int) -> bytes:
    found = tarfile.TarInfo(name)
    found.size = size
    return found.tobuf(tarfile.USTAR_FORMAT)


def _read_header(data: bytes, at: int) -> tuple[str, int]:
    header = data[at : at + _BLOCK]
    name = header[:100].rstrip(b"\0").decode("ascii", "replace")
    if _NAME.fullmatch(name) is None:
        raise ReportFileError(f"{name[:80]!r} at byte {at} is no part of a report's folder")
    if _SIZE.fullmatch(header[124:136]) is None or _header(name, int(header[124:135], 8)) != header:
        raise ReportFileError(f"{name} at byte {at} has another header than an archive's parts have")
    return name, int(header[124:135], 8)


def _padding(size: int) -> int:
    return -size % _BLOCK
