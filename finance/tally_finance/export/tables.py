"""The tables of a report's folder, and the mark that they carry: what each of the writers is given. No IO."""

from __future__ import annotations

from hashlib import sha256

from tally_finance.export import of_loads
from tally_finance.export.table import VERIFIED, Stamp, Table
from tally_finance.export.verified import Verified
from tally_finance.report.allowed import caveat
from tally_finance.report.folder import Kept


def tables_of(kept: Kept, verified: Verified, *, intervals: bool = True) -> tuple[list[Table], Stamp]:
    """All of them. `intervals`: with the load curve of each meter. Raises ExportError for a report that is none."""
    told = caveat(kept.said)
    mark = f"{verified.mark or VERIFIED}; {told}" if told else verified.mark
    stamp = Stamp(sha256(kept.data).hexdigest(), mark, int(kept.said["to"]))
    return of_loads.every(kept.said, verified.report, intervals=intervals), stamp


def title_of(kept: Kept) -> str:
    """Whose report it is, for people."""
    return f"{kept.said['entity']}, {kept.said['site']}"
