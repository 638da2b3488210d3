"""Where goods lie and what was attested of them: plans of sites, attestations of lots, each party its own."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from tally_finance.api.forms import IdInPath, Limit, read, written
from tally_finance.api.service import Allowed, Served, allowed, missing
from tally_finance.api.told_store import AttestedTold, SiteNamedTold, SiteTold, attested_told, site_told


def store_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["chain"], dependencies=[Depends(allowed)])

    @router.get("/lots/{lot}/attestations", summary="What was attested of a lot over time, oldest first")
    def attestations(lot: IdInPath, bearer: Allowed, service: Served, last: Limit = 200) -> list[AttestedTold]:
        if service.sight(bearer).lot(read(lot)) is None:
            raise missing("lot")
        entries = service.mentions.of(service.desk.view.history, read(lot))
        return attested_told(entries, read(lot))[-last:]

    @router.get("/sites", summary="The sites in which you keep slots or have lots")
    def sites(bearer: Allowed, service: Served) -> list[SiteNamedTold]:
        book, found = service.desk.view.book, service.sight(bearer).places()
        return [
            SiteNamedTold(
                site=written(site),
                owner=written(book.sites[site].owner.organisation),
                slots=len(slots),
                lots=sum(len(lots) for lots in slots.values()),
            )
            for site, slots in found.items()
        ]

    @router.get("/sites/{site}", summary="The plan of a site: your slots in it, their lots and receipts")
    def site(site: IdInPath, bearer: Allowed, service: Served) -> SiteTold:
        book, sight = service.desk.view.book, service.sight(bearer)
        slots = sight.places().get(read(site))
        if slots is None:
            raise missing("site")
        lots = {lot: one for held in slots.values() for lot, one in held.items()}
        return site_told(
            read(site),
            book.sites[read(site)],
            slots={slot: book.slots[slot] for slot in slots},
            lots=lots,
            receipts=sight.receipts(),
            commodities=service.desk.sheet.goods,
        )

    return router
