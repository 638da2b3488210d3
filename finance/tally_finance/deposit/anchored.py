"""By when the evidence of a month was fixed: the time at which a chain had taken what it rests on. No IO.

Who makes a deposit says when by its own clock. An anchor says it for everybody: figures that follow from statements
which were anchored by a time could not be made up after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from tally_chain.bundle import Bundle
from tally_chain.findings import Ledger
from tally_chain.policy import Policy
from tally_chain.verify.log_check import check_section
from tally_finance.activity.load import Load
from tally_finance.activity.source import NOWHERE
from tally_finance.report import telling_meters
from tally_finance.report.making import Report


def anchored_by(report: Report, bundle: Bundle, policy: Policy, period: tuple[int, int]) -> int | None:
    """When the last of the statements that a period of a report rests on was anchored, Unix seconds.

    None where nothing dates one of them. `bundle`: what the report was made of; `policy`: whose anchors count.
    """
    every = telling_meters.metered(report.activity.site)
    wanted = set(chain.from_iterable(_statements(one.load, period) for _, one in every))
    found: dict[bytes, int] = {}
    for number, section in enumerate(bundle.sections):
        checked = check_section(number, section, policy, Ledger())
        for one in () if checked is None else checked.statements:
            by = one.anchored_at if one.signed_by is None else one.signed_by
            if by is not None and one.statement.id in wanted:
                found[one.statement.id] = by
    return max(found.values()) if found.keys() == wanted and found else None


def _statements(load: Load, period: tuple[int, int]) -> Iterable[bytes]:
    """The ids of the statements at the ends of all intervals that touch a period."""
    first = max(int(np.searchsorted(load.at, period[0], "right")) - 1, 0)
    last = min(int(np.searchsorted(load.at, period[1], "left")) + 1, load.at.size)
    for number in np.unique(load.opened[first:last]).tolist():
        source = load.sources.of(number) if number != NOWHERE else None
        if source is not None:
            yield source.statement_id
