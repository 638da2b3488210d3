"""What a reviewers' desk computes in a process of its own (`worker`): a report again, a load opened, an export.

Each call reads the folder, verifies the evidence under the desk's policy and counts anew. The newest few reports that
were computed stay in that process for an hour, so that page after page of one load is one verification.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from tally_chain import bundle
from tally_chain.bundle import Bundle
from tally_chain.cli.verify import open_if_sealed, read_policy
from tally_chain.errors import PolicyError
from tally_chain.policy import Policy
from tally_chain.verify.verifier import examine
from tally_edge.errors import ConfigError, KeyStoreError
from tally_finance.report import differing, evidence, folder, inventory_file, opening
from tally_finance.report.differing import Difference
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report, report_of
from tally_finance.review_api.exports import EXPORTS

_LOG = logging.getLogger(__name__)

MOST_TOLD: Final = 100
"""Differences of a report: whoever made it with another sheet has thousands."""
FRESH_S: Final = 3_600
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


_HELD: OrderedDict[tuple[Path, Reading], tuple[int, Report, Bundle]] = OrderedDict()


def compute(reading: Reading, at: Path, now: int) -> Outcome:
    """A report again, as of `now`, Unix seconds. Raises TallyError where nothing can be computed."""
    kept = folder.read(at)
    report, _ = _computed(reading, kept, now)
    found = list(islice(differing.differences(kept.said, json.loads(report.encode())), MOST_TOLD))
    if report.trace.encode() != kept.trace:
        found.append(Difference(folder.TRACE, kept.said["trace"], report.trace.digest.hex()))
    return Outcome(report.encode() == kept.data and not found, report.verdict.holds, tuple(found))


def open_load(reading: Reading, at: Path, now: int, load: str, window: Window) -> Opened:
    """The intervals of a load in a window, from evidence verified anew or within the hour.

    Raises TallyError.
    """
    held = _HELD.get((at, reading))
    if held is None or not 0 <= now - held[0] <= FRESH_S:
        held = (now, *_computed(reading, folder.read(at), now))
        _HELD[at, reading] = held
        while len(_HELD) > _MOST_HELD:
            _HELD.popitem(last=False)
    verified_at, report, proven_in = held
    found = opening.intervals(report, load, window.from_at, window.to_at)
    rows, behind = found[: window.limit], found[window.limit : window.limit + 1]
    ends = [row[name] for row in rows for name in ("first", "last") if row[name] is not None]
    ids = list(dict.fromkeys(bytes.fromhex(end["statement"]) for end in ends))
    proofs = evidence.proven(proven_in, ids)
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


def export(kind: str, at: Path) -> bytes:
    """A report's folder as an export of a kind. Raises TallyError where it can not be made."""
    return EXPORTS[kind].make(folder.read(at))


def _computed(reading: Reading, kept: Kept, now: int) -> tuple[Report, Bundle]:
    name = kept.folder / folder.REPORT
    inventory = inventory_file.loaded(kept.sheets, name)
    inputs = folder.inputs_of(inventory, name, str(kept.said.get("registry", "")))
    trusted = _policy(reading)
    read, digests, reader = [], [], None
    for path in kept.bundles:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read evidence {path.name}: {error.strerror}") from None
        digests.append(sha256(data).digest())
        opened, reader = _opened(data, reading)
        read.append(bundle.decode(opened))
    together = evidence.together(read)
    examined = examine(together, trusted, now=now, reader_key=reader)
    return report_of(examined, inventory, inputs.boundary, inputs.registry, tuple(digests)), together


def _policy(reading: Reading) -> Policy:
    try:
        return read_policy(reading.policy)
    except PolicyError as error:
        raise _of_operator(error) from None


def _opened(data: bytes, reading: Reading) -> tuple[bytes, bytes | None]:
    try:
        return open_if_sealed(data, reading.key, reading.passphrase_file)
    except KeyStoreError as error:
        raise _of_operator(error) from None


def _of_operator(error: Exception) -> ConfigError:
    """What is wrong with a desk's own files names them: its messages get that, and whoever asks a sentence."""
    _LOG.error("nothing can be computed: %s", error)
    return ConfigError("this desk's policy or key can not be read: its operator finds the reason; send it again then")
