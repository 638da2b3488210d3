"""What a reviewers' desk computes in a process of its own (`worker`): a report again, a load opened, an export.

Each call reads the folder, verifies the evidence under the desk's policy and counts anew. The newest few reports that
were computed stay in that process for an hour, so that page after page of one load is one verification.
"""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from tally_chain import bundle
from tally_chain.cli.verify import open_if_sealed, read_policy
from tally_chain.errors import BundleError, PolicyError
from tally_chain.verify import one_statement_told
from tally_chain.verify.one_statement import Openable
from tally_edge.errors import ConfigError, KeyStoreError
from tally_finance.errors import ReportFileError
from tally_finance.export import pact_document, pact_of, product_sheet
from tally_finance.export.pact_document import Made
from tally_finance.pact import catenax
from tally_finance.report import archive, differing, evidence, folder, inventory_file, opening
from tally_finance.report.differing import Difference
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report, report_of
from tally_finance.review import opinions, reported
from tally_finance.review_api import drawn
from tally_finance.review_api.exports import EXPORTS

MOST_TOLD: Final = 100
"""Differences of a report: whoever made it with another sheet has thousands."""
MOST_OF_ONE: Final = 200
"""Characters of either side of a difference: what stands there may be as long as a report."""
FRESH_S: Final = 3_600
DRAWN: Final = "drawn"
"""The folder beside those of the shelf."""
_MOST_HELD: Final = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """Under which policy evidence is read, and by whose key it is opened where it is sealed."""

    policy: Path
    key: Path | None = None
    passphrase_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which intervals of a load: those that touch a span (Unix seconds; None: no end), the first `limit` of them."""

    from_at: int | None
    to_at: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a report follows from its evidence byte for byte, and the first places where it does not."""

    is_same: bool
    holds: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """Intervals of a load, statements at their ends with their proofs, and when the evidence was verified.

    `next_from`: where the interval behind them begins, Unix seconds; None where there is none.
    """

    intervals: list[dict[str, Any]]
    statements: dict[str, dict[str, Any]]
    next_from: int | None
    verified_at: int


_HELD: OrderedDict[tuple[Path, Reading], tuple[int, Report, Openable]] = OrderedDict()


def receive(at: Path, names: frozenset[str]) -> None:
    """Whether a folder that was written of parts with these names is a report, whole, that a review can read.

    Raises TallyError.
    """
    found = reported.decode(archive.read(at, names).data)
    if not f"{found.entity}{found.site}".isprintable():
        raise ReportFileError("entity and site are shown in lists: they are printable text")


def compute(reading: Reading, at: Path, now: int) -> Outcome:
    """A report again, as of `now`, Unix seconds. Raises TallyError where nothing can be computed, OSError where the
    desk's own policy or key can not be read.
    """
    kept = _read(at)
    report, openable = _computed(reading, kept, now)
    every = differing.differences(kept.said, json.loads(report.encode()))
    found = [_shortened(one) for one in islice(every, MOST_TOLD)]
    if report.trace.encode() != kept.trace:
        found.append(Difference(folder.TRACE, kept.said["trace"], report.trace.digest.hex()))
    outcome = Outcome(report.encode() == kept.data and not found, report.verdict.holds, tuple(found))
    if outcome.is_same:
        with contextlib.suppress(OSError):  # it is drawn when somebody asks
            drawn.write(drawn_beside(at), at.name, report, openable.examined)
    return outcome


def draw(reading: Reading, at: Path, now: int) -> None:
    """Have what pages draw of a kept report beside it. Raises TallyError, and OSError as `compute` does."""
    report, openable = _computed(reading, _read(at), now)
    drawn.write(drawn_beside(at), at.name, report, openable.examined)


def drawn_beside(at: Path) -> Path:
    """Where that is, of a folder of the shelf."""
    return at.parent.parent / DRAWN


