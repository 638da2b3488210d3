"""Alerts that stand (预警) against what a lender is about to do: whom each one touches, and what it stops. No IO.

Who keeps alerts hands in those that block; the book's own judgements (coverage, lines, terms, prices) are not among
them, for its rules judge these at the moment itself. An alert that names a lot or a receipt stops the facilities that
it secures; one that names neither (a meter, a log, the chain) stops new credit of every facility.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tally_finance.book.position import FacilityPosition
from tally_finance.book.reasons import Reason, Why

_NAMED: Final = re.compile(r"\b(?:lot|receipt) (?:0x)?([0-9a-f]{64})\b")
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert that blocks while it stands: its stable code, what it touches, what it says."""

    code: int
    touches: str
    text: str


def against(alerts: Iterable[Alerted], positions: Iterable[FacilityPosition], *, is_credit: bool) -> Iterator[Reason]:
    """What stands against an act on a facility. `positions`: before and after it, with all that it concerns."""
    every = tuple(positions)
    facility = every[0].opened.facility
    concerned = {one.hex() for each in every for lot in each.lots for one in (lot.lot, *lot.receipts)}
    for alert in alerts:
        named = set(_NAMED.findall(alert.touches))
        if named & concerned or (is_credit and not named):
            subject = min(named & concerned, default=facility)
            yield Reason(Why.ALERTED, subject, f"{alert.code} [{alert.touches}] {alert.text}"[:_MOST])
