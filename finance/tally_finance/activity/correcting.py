"""Signed corrections (更正) in a load: readings stay, the quantity of an interval is another one. No IO.

A correction replaces what the registers say between two boundaries of the load; of two over the same interval the later
one stands. Its quantity is a total whose course nobody knows. One that only fills a gap is no measurement: it counts
where it is above what the gap rule would fill in, and never below; of what is taken off it counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from tally_chain.verify.log_check import Logged
from tally_edge.authority import Correction, CorrectionReason
from tally_finance.activity.column import LARGEST, decimal_of, exact_sum, multiplied, places_of, scaled, too_large
from tally_finance.activity.load import Load
from tally_finance.activity.state import BRIDGED, ESTIMATED
from tally_finance.quantity.evidence import Source


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did over [`from_at`, `to_at`): the quantity `before` it, and what counts now.

    `placed`: whether the load has boundaries there; where it has not, nothing was changed.
    """

    from_at: int
    to_at: int
    before: Decimal
    quantity: Decimal
    reason: CorrectionReason
    explanation: str
    source: Source
    placed: bool


def corrected(
    load: Load, corrections: Iterable[tuple[Logged, Correction]], *, adds: bool
) -> tuple[Load, tuple[Corrected, ...]]:
    """The load after the corrections of its register that touch its period, and what each did.

    `adds`: whether it adds to a consumption, or is taken off it. Raises ActivityError where 64 bits do not hold a
    quantity.
    """
    newest = {
        (one.from_at, one.to_at): (logged, one)
        for logged, one in corrections
        if (one.point, one.register, one.unit) == (load.point, load.register, load.unit)
        and one.from_at < load.to_at
        and one.to_at > load.from_at
    }
    told = []
    for _, (logged, one) in sorted(newest.items(), key=lambda item: item[0]):
        load, found = _replaced(load, one, Source(logged.place, logged.statement.id), adds=adds)
        told.append(found)
    return load, tuple(told)


def _replaced(load: Load, correction: Correction, source: Source, *, adds: bool) -> tuple[Load, Corrected]:
    ends = [int(np.searchsorted(load.at, at)) for at in (correction.from_at, correction.to_at)]
    quantity, name = Decimal(correction.quantity), f"{load.point}/{load.register}"
    placed = all(
        number < load.at.size and int(load.at[number]) == at
        for number, at in zip(ends, (correction.from_at, correction.to_at), strict=True)
    )
    told = Corrected(
        correction.from_at,
        correction.to_at,
        Decimal(0),
        quantity,
        correction.reason,
        correction.explanation,
        source,
        placed,
    )
    if not placed:
        return load, told
    first, behind = ends
    before = decimal_of(exact_sum(load.quantity[first:behind]), load.places)
    filled = correction.reason is CorrectionReason.GAP_FILLED
    if filled and (quantity <= before or not adds):
        return load, replace(told, before=before, quantity=before)
    places = max(load.places, places_of(quantity))
    whole = scaled(quantity, places)
    if not 0 <= whole <= LARGEST:
        raise too_large(name)
    columns = multiplied(load.quantity, 10 ** (places - load.places), name)
    return replace(
        load,
        at=np.delete(load.at, slice(first + 1, behind)),
        quantity=np.concatenate((columns[:first], np.array([whole], dtype=np.int64), columns[behind:])),
        state=np.concatenate(
            (load.state[:first], np.array([ESTIMATED if filled else BRIDGED], dtype=np.int8), load.state[behind:])
        ),
        opened=np.delete(load.opened, slice(first + 1, behind)),
        places=places,
    ), replace(told, before=before)
