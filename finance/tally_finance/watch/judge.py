"""All alerts that stand at a moment. No IO: the same snapshot always gives the same alerts."""

from __future__ import annotations

from typing import Final

from tally_finance.watch import cover, devices, goods, onchain, parties, trucks
from tally_finance.watch.alert import Alert, Changes, compare, ordered
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen

_PARTS: Final = (goods, trucks, cover, parties, devices, onchain)


def standing(seen: Seen, limits: Limits) -> tuple[Alert, ...]:
    """Every alert, each once, gravest first."""
    found: dict[tuple[int, str], Alert] = {}
    for part in _PARTS:
        for alert in part.judge(seen, limits):
            found.setdefault(alert.key, alert)
    return ordered(found.values())


def between(before: Seen, after: Seen, limits: Limits) -> Changes:
    """What was raised, still stands and ended from one snapshot to the next."""
    return compare(standing(before, limits), standing(after, limits))
