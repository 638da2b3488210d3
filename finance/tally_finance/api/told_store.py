"""What is told of a site's plan and of what was attested of a lot over time. No IO.

Outlines are longitude and latitude (WGS84) in 1e-7 degree, heights mm above the site's floor datum, as in the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tally_chain.receipts.history import Entry, SignedOperation
from tally_chain.receipts.rules.records import NONE, Lot, Receipt, Site, Slot
from tally_finance.api.forms import Told, written


class AttestedTold(Told):
    """What witnesses attested of a lot (见证量), as of a time."""

    as_of: int
    at: int
    block: int
    estimate_g: str
    lower_g: str
    upper_g: str
    is_short: bool
    evidence_root: str
    digest: str
    signers: list[str]


class PlanReceiptTold(Told):
    """A receipt of a lot on the plan."""

    number: str
    state: str
    encumbrance: str
    quantity_g: str
    pledged_g: str
    is_held: bool


class PlanLotTold(Told):
    """A lot on the plan, with the receipts that are yours to see."""

    lot: str
    goods: str
    commodity: str | None
    is_open: bool
    is_short: bool
    weighed_g: str
    estimate_g: str
    lower_g: str
    upper_g: str
    attested_at: int | None
    max_age_s: int
    receipts: list[PlanReceiptTold]


class PlanSlotTold(Told):
    """A slot (货位) on the plan."""

    slot: str
    outline: list[list[int]]
    bottom_mm: int
    top_mm: int
    is_living: bool
    keeper: str | None
    lots: list[PlanLotTold]


class SiteTold(Told):
    """A site (场区): its outline, and the slots that you keep or that hold your lots."""

    site: str
    owner: str
    outline: list[list[int]]
    slots: list[PlanSlotTold]


class SiteNamedTold(Told):
    """A site in a list."""

    site: str
    owner: str
    slots: int
    lots: int


def attested_told(entries: Iterable[Entry], lot: bytes) -> list[AttestedTold]:
    """Every attestation of a lot among `entries`, oldest first."""
    return [
        AttestedTold(
            as_of=one.operation.values["asOf"],
            at=one.moment.time_seconds,
            block=one.moment.block_number,
            estimate_g=str(one.operation.values["estimate"]),
            lower_g=str(one.operation.values["lower"]),
            upper_g=str(one.operation.values["upper"]),
            is_short=one.operation.values["short"],
            evidence_root=written(one.operation.values["evidenceRoot"]),
            digest=written(one.digest),
            signers=[written(signer.organisation) for signer in one.signers],
        )
        for one in entries
        if isinstance(one, SignedOperation) and one.operation.kind == "Attest" and one.operation.values["lot"] == lot
    ]


def site_told(
    name: bytes,
    site: Site,
    *,
    slots: Mapping[bytes, Slot],
    lots: Mapping[bytes, Lot],
    receipts: Iterable[tuple[bytes, Receipt]],
    commodities: Mapping[bytes, str],
) -> SiteTold:
    """A site with those of its slots, lots and receipts that are given. `commodities`: names of goods by digest."""
    of_lot: dict[bytes, list[PlanReceiptTold]] = {}
    for number, one in receipts:
        if one.live:
            of_lot.setdefault(one.lot, []).append(_receipt(number, one))
    in_slot: dict[bytes, list[PlanLotTold]] = {}
    for lot, held in lots.items():
        if held.open:
            in_slot.setdefault(held.slot, []).append(_lot(lot, held, of_lot.get(lot, []), commodities))
    return SiteTold(
        site=written(name),
        owner=written(site.owner.organisation),
        outline=[list(corner) for corner in site.outline],
        slots=[
            PlanSlotTold(
                slot=written(slot),
                outline=[list(corner) for corner in one.outline],
                bottom_mm=one.bottom_mm,
                top_mm=one.top_mm,
                is_living=one.living,
                keeper=None if one.keeper is None else written(one.keeper.organisation),
                lots=in_slot.get(slot, []),
            )
            for slot, one in slots.items()
        ],
    )


def _receipt(number: bytes, one: Receipt) -> PlanReceiptTold:
    return PlanReceiptTold(
        number=written(number),
        state=one.state.name.lower(),
        encumbrance=one.charge.stage.name.lower(),
        quantity_g=str(one.quantity),
        pledged_g=str(one.charge.pledged),
        is_held=bool(one.holds),
    )


def _lot(name: bytes, lot: Lot, receipts: list[PlanReceiptTold], commodities: Mapping[bytes, str]) -> PlanLotTold:
    return PlanLotTold(
        lot=written(name),
        goods=written(lot.goods),
        commodity=commodities.get(lot.goods) if lot.goods != NONE else None,
        is_open=lot.open,
        is_short=lot.short,
        weighed_g=str(lot.weighed),
        estimate_g=str(lot.estimate),
        lower_g=str(lot.lower),
        upper_g=str(lot.upper),
        attested_at=lot.attested_at or None,
        max_age_s=lot.max_age_s,
        receipts=receipts,
    )
