"""Where goods lie and what was attested of them: plans of sites, attestations of lots, each party its own."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from tally_finance.api.forms import IdInPath, Limit, read, written
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Served, Service, allowed
from tally_finance.api.tokens import Bearer
from tally_finance.api.told_store import AttestedTold, SiteNamedTold, SiteTold, attested_told, site_told


def store_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "chain", allowed)

    @router.get(
        "/lots/{lot}/attestations",
        summary="What was attested of a lot over time, oldest first",
        response_model=list[AttestedTold],
    )
    async def attestations(
        request: Request, lot: IdInPath, bearer: Allowed, service: Served, last: Limit = 200
    ) -> Response:
        def make() -> list[AttestedTold]:
            if service.sight(bearer).lot(read(lot)) is None:
                raise missing("lot")
            entries = service.mentions.of(service.desk.view.history, read(lot))
            return attested_told(entries, read(lot))[-last:]

        return await service.told(bearer, request, make)

    @router.get("/sites", summary="The sites in which you keep slots or have lots", response_model=list[SiteNamedTold])
    async def sites(request: Request, bearer: Allowed, service: Served) -> Response:
        def make() -> list[SiteNamedTold]:
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

        return await service.told(bearer, request, make)

    @router.get(
        "/sites/{site}",
        summary="The plan of a site: your slots in it, their lots and receipts",
        response_model=SiteTold,
    )
    async def site(request: Request, site: IdInPath, bearer: Allowed, service: Served) -> Response:
        return await service.told(bearer, request, lambda: _site(service, bearer, read(site)))

    return router


def _site(service: Service, bearer: Bearer, name: bytes) -> SiteTold:
    book, sight = service.desk.view.book, service.sight(bearer)
    slots = sight.places().get(name)
    if slots is None:
        raise missing("site")
    lots = {lot: one for held in slots.values() for lot, one in held.items()}
    return site_told(
        name,
        book.sites[name],
        slots={slot: book.slots[slot] for slot in slots},
        lots=lots,
        receipts=sight.receipts(),
        commodities=service.desk.sheet.goods,
    )
