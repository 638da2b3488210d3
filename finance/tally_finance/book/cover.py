"""What bounds or adds to what goods secure, at a time: caps, places, turnover, insurance, price locks. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor

from tally_finance.book import cover_events
from tally_finance.book.cover_events import Dimension
from tally_finance.book.journal import Living


@dataclass
class Cover:
    """Newest events stand as they came, with their entries; `locks` by facility and contract."""

    caps: dict[tuple[Dimension, str | None], tuple[Living, cover_events.CapSet]] = field(default_factory=dict)
    places: dict[bytes, tuple[Living, cover_events.LotPlaced]] = field(default_factory=dict)
    bounds: dict[str, tuple[Living, cover_events.SaleBoundSet]] = field(default_factory=dict)
    turnovers: dict[str, tuple[Living, cover_events.TurnoverSeen]] = field(default_factory=dict)
    insured_only: dict[str, tuple[Living, cover_events.InsuranceRequired]] = field(default_factory=dict)
    policies: dict[bytes, tuple[Living, cover_events.Insured]] = field(default_factory=dict)
    policies_of: dict[bytes, list[bytes]] = field(default_factory=dict)
    locks: dict[tuple[str, bytes], tuple[Living, cover_events.PriceLocked]] = field(default_factory=dict)

    def cap_of(self, dimension: Dimension, subject: str) -> Decimal | None:
        """The most that is lent along `dimension` on `subject`: its own word, else the one for each."""
        found = self.caps.get((dimension, subject)) or self.caps.get((dimension, None))
        return None if found is None else found[1].amount

    def needs_place(self) -> bool:
        """Whether a cap by site or keeper is in force, so that a lot of unknown place can not be counted."""
        return any(
            dimension in (Dimension.SITE, Dimension.KEEPER) and cap.amount is not None
            for (dimension, _), (_, cap) in self.caps.items()
        )

    def bound_of(self, commodity: str) -> cover_events.SaleBoundSet | None:
        """How much of a commodity's turnover may be lent on, where that is bounded."""
        found = self.bounds.get(commodity)
        return found[1] if found is not None and found[1].days else None

    def saleable_g(self, commodity: str) -> int | None:
        """What could be sold in the days given, by the newest turnover however old; None where nothing bounds it."""
        bound, seen = self.bound_of(commodity), self.turnovers.get(commodity)
        if bound is None or seen is None:
            return None
        return floor(Fraction(bound.share) * bound.days * seen[1].daily_g)

    def policy_of(self, lot: bytes, as_of: int) -> cover_events.Insured | None:
        """The newest policy for the lender that is in force; where none is, the newest that has lapsed.

        A lapse makes no room: goods are lent on no more for it.
        """
        found = [self.policies[one][1] for one in self.policies_of.get(lot, ())]
        ours = [one for one in found if one.lender_first]
        running = [one for one in ours if as_of <= one.until]
        return running[-1] if running else ours[-1] if ours else None

    def locks_of(self, facility: str, lot: bytes, as_of: int) -> Iterator[cover_events.PriceLocked]:
        """The price locks in force, the oldest first."""
        for (whose, _), (_, lock) in self.locks.items():
            if whose == facility and lock.lot == lot and as_of <= lock.until:
                yield lock

    def ended(self, as_of: int) -> int:
        """How many policies and locks have run out by then: between two moments with as many, time changes nothing."""
        policies = sum(as_of > one.until for _, one in self.policies.values())
        return policies + sum(as_of > one.until for _, one in self.locks.values())

    def sources(self, facility: str, lots: Iterable[tuple[bytes, str]]) -> set[bytes]:
        """The entries that bound what goods of `lots`, each with its commodity, bring a facility."""
        found = {one.digest for one, _ in self.caps.values()}
        found |= {one.digest for (whose, _), (one, _) in self.locks.items() if whose == facility}
        for lot, commodity in lots:
            found |= {self.policies[policy][0].digest for policy in self.policies_of.get(lot, ())}
            if lot in self.places:
                found.add(self.places[lot][0].digest)
            if commodity in self.bounds:
                found.add(self.bounds[commodity][0].digest)
            if commodity in self.turnovers:
                found.add(self.turnovers[commodity][0].digest)
        return found


def cover_after(events: Iterable[Living]) -> Cover:
    """The cover after `events`, which are in order."""
    cover = Cover()
    for one in events:
        _take(cover, one)
    return cover


def _take(cover: Cover, one: Living) -> None:
    match one.event:
        case cover_events.CapSet() as event:
            cover.caps[event.dimension, event.subject] = one, event
        case cover_events.LotPlaced() as event:
            cover.places[event.lot] = one, event
        case cover_events.SaleBoundSet() as event:
            cover.bounds[event.commodity] = one, event
        case cover_events.TurnoverSeen() as event:
            cover.turnovers[event.commodity] = one, event
        case cover_events.InsuranceRequired() as event:
            cover.insured_only[event.facility] = one, event
        case cover_events.Insured() as event:
            _insure(cover, one, event)
        case cover_events.PriceLocked() as event:
            cover.locks.pop((event.facility, event.contract), None)
            cover.locks[event.facility, event.contract] = one, event
        case cover_events.PriceLockEnded() as event:
            cover.locks.pop((event.facility, event.contract), None)
        case _:
            pass


def _insure(cover: Cover, one: Living, event: cover_events.Insured) -> None:
    older = cover.policies.get(event.policy)
    for lot in () if older is None else older[1].lots:
        cover.policies_of[lot].remove(event.policy)
    cover.policies[event.policy] = one, event
    for lot in event.lots:
        cover.policies_of.setdefault(lot, []).append(event.policy)
