"""By when the evidence of a month was fixed: the time at which a chain had taken what it rests on. No IO.

Who makes a deposit says when by its own clock. An anchor says it for everybody: figures that follow from statements
which were anchored by a time could not be made up after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from tally_chain.bundle import Bundle
from tally_chain.findings import Ledger
from tally_chain.policy import Policy
from tally_chain.verify.log_check import check_section
from tally_edge.authority import MeterFacts
from tally_edge.statement import Statement
from tally_edge.wire import decode
from tally_finance.activity.site import Metered
from tally_finance.activity.source import NOWHERE
from tally_finance.report import telling_meters
from tally_finance.report.making import Report


def anchored_by(report: Report, bundle: Bundle, policy: Policy, period: tuple[int, int]) -> int | None:
    """When the last of the statements that a period of a report rests on was anchored, Unix seconds: readings, signed
    corrections, and what an authority had stated of the meters with effect before the period's end.

    None where nothing dates one of them. `bundle`: what the report was made of; `policy`: whose anchors count.
    """
    every = telling_meters.metered(report.activity.site)
    inside = [one for term, one in every if term.from_at < period[1] and term.to_at > period[0]]
    wanted = set(chain.from_iterable(_statements(one, period) for one in inside))
    stated = {source.statement_id for one in inside for source in one.load.sources.stated}
    found: dict[bytes, int] = {}
    for number, section in enumerate(bundle.sections):
        checked = check_section(number, section, policy, Ledger())
        for one in () if checked is None else checked.statements:
            by = one.anchored_at if one.signed_by is None else one.signed_by
            if one.statement.id in stated and _effective_at(one.statement) < period[1]:
                wanted.add(one.statement.id)
            if by is not None:
                found[one.statement.id] = min(by, found.get(one.statement.id, by))
    return max((found[one] for one in wanted), default=None) if wanted <= found.keys() else None


def _effective_at(stated: Statement) -> int:
    return decode(MeterFacts, stated.payload).effective_at


def _statements(one: Metered, period: tuple[int, int]) -> Iterator[bytes]:
    """The ids of the statements at the ends of all intervals that touch a period, and of corrections of them."""
    load = one.load
    for each in one.corrections:
        if each.from_at < period[1] and each.to_at > period[0]:
            yield each.source.statement_id
    first = max(int(np.searchsorted(load.at, period[0], "right")) - 1, 0)
    last = min(int(np.searchsorted(load.at, period[1], "left")) + 1, load.at.size)
    for number in np.unique(load.opened[first:last]).tolist():
        source = load.sources.of(number) if number != NOWHERE else None
        if source is not None:
            yield source.statement_id
