"""Trades that lead nowhere: goods that come back to who sold them (循环贸易), and parties under one control. No IO.

In the false trades of the field goods went from A to B, to C and back to A, each time with contract, invoice and
payment in order, and each time financed. The papers are genuine; only all of them together show the ring.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from tally_chain.registry.identifiers import Identifier


@dataclass(frozen=True, slots=True)
class Sale:
    """Goods of a kind (`papers.goods_of`) that went from one organisation to another on a day."""

    seller: Identifier
    buyer: Identifier
    goods: str
    on: date


def ring(sale: Sale, known: Iterable[Sale], window_days: int) -> tuple[Sale, ...] | None:
    """The shortest way by which the goods of `sale` came from, or go back to, its seller; `sale` itself is last.

    None where there is none. Only sales of the same goods within `window_days` of it count, in whatever order they are
    dated: who makes papers dates them as it suits.
    """
    leaving: dict[Identifier, list[Sale]] = {}
    for one in sorted(known, key=lambda sold: (sold.on, sold.seller.text, sold.buyer.text)):
        if one.goods == sale.goods and abs((one.on - sale.on).days) <= window_days and one.seller != one.buyer:
            leaving.setdefault(one.seller, []).append(one)
    came_by: dict[Identifier, Sale] = {}
    queue = deque([sale.buyer])
    while queue:
        here = queue.popleft()
        for step in leaving.get(here, ()):
            if step.buyer not in came_by and step.buyer != sale.buyer:
                came_by[step.buyer] = step
                queue.append(step.buyer)
        if sale.seller in came_by:
            return (*_way(sale, came_by), sale)
    return None


def _way(sale: Sale, came_by: dict[Identifier, Sale]) -> list[Sale]:
    way, at = [], sale.seller
    while at != sale.buyer:
        way.append(came_by[at])
        at = way[-1].seller
    return way[::-1]


def related(
    parties: Sequence[tuple[str, Identifier]], groups: Iterable[Collection[Identifier]]
) -> list[tuple[str, str]]:
    """The pairs of parties, by what they are called here, that are one organisation or in one group of control."""
    sets = [frozenset(group) for group in groups]
    return [
        (name, other)
        for (name, one), (other, two) in combinations(parties, 2)
        if one == two or any(one in group and two in group for group in sets)
    ]
