"""Release orders against what scale and gate signed (单、磅、门三方核对): which load went out for which order. No IO.

Of the loads that a verified scale weighed out:

1. Those that the chain accounts for already (`accounted`: deliveries, executions before) are left aside.
2. A load's plate is opened; without an opening nobody knows whose it is.
3. It counts for an order that names this vehicle and is good at the time of the second weighing. Where several do, for
   the one that ends first and has room for all of it; where none has room, for the one that ends first.
4. Each load counts once. Several loads of one order are added; what is beyond the order is over-picked.
5. A load that fits no order went out without one. What went out by the scale's sums and by no ticket did, too.
6. Serials that passed the gate go with the loads weighed after them.

What went out is gone whatever the paper says, so nothing is refused here: the lender sees it and acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tally_finance.errors import ReleaseError
from tally_finance.quantity.tickets import Ticket, Weighed
from tally_finance.release.gate import Passing, candidates
from tally_finance.release.order import Released, ReleaseOrder, grams
from tally_finance.release.picker import SeenPlate, plate_of
from tally_finance.release.remark import Name, Remark


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
    """Every order with its loads, in the order of their ids; the loads without an order; and what is to be said."""

    released: tuple[Released, ...]
    unordered: tuple[Ticket, ...]
    remarks: tuple[Remark, ...]

    @property
    def alarms(self) -> tuple[Remark, ...]:
        """What lets nobody wait."""
        return tuple(remark for remark in self.remarks if remark.name.alarms)


def match(orders: Collection[ReleaseOrder], watched: Watched) -> Matched:
    """Which load went out for which order. Raises ReleaseError for an order that stands there twice."""
    if len({order.order for order in orders}) < len(orders):
        raise ReleaseError("an order stands there twice")
    loads = [load for load in watched.weighed.tickets if not load.came and load.evidence not in watched.accounted]
    plates = {seen.commitment: seen.plate for seen in watched.openings}
    released = {order.order: Released(order) for order in sorted(orders, key=lambda one: one.order)}
    unordered: list[Ticket] = []
    remarks: list[Remark] = []
    for load in loads:
        order = _order_for(load, plates, released, remarks)
        if order is None:
            unordered.append(load)
        else:
            released[order] = replace(released[order], loads=(*released[order].loads, load))
    if watched.passed is not None:
        remarks += _with_serials(watched.passed, loads, released)
    remarks += _sums(watched, released.values())
    return Matched(tuple(released.values()), tuple(unordered), tuple(remarks))


def _order_for(
    load: Ticket, plates: Mapping[bytes, str], released: Mapping[bytes, Released], remarks: list[Remark]
) -> bytes | None:
    """The id of the order that a load counts for; where there is none a remark says why."""
    touches, told = f"ticket {load.number}", f"{load.net_kg:f} kg at {load.at}"
    plate = _opened(load, plates)
    if plate is None:
        remarks.append(Remark(Name.PLATE_UNKNOWN, touches, f"{told}: the vehicle is not known"))
        return None
    named = [one for one in released.values() if one.order.picker.plate == plate]
    good = [one for one in named if one.order.is_good_at(load.at)]
    if not good:
        name = Name.OUTSIDE_WINDOW if named else Name.NO_ORDER
        why = "the vehicle's orders are for another time" if named else "no order names the vehicle"
        remarks.append(Remark(name, touches, f"{told}: {why}"))
        return None
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


def _with_serials(
    passed: Sequence[Passing], loads: Sequence[Ticket], released: dict[bytes, Released]
) -> Iterator[Remark]:
    """Gives each order the serials of its loads."""
    order_of = {load.evidence: order for order, one in released.items() for load in one.loads}
    by_time = sorted(loads, key=lambda load: (load.at, load.alibi))
    taken: set[bytes] = set()
    for passing in passed:
        near = candidates(passing, by_time)
        owners = {order_of.get(load.evidence) for load in near}
        if not near:
            text = f"passed at {passing.at}, and nothing was weighed out afterwards"
            yield Remark(Name.GATE_ALONE, f"serial {passing.serial}", text)
        elif len(owners) > 1:
            text = f"passed at {passing.at}, before loads {', '.join(load.number for load in near)}"
            yield Remark(Name.SERIALS_SHARED, f"serial {passing.serial}", text)
        else:
            (owner,) = owners
            if owner is not None:
                released[owner] = replace(released[owner], passed=(*released[owner].passed, passing))
        taken |= {load.evidence for load in near}
    for load in by_time:
        if load.evidence in order_of and load.evidence not in taken:
            text = f"{load.net_kg:f} kg at {load.at}, and no serial passed the gate before"
            yield Remark(Name.NOT_PASSED, f"ticket {load.number}", text)


def _sums(watched: Watched, released: Iterable[Released]) -> Iterator[Remark]:
    for one in released:
        if one.over_g:
            text = f"{one.quantity_g} g went out of {one.order.quantity_g} g: {one.over_g} g too much"
            yield Remark(Name.OVER_PICK, one.order.name, text)
        all_of_it = watched.from_at < one.order.from_at and one.order.until_at <= watched.to_at
        if not one.loads and all_of_it:
            yield Remark(Name.UNUSED, one.order.name, f"nothing went out until {one.order.until_at}")
    if watched.weighed.unticketed_kg:
        text = f"{watched.weighed.unticketed_kg:f} kg by the scale's sums alone"
        yield Remark(Name.UNTICKETED, "the scale", text)
