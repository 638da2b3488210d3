"""A load as a page draws it: a curve of few points that hides no peak, and a calendar of hours. Exact, no IO.

A curve of a year of quarter hours in 800 points takes neighbouring intervals together. Each point tells the least and
the most rate of any of them beside the mean, so whatever stands out in the year stands out in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from tally_finance.activity.bins import binned, hours
from tally_finance.activity.column import LARGEST, Ints
from tally_finance.activity.state import State, States

HOUR_S: Final = 3_600
MORE_PLACES: Final = 3
"""Of a rate, beside those of the quantity: it is a quotient, cut after them."""
MOST_DAYS: Final = 400
"""Of a calendar: a year, and what a period reaches over it."""
_PER_HOUR: Final = HOUR_S * 10**MORE_PLACES


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A load's intervals: one boundary more than intervals (Unix seconds), quantities × 10^-`places`, states."""

    at: Ints
    quantity: Ints
    state: States
    places: int

    @property
    def nbytes(self) -> int:
        """That it takes in memory."""
        return int(self.at.nbytes + self.quantity.nbytes + self.state.nbytes)


def curve(load: Columns, from_at: int | None, to_at: int | None, points: int) -> dict[str, Any]:
    """The rate per hour over a span (Unix seconds; None: no end) in at most `points` points.

    `least`, `most`, `mean` × 10^-`places` for each of them, from `at` on until the next, the last until `ends`; `state`
    is the worst of any interval, `together` how many intervals a point takes together.
    """
    first = 0 if from_at is None else int(np.searchsorted(load.at, from_at, "right")) - 1
    last = load.quantity.size if to_at is None else int(np.searchsorted(load.at, to_at, "left"))
    chosen = slice(max(first, 0), min(last, load.quantity.size))
    quantity, state = load.quantity[chosen], load.state[chosen]
    places = load.places + MORE_PLACES
    if not quantity.size:
        return {
            "places": places,
            "at": [],
            "least": [],
            "most": [],
            "mean": [],
            "state": [],
            "ends": None,
            "together": 0,
        }
    at = load.at[chosen.start : chosen.stop + 1]
    lengths = np.diff(at)
    together = -(-int(quantity.size) // points)
    begins = np.arange(0, quantity.size, together)
    rate = _rate(quantity, lengths)
    sums, seconds = np.add.reduceat(quantity, begins), np.add.reduceat(lengths, begins)
    return {
        "places": places,
        "at": at[begins].tolist(),
        "ends": int(at[-1]),
        "least": np.minimum.reduceat(rate, begins).tolist(),
        "most": np.maximum.reduceat(rate, begins).tolist(),
        "mean": _rate(sums, seconds).tolist(),
        "state": [State(one).word for one in np.maximum.reduceat(state, begins).tolist()],
        "together": together,
    }


def _rate(quantity: Ints, seconds: Ints) -> Ints:
    """For each hour, with MORE_PLACES more; in Python's integers where 64 bits do not hold it."""
    if int(np.abs(quantity).max()) > LARGEST // _PER_HOUR:
        wide: Ints = (quantity.astype(object) * _PER_HOUR // seconds.astype(object)).astype(object)
        return wide
    return quantity * _PER_HOUR // seconds


def calendar(load: Columns, zone: ZoneInfo, from_at: int | None = None) -> dict[str, Any]:
    """Days by hours of the site's clock, from `from_at` on, MOST_DAYS at most.

    A day has 24 cells: the quantity × 10^-`places`, None outside the period, and the worst state's word. An hour that a
    clock repeats is counted with the first.
    """
    begin, end = int(load.at[0]), int(load.at[-1])
    begin = min(max(begin, from_at), end - 1) if from_at is not None else begin
    edges = hours(zone, begin, min(end, begin + MOST_DAYS * 24 * HOUR_S))
    bins = binned(load.at, load.quantity, load.state, edges, places=load.places, name="the load")
    days: dict[str, tuple[list[int | None], list[str | None]]] = {}
    for from_hour, amount, worst in zip(edges.tolist(), bins.quantity.tolist(), _worst(load, edges), strict=False):
        local = datetime.fromtimestamp(from_hour, zone)
        amounts, states = days.setdefault(local.date().isoformat(), ([None] * 24, [None] * 24))
        known = states[local.hour]
        amounts[local.hour] = amount + (amounts[local.hour] or 0)
        states[local.hour] = State(worst).word if known is None else max(State(worst), State[known.upper()]).word
    return {
        "places": load.places,
        "days": [{"day": day, "quantity": amounts, "state": states} for day, (amounts, states) in days.items()],
        "next_from": int(edges[-1]) if int(edges[-1]) < end else None,
    }


def _worst(load: Columns, edges: Ints) -> list[int]:
    """The worst state of the intervals that touch each hour: what was only shared out over hours was still measured."""
    first = np.clip(np.searchsorted(load.at, edges[:-1], "right") - 1, 0, load.state.size - 1)
    last = np.maximum(np.searchsorted(load.at, edges[1:], "left"), first + 1)
    flat = np.stack((first, np.minimum(last, load.state.size)), axis=1).ravel()
    padded = np.append(load.state, np.int8(0))
    found: list[int] = np.maximum.reduceat(padded, flat)[::2].tolist()
    return found
