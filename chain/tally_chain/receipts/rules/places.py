"""Sites and slots (场区, 货位): places that have one name each, whoever keeps what lies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tally_chain.receipts.ids import slot_id
from tally_chain.receipts.rules import geometry
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Party, Point, Site, Slot
from tally_chain.registry.roles import KeyRole

MOST_CORNERS_OF_A_SITE = 16
MOST_CORNERS_OF_A_SLOT = 8
WIDEST = 1_000_000
"""A site is at most 0.1 degree each way."""
MOST_SLOTS = 512
MOST_LOTS_OF_A_SLOT = 64


def register_site(draft: Draft, site: bytes, owner: bytes, outline: Sequence[Point], block: int) -> None:
    """What the administration does in that block; `owner` is registered, which this does not know."""
    if site == NONE:
        raise Refused("SitesZeroId")
    if site in draft.sites:
        raise Refused("SitesKnown", site.hex())
    corners = tuple(outline)
    if not geometry.is_outline(corners, MOST_CORNERS_OF_A_SITE):
        raise Refused("SitesNoOutline", f"{len(corners)} corners")
    west, south, east, north = geometry.box_of(corners)
    if east - west > WIDEST or north - south > WIDEST:
        raise Refused("SitesTooLarge", site.hex())
    for name, other in draft.sites.items():
        if geometry.meet(corners, other.outline):
            raise Refused("SitesOverlap", f"{site.hex()} and {name.hex()}")
    draft.sites[site] = Site(Party(owner, block, KeyRole.SITE_OWNER), corners)


def add_slot(draft: Draft, act: Act) -> None:
    """Adds a slot to a site, or one again that was retired; signed by the owner of the site."""
    site = draft.sites.get(act["site"])
    if site is None:
        raise Refused("SitesUnknown", act["site"].hex())
    bottom, top, outline = act["bottom"], act["top"], tuple(tuple(point) for point in act["outline"])
    if bottom >= top:
        raise Refused("SitesNoHeight", f"from {bottom} mm to {top} mm")
    if act["plan"] == NONE:
        raise Refused("SitesZeroId", "no site plan")
    if not geometry.is_outline(outline, MOST_CORNERS_OF_A_SLOT):
        raise Refused("SitesNoOutline", f"{len(outline)} corners")
    name = slot_id(act["site"], outline, bottom, top)
    if name in site.slots:
        raise Refused("SitesKnownSlot", name.hex())
    if not geometry.contains(site.outline, outline):
        raise Refused("SitesOutside", name.hex())
    if len(site.slots) >= MOST_SLOTS:
        raise Refused("SitesFull", act["site"].hex())
    for other in site.slots:
        there = draft.slots[other]
        if bottom < there.top_mm and there.bottom_mm < top and geometry.meet(outline, there.outline):
            raise Refused("SitesOverlap", f"{name.hex()} and {other.hex()}")
    act.same_head(act["head"], site.head)
    act.signed_by(1)
    act.must_sign(0, site.owner)
    before = draft.slots.get(name)
    head = NONE if before is None else before.head
    draft.slots[name] = Slot(act["site"], outline, bottom, top, act["plan"], head)
    draft.sites[act["site"]] = moved(site, act, slots=(*site.slots, name))


def assign_keeper(draft: Draft, act: Act) -> None:
    """Gives an empty slot to a keeper, also one that another keeps; signed by the owner of the site and the keeper."""
    slot = _empty(draft, act)
    act.signed_by(2)
    act.must_sign(0, owner_of(draft, slot))
    keeper = act.newcomer(1, KeyRole.KEEPER, act["keeper"], act["keeperSince"])
    draft.slots[act["slot"]] = moved(slot, act, keeper=keeper)


def dismiss_keeper(draft: Draft, act: Act) -> None:
    """Takes an empty slot back; signed by the owner of the site."""
    slot = _empty(draft, act)
    if slot.keeper is None:
        raise Refused("SitesNobodyKeeps", act["slot"].hex())
    act.signed_by(1)
    act.must_sign(0, owner_of(draft, slot))
    draft.slots[act["slot"]] = moved(slot, act, keeper=None)


def retire_slot(draft: Draft, act: Act) -> None:
    """Ends an empty slot; signed by the owner of the site. Its place is free again, its head goes on if it returns."""
    slot = _empty(draft, act)
    act.signed_by(1)
    act.must_sign(0, owner_of(draft, slot))
    site = draft.sites[slot.site]
    draft.sites[slot.site] = replace(site, slots=tuple(name for name in site.slots if name != act["slot"]))
    draft.slots[act["slot"]] = moved(slot, act, living=False, keeper=None)


def occupy(draft: Draft, act: Act, name: bytes, lot: bytes, *, serialised: bool) -> None:
    """Puts a lot into a slot: one bulk lot, or any number of serialised ones."""
    slot = living(draft, name)
    if slot.bulk != NONE or (not serialised and slot.serialised):
        raise Refused("SitesOccupied", name.hex())
    if slot.serialised >= MOST_LOTS_OF_A_SLOT:
        raise Refused("SitesFull", name.hex())
    draft.slots[name] = moved(slot, act, serialised=slot.serialised + 1) if serialised else moved(slot, act, bulk=lot)


def vacate(draft: Draft, act: Act, name: bytes, *, serialised: bool) -> None:
    """Takes a lot out of its slot."""
    slot = draft.slots[name]
    draft.slots[name] = moved(slot, act, serialised=slot.serialised - 1) if serialised else moved(slot, act, bulk=NONE)


def succeed(draft: Draft, act: Act, name: bytes, before: bytes, keeper: Party) -> None:
    """Another keeper in the place of `before`, where that one keeps the slot."""
    slot = living(draft, name)
    kept = keeper if slot.keeper is not None and slot.keeper.organisation == before else slot.keeper
    draft.slots[name] = moved(slot, act, keeper=kept)


def living(draft: Draft, name: bytes) -> Slot:
    """A slot that lives."""
    slot = draft.slots.get(name)
    if slot is None or not slot.living:
        raise Refused("SitesUnknownSlot", name.hex())
    return slot


def owner_of(draft: Draft, slot: Slot) -> Party:
    """The owner of the slot's site."""
    return draft.sites[slot.site].owner


def _empty(draft: Draft, act: Act) -> Slot:
    slot = living(draft, act["slot"])
    if not slot.empty:
        raise Refused("SitesOccupied", act["slot"].hex())
    act.same_head(act["head"], slot.head)
    return slot


RULES = {
    "AddSlot": add_slot,
    "AssignKeeper": assign_keeper,
    "DismissKeeper": dismiss_keeper,
    "RetireSlot": retire_slot,
}
