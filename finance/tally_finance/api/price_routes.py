"""How a commodity is priced: the rules, what each source says now, and what was made of it so far."""

from __future__ import annotations

from fastapi import APIRouter

from tally_finance.api.forms import GoodsInPath, Limit, Told, written
from tally_finance.api.loan_routes import state_of
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Served, allowed
from tally_finance.book.goods_events import PriceDoubted, PriceSeen
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Kind
from tally_finance.lending.quotes import decode


class QuoteTold(Told):
    """A source's newest quote that was kept. `is_used`: whether the price or the doubt of now names it."""

    source: str
    per_t: str
    at: int
    until: int
    lineage: str
    digest: str
    is_used: bool


class RulesTold(Told):
    """When quotes make a price."""

    quoted_as: str
    currency: str
    sources: list[str]
    quorum: int
    max_age_s: int
    max_spread: str


class JudgedTold(Told):
    """A price that was made, or that none was: then `doubt` says why, and `per_t` is the lowest said."""

    at: int
    per_t: str | None
    doubt: str | None


class PricingTold(Told):
    """A commodity's price."""

    commodity: str
    rules: RulesTold | None
    quotes: list[QuoteTold]
    judged: list[JudgedTold]


def price_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "book", allowed)

    @router.get("/prices/{commodity}", summary="A commodity's price: rules, quotes, and what was made of them")
    def price(commodity: GoodsInPath, service: Served, last: Limit = 200) -> PricingTold:
        state, desk = state_of(service, None, None), service.desk
        events = () if state is None else state.events
        judged = [
            (one.effective_at, one.event)
            for one in events
            if isinstance(one.event, PriceSeen | PriceDoubted) and one.event.commodity == commodity
        ]
        if not judged and commodity not in desk.sheet.prices:
            raise missing("commodity")
        used = judged[-1][1].sources if judged else ()
        return PricingTold(
            commodity=commodity,
            rules=_rules(desk, commodity),
            quotes=_quotes(desk, commodity, frozenset(used)),
            judged=[_judged(*one) for one in judged[-last:]],
        )

    return router


def _rules(desk: Desk, commodity: str) -> RulesTold | None:
    pricing = desk.sheet.prices.get(commodity)
    if pricing is None:
        return None
    return RulesTold(
        quoted_as=pricing.quoted_as,
        currency=pricing.currency,
        sources=[f"0x{one}" for one in sorted(pricing.rules.sources)],
        quorum=pricing.rules.quorum,
        max_age_s=pricing.rules.max_age_s,
        max_spread=f"{pricing.rules.max_spread:f}",
    )


def _quotes(desk: Desk, commodity: str, used: frozenset[bytes]) -> list[QuoteTold]:
    """The newest of each source."""
    pricing, newest = desk.sheet.prices.get(commodity), dict[bytes, QuoteTold]()
    for document in desk.documents.all(Kind.QUOTE) if pricing is not None else ():
        quote = decode(document.body).quote
        known = newest.get(quote.source)
        if pricing is not None and pricing.is_of(quote) and (known is None or quote.at >= known.at):
            newest[quote.source] = QuoteTold(
                source=written(quote.source),
                per_t=f"{quote.per_t:f}",
                at=quote.at,
                until=quote.until,
                lineage=written(quote.lineage),
                digest=written(document.digest),
                is_used=document.digest in used,
            )
    return [newest[source] for source in sorted(newest)]


def _judged(at: int, event: PriceSeen | PriceDoubted) -> JudgedTold:
    if isinstance(event, PriceDoubted):
        lowest = event.lowest_per_t
        return JudgedTold(at=at, per_t=None if lowest is None else f"{lowest:f}", doubt=event.why)
    return JudgedTold(at=at, per_t=f"{event.per_t:f}", doubt=None)
