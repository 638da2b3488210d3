"""A report as a folder (报告文件夹): report, trace, every sheet by digest, evidence. It needs no network.

report.json         canonical JSON; its SHA-256 is what opinions are bound to
trace.json          every step of the calculation
sheets/<sha256>     the inventory, the boundary, certificates, own factors, as they were read
evidence/<sha256>   the bundles, as they came: sealed ones stay sealed
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.activity import boundary_file
from tally_finance.activity.boundary import Boundary
from tally_finance.errors import FactorError
from tally_finance.factors import own_file, shipping
from tally_finance.factors.editions import Edition
from tally_finance.factors.registry import Registry
from tally_finance.report import inventory_file
from tally_finance.report.inventory import Inventory
from tally_finance.report.making import FORMAT, Report

REPORT: Final = "report.json"
TRACE: Final = "trace.json"
MAX_REPORT_BYTES: Final = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder that was read: the report's bytes and what they say, the trace's bytes, sheets by what they are."""

    folder: Path
    data: bytes
    said: dict[str, Any]
    trace: bytes
    sheets: dict[str, bytes]

    @property
    def bundles(self) -> tuple[Path, ...]:
        """The evidence in the folder."""
        return tuple(self.folder / "evidence" / digest for digest in self.said["evidence"])


def must_be_new(folder: Path) -> None:
    """Raises ConfigError where there is something already: asked before a minute of work as well as after it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: is there already, and not empty")


def write(folder: Path, report: Report, bundles: Sequence[bytes]) -> None:
    """Write a report with its evidence into a new folder. Raises ConfigError where there is something already."""
    must_be_new(folder)
    for part, contents in (("sheets", report.inventory.sources.values()), ("evidence", bundles)):
        durable.make_folder(folder / part)
        for data in contents:
            durable.write_file(folder / part / sha256(data).hexdigest(), data)
    durable.write_file(folder / TRACE, report.trace.encode())
    durable.write_file(folder / REPORT, report.encode())  # last: a folder without it is none


def read(folder: Path) -> Kept:
    """Read a folder and hold its parts against the digests in its report. Raises ConfigError that names the part."""
    data = _bytes(folder / REPORT)
    try:
        said = json.loads(data)
        if said["format"] != FORMAT:
            raise ConfigError(f"{folder / REPORT}: is no {FORMAT!r}")
        trace, digests = str(said["trace"]), {str(role): str(digest) for role, digest in said["sheets"].items()}
        known = {*digests.values(), *said["evidence"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{folder / REPORT}: is no {FORMAT!r}") from None
    if not all(isinstance(one, str) and len(one) == 64 and one.isalnum() for one in known):
        raise ConfigError(f"{folder / REPORT}: names a part that is no digest")
    sheets = {role: _checked(folder / "sheets" / digest, digest) for role, digest in digests.items()}
    return Kept(folder, data, said, _checked(folder / TRACE, trace), sheets)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an inventory is computed with, beside evidence.

    `edition`: of the factors that ship. `is_newest`: none has shipped since.
    """

    boundary: Boundary
    registry: Registry
    edition: Edition
    is_newest: bool


def inputs_of(inventory: Inventory, file: Path, registry: str = "") -> Inputs:
    """The boundary and the factors of an inventory. Raises ConfigError, SignatureError, FactorError.

    `registry`: the digest that a report names. Its factors are those of the edition that shipped then, with the
    organisation's own; where no edition gives that digest, the newest one's, and the report differs.
    """
    try:
        text = inventory.sources["boundary"].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: boundary: {error}") from None
    boundary = boundary_file.parse(text, file.with_name(f"{file.name}: boundary"))
    newest, *older = reversed(shipping.editions())
    for edition in (newest, *older) if registry else ():
        with suppress(FactorError):  # an own factor may supersede what this edition does not have
            found = _with_own(inventory, edition)
            if found.digest.hex() == registry:
                return Inputs(boundary, found, edition, is_newest=edition is newest)
    return Inputs(boundary, _with_own(inventory, newest), newest, is_newest=True)


def _with_own(inventory: Inventory, edition: Edition) -> Registry:
    registry = edition.registry
    for role, data in sorted(inventory.sources.items()):
        if role.startswith(inventory_file.OWN_FACTORS):
            own = own_file.decode(data, inventory.signers)
            registry = registry.joined(own.factors, f"{own.organisation} (key {own.signer.hex()[:12]})")
    return registry


def _checked(file: Path, digest: str) -> bytes:
    data = _bytes(file)
    if sha256(data).hexdigest() != digest:
        raise ConfigError(f"{file}: was changed: its digest is another than the report's")
    return data


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_REPORT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    if len(data) > MAX_REPORT_BYTES:
        raise ConfigError(f"{file}: has more than {MAX_REPORT_BYTES} bytes")
    return data