def open_load(reading: Reading, at: Path, now: int, load: str, window: Window) -> Opened:
    """The intervals of a load in a window, from evidence verified anew or within the hour.

    Raises TallyError, and OSError where the desk's own policy or key can not be read.
    """
    verified_at, report, openable = _held(reading, at, now)
    found = opening.intervals(report, load, window.from_at, window.to_at, window.limit + 1)
    rows, behind = found[: window.limit], found[window.limit : window.limit + 1]
    ends = [row[name] for row in rows for name in ("first", "last") if row[name] is not None]
    ids = list(dict.fromkeys(bytes.fromhex(end["statement"]) for end in ends))
    proofs = evidence.proven(openable.carried, ids)
    told = {
        name.hex(): {
            "log": one.origin,
            "entry": str(one.index),
            "size": str(one.size),
            "bytes": one.encoded.hex(),
            "path": [step.hex() for step in one.path],
        }
        for name, one in proofs.items()
    }
    return Opened(rows, told, int(behind[0]["from"]) if behind else None, verified_at)


def open_statement(reading: Reading, at: Path, now: int, statement_id: bytes) -> tuple[dict[str, Any] | None, int]:
    """A statement of the evidence with every step of its check, None where no bundle carries it; and when the evidence
    was verified. Raises TallyError, and OSError where the desk's own policy or key can not be read.
    """
    verified_at, _, openable = _held(reading, at, now)
    try:
        place = openable.carried.place_of(statement_id)
    except BundleError:
        return None, verified_at
    return one_statement_told.to_json(openable.open(*place)), verified_at


def export(reading: Reading, kind: str, at: Path, now: int) -> bytes:
    """A report's folder as an export of a kind. Raises TallyError where it can not be made."""
    one = EXPORTS[kind]
    return one.make(_read(at), _held(reading, at, now)[1] if one.opens_loads else None)


def exchanged(kind: str, at: Path, product: tuple[str, str], now: int, verification: bytes | None) -> bytes:
    """A product's footprint as others exchange it: `kind` is pact or catenax, `product` a name and a sheet (TOML).

    `verification`: a third party's that stands for the report, as its file is. Raises TallyError where none is made.
    """
    (name, text), kept = product, _read(at)
    sheet = product_sheet.parse(text, Path("sheet"))
    opinion = None if verification is None else opinions.decode(verification)
    body = pact_of.footprint_of(kept, name, sheet, Made(datetime.fromtimestamp(now, UTC), (), opinion))
    if kind == "pact":
        return pact_document.encode(body)
    return f"{catenax.encode(pact_of.catenax_of(body, sheet, opinion))}\n".encode()


def _held(reading: Reading, at: Path, now: int) -> tuple[int, Report, Openable]:
    """A report that was computed from evidence verified at the time that stands first, now or within the hour."""
    held = _HELD.get((at, reading))
    if held is None or not 0 <= now - held[0] <= FRESH_S:
        held = (now, *_computed(reading, _read(at), now))
        _HELD[at, reading] = held
        while len(_HELD) > _MOST_HELD:
            _HELD.popitem(last=False)
    return held


def _read(at: Path) -> Kept:
    """A folder that is named by its report's digest."""
    kept = folder.read(at)
    if sha256(kept.data).hexdigest() != at.name:
        raise ReportFileError(f"{folder.REPORT} was changed: its digest is another than the folder's name")
    return kept


def _shortened(one: Difference) -> Difference:
    return Difference(one.path[:MOST_OF_ONE], *(side and side[:MOST_OF_ONE] for side in (one.said, one.computed)))


def _computed(reading: Reading, kept: Kept, now: int) -> tuple[Report, Openable]:
    name = kept.folder / folder.REPORT
    inventory = inventory_file.loaded(kept.sheets, name)
    inputs = folder.inputs_of(inventory, name, str(kept.said.get("registry", "")))
    try:
        trusted = read_policy(reading.policy)
    except PolicyError as error:  # which says nothing of the report
        raise OSError(f"the desk's policy: {error}") from None
    read, digests, reader = [], [], None
    for path in kept.bundles:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read evidence {path.name}: {error.strerror}") from None
        digests.append(sha256(data).digest())
        try:
            opened, reader = open_if_sealed(data, reading.key, reading.passphrase_file)
        except KeyStoreError as error:
            raise OSError(f"the desk's key: {error}") from None
        read.append(bundle.decode(opened))
    together = evidence.together(read)
    openable = Openable(together, trusted, now=now, reader_key=reader)
    return report_of(openable.examined, inventory, inputs.boundary, inputs.registry, tuple(digests)), openable
