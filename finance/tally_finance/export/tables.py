"""The tables of a report's folder, and the mark that they carry: what each of the writers is given. No IO."""

from __future__ import annotations

from hashlib import sha256

from tally_finance.errors import ExportError
from tally_finance.export import of_loads
from tally_finance.export.table import VERIFIED, Stamp, Table
from tally_finance.export.verified import Verified
from tally_finance.report.allowed import caveat
from tally_finance.report.folder import Kept


def tables_of(kept: Kept, verified: Verified, *, intervals: bool = True) -> tuple[list[Table], Stamp]:
    """All of them. `intervals`: with the load curve of each meter. Raises ExportError for a report that is none."""
    try:
        told = caveat(kept.said)
        mark = f"{verified.mark or VERIFIED}; {told}" if told else verified.mark
        stamp = Stamp(sha256(kept.data).hexdigest(), mark, int(kept.said["to"]))
        return of_loads.every(kept.said, verified.report, intervals=intervals), stamp
    except (LookupError, OSError, TypeError, ValueError) as error:
        raise ExportError(f"{kept.folder}: the report has no period on any clock: {error!r}") from None


def title_of(kept: Kept) -> str:
    """Whose report it is, for people."""
    return f"{kept.said.get('entity')}, {kept.said.get('site')}"
