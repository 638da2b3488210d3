"""Release orders against what scale and gate signed (单、磅、门三方核对): which load went out for which order. No IO.

Of the loads that a verified scale weighed out:

1. Those that the chain accounts for already (`accounted`: deliveries, executions before) are left aside.
2. A load's plate is opened; without an opening nobody knows whose it is.
3. It counts for an order that names this vehicle and is good at the time of the second weighing. Where several do, for
   the one that ends first and has room for all of it; where none has room, for the one that ends first.
4. Each load counts once. Several loads of one order are added; what is beyond the order is over-picked.
5. A load that fits no order is out of a dynamic pledge, where the lender set a floor: what lay above it may go. Else it
   went out without one. What went out by the scale's sums and by no ticket did, too.
6. Serials that passed the gate go with the loads weighed after them.

What went out is gone whatever the paper says, so nothing is refused here: the lender sees it and acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tally_finance.errors import ReleaseError
from tally_finance.quantity.tickets import Ticket, Weighed
from tally_finance.release.gate import Passing, candidates
from tally_finance.release.order import Floor, Released, ReleaseOrder, Rolled, grams
from tally_finance.release.picker import SeenPlate, plate_of
from tally_finance.release.remark import Name, Remark

_ABOVE_FLOOR: Final = b""
"""In the place of an order's id."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen over (`from_at`, `to_at`], Unix seconds.

    `openings`: of the plates that the scale signed. `passed`: of the gate, None where these goods have no serials.
    `accounted`: evidence ids (`Ticket.evidence`) that stand on the chain.
    """

    weighed: Weighed
    openings: tuple[SeenPlate, ...]
    from_at: int
    to_at: int
    passed: tuple[Passing, ...] | None = None
    accounted: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Matched:
    """Every order with its loads, in the order of their ids; what went above a floor; the loads that nothing allows."""

    released: tuple[Released, ...]
    rolled: Rolled | None
    unordered: tuple[Ticket, ...]
    remarks: tuple[Remark, ...]

    @property
    def alarms(self) -> tuple[Remark, ...]:
        """What lets nobody wait."""
        return tuple(remark for remark in self.remarks if remark.name.alarms)


def match(orders: Collection[ReleaseOrder], watched: Watched, floor: Floor | None = None) -> Matched:
    """Which load went out for which order. Raises ReleaseError for an order that stands there twice."""
    if len({order.order for order in orders}) < len(orders):
        raise ReleaseError("an order stands there twice")
    loads = [load for load in watched.weighed.tickets if not load.came and load.evidence not in watched.accounted]
    plates = {seen.commitment: seen.plate for seen in watched.openings}
    released = {order.order: Released(order) for order in sorted(orders, key=lambda one: one.order)}
    rolled = None if floor is None else Rolled(floor)
    unordered: list[Ticket] = []
    remarks: list[Remark] = []
    for load in loads:
        found = _order_for(load, plates, released, remarks)
        if isinstance(found, bytes):
            released[found] = replace(released[found], loads=(*released[found].loads, load))
        elif rolled is not None and load.at <= rolled.floor.until_at:
            rolled = replace(rolled, loads=(*rolled.loads, load))
        else:
            unordered.append(load)
            remarks.append(found)
    if watched.passed is not None:
        owners = {load.evidence: order for order, one in released.items() for load in one.loads}
        owners |= dict.fromkeys((load.evidence for load in (rolled.loads if rolled else ())), _ABOVE_FLOOR)
        passed = _serials(watched.passed, loads, owners, remarks)
        released = {order: replace(one, passed=passed.get(order, ())) for order, one in released.items()}
        rolled = None if rolled is None else replace(rolled, passed=passed.get(_ABOVE_FLOOR, ()))
    remarks += _sums(watched, released.values(), rolled)
    return Matched(tuple(released.values()), rolled, tuple(unordered), tuple(remarks))


def _order_for(
    load: Ticket, plates: Mapping[bytes, str], released: Mapping[bytes, Released], remarks: list[Remark]
) -> bytes | Remark:
    """The id of the order that a load counts for, or why there is none."""
    touches, told = f"ticket {load.number}", f"{load.net_kg:f} kg at {load.at}"
    plate = _opened(load, plates)
    if plate is None:
        return Remark(Name.PLATE_UNKNOWN, touches, f"{told}: the vehicle is not known")
    named = [one for one in released.values() if one.order.picker.plate == plate]
    good = [one for one in named if one.order.is_good_at(load.at)]
    if not good and named:
        return Remark(Name.OUTSIDE_WINDOW, touches, f"{told}: the vehicle's orders are for another time")
    if not good:
        return Remark(Name.NO_ORDER, touches, f"{told}: no order names the vehicle")
    room = [one for one in good if one.left_g >= grams(load)]
    chosen = min(room or good, key=lambda one: (one.order.until_at, one.order.from_at, one.order.order))
    if len(room) > 1:
        text = f"{told}: counts for {chosen.order.name}, and {len(room) - 1} more would fit"
        remarks.append(Remark(Name.SEVERAL_ORDERS, touches, text))
    return chosen.order.order


def _opened(load: Ticket, plates: Mapping[bytes, str]) -> str | None:
    if load.plate is None or load.plate not in plates:
        return None
    try:
        return plate_of(plates[load.plate])
    except ReleaseError:
        return None


def _serials(
    passed: Sequence[Passing], loads: Sequence[Ticket], owners: Mapping[bytes, bytes], remarks: list[Remark]
) -> dict[bytes, tuple[Passing, ...]]:
    """The serials of each order's loads; `owners`: of loads, by evidence id."""
    by_time = sorted(loads, key=lambda load: (load.at, load.alibi))
    found: dict[bytes, tuple[Passing, ...]] = {}
    loaded: set[bytes] = set()
    for passing in passed:
        near = candidates(passing, by_time)
        mine = {owners.get(load.evidence) for load in near}
        if not near:
            text = f"passed at {passing.at}, and nothing was weighed out afterwards"
            remarks.append(Remark(Name.GATE_ALONE, f"serial {passing.serial}", text))
        elif len(mine) > 1:
            text = f"passed at {passing.at}, before loads {', '.join(load.number for load in near)}"
            remarks.append(Remark(Name.SERIALS_SHARED, f"serial {passing.serial}", text))
        elif (owner := mine.pop()) is not None:
            found[owner] = (*found.get(owner, ()), passing)
        loaded |= {load.evidence for load in near}
    for load in by_time:
        if load.evidence in owners and load.evidence not in loaded:
            text = f"{load.net_kg:f} kg at {load.at}, and no serial passed the gate before"
            remarks.append(Remark(Name.NOT_PASSED, f"ticket {load.number}", text))
    return found


def _sums(watched: Watched, released: Iterable[Released], rolled: Rolled | None) -> Iterator[Remark]:
    for one in released:
        if one.over_g:
            text = f"{one.quantity_g} g went out of {one.order.quantity_g} g: {one.over_g} g too much"
            yield Remark(Name.OVER_PICK, one.order.name, text)
        all_of_it = watched.from_at < one.order.from_at and one.order.until_at <= watched.to_at
        if not one.loads and all_of_it:
            yield Remark(Name.UNUSED, one.order.name, f"nothing went out until {one.order.until_at}")
    if rolled is not None and rolled.over_g:
        text = f"{rolled.quantity_g} g went out, and {rolled.floor.free_g} g lay above it"
        yield Remark(Name.UNDER_FLOOR, rolled.floor.name, text)
    if watched.weighed.unticketed_kg:
        text = f"{watched.weighed.unticketed_kg:f} kg by the scale's sums alone"
        yield Remark(Name.UNTICKETED, "the scale", text)
