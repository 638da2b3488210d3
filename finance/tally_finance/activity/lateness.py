"""Evidence that came late (迟交证据): statements of which the log's own heads show that they were not there yet. No IO.

A head that a reader holds has the time of its block. A statement that this head does not cover, and a later one does,
was logged after it, whatever date it bears. What says that it was signed more than a week before came late: the way
to the gateway was cut for so long, or a day was written anew under its old date. Who holds a single head knows no
such bound, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tally_chain.verify.log_check import Logged

LATE_S: Final = 7 * 86_400
"""An outage of days is an everyday matter, and an outbox keeps more than a week."""

Place: TypeAlias = tuple[int, int]
"""A section of the evidence, and an entry in its log."""


@dataclass(frozen=True, slots=True)
class Late:
    """The late statements of one metering point: how many, and when the first says that it was signed (Unix seconds).

    `logged_after`: the newest time at which one of them was not in the log.
    """

    point: str
    statements: int
    first_at: int
    logged_after: int


def logged_after(statements: Iterable[Logged]) -> Mapping[Place, int]:
    """By place, the time of the newest head that does not cover a statement; none where no head is known before it."""
    found: dict[Place, int] = {}
    before, newest = dict[int, int](), dict[int, int]()
    for one in sorted(statements, key=lambda one: (one.section, one.index)):
        covered = one.anchored_at if one.signed_by is None else one.signed_by
        if covered is None:
            continue
        section = one.section
        if covered > newest.get(section, covered):
            before[section] = newest[section]
        newest[section] = covered
        if section in before:
            found[section, one.index] = before[section]
    return found


def late(statements: Iterable[Logged]) -> Iterator[Late]:
    """The metering points with late statements, by name."""
    every = list(statements)
    bounds = logged_after(every)
    of_point: dict[str, list[tuple[int, int]]] = {}
    for one in every:
        claims, bound = one.statement.claims, bounds.get((one.section, one.index))
        if bound is not None and bound - claims.issued_at > LATE_S:
            of_point.setdefault(claims.subject, []).append((claims.issued_at, bound))
    for point, times in sorted(of_point.items()):
        yield Late(point, len(times), min(at for at, _ in times), max(bound for _, bound in times))
