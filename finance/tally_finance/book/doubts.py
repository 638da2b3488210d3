"""What speaks against counting a pledge or a lot: each input's age, registration, filing, ownership. No IO.

Missing or stale evidence stops new credit, and never passes by default. A pledge funds nothing before its filing, the
ownership pack, and searches that found nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from tally_finance.book.cover import Cover
from tally_finance.book.goods import Goods, Pledge
from tally_finance.book.goods_events import Encumbrance
from tally_finance.book.journal import Living
from tally_finance.book.loan import day_of
from tally_finance.book.loan_events import FacilityOpened, GoodsTerms, SearchMade
from tally_finance.book.reasons import Reason, Why

_SECURING = (Encumbrance.REGISTERED, Encumbrance.MARGIN_CALL, Encumbrance.DEFAULT, Encumbrance.ENFORCING)


def of_pledge(goods: Goods, pledge: Pledge, as_of: int) -> Iterator[Reason]:
    """Against one receipt."""
    name = pledge.receipt.hex()
    chain = goods.on_chain.get(pledge.receipt)
    if chain is None:
        yield Reason(Why.NOT_REGISTERED, name, "nothing was seen of it on the chain")
    else:
        if chain[1].encumbrance not in _SECURING:
            text = f"the chain says {chain[1].encumbrance.name.lower()} at block {chain[1].block}"
            yield Reason(Why.NOT_REGISTERED, name, text)
        if chain[1].held:
            yield Reason(Why.HELD, name, f"held on the chain at block {chain[1].block}")
    owned = goods.owned.get(pledge.receipt)
    if owned is None:
        yield Reason(Why.NO_OWNERSHIP, name, "no contract, invoice and payment were taken")
    elif not owned[1].clear:
        yield Reason(Why.CLAIMED, name, f"the search {owned[1].search.hex()} found a mortgage or a retention of title")
    filed = goods.filed.get((pledge.facility, pledge.receipt))
    if filed is None:
        yield Reason(Why.NO_FILING, name, "the pledge is not filed")
    elif as_of >= filed[1].lapses_at:
        yield Reason(Why.FILING_LAPSED, name, f"its filing lapsed at {filed[1].lapses_at}")


def of_lot(goods: Goods, lot: bytes, terms: GoodsTerms, as_of: int) -> Iterator[Reason]:
    """Against all that lies in a lot."""
    name = lot.hex()
    seen = goods.seen.get(lot)
    if seen is None:
        yield Reason(Why.NO_QUANTITY, name, "no quantity was attested")
    else:
        age = as_of - seen[0].effective_at
        if age > terms.quantity_age_s:
            text = f"its quantity is {age} s old, {terms.quantity_age_s} s are allowed"
            yield Reason(Why.STALE_QUANTITY, name, text)
        if goods.is_short(lot):
            yield Reason(Why.SHORT, name, f"goods are missing: at most {seen[1].upper_g} g are there")
    doubted = goods.doubted.get(lot)
    if doubted is not None:
        yield Reason(Why.DOUBTED, name, doubted[1].why)
    yield from of_price(goods, terms, as_of)


def of_price(goods: Goods, terms: GoodsTerms, as_of: int) -> Iterator[Reason]:
    """Against a commodity: whether its sources make a price, and how old that is."""
    name = terms.commodity
    doubted, priced, priced_at = goods.price_doubts.get(name), goods.prices.get(name), goods.priced_at(name)
    if doubted is not None:
        lowest = doubted[1].lowest_per_t
        told = "none of them speaks" if lowest is None else f"the lowest that one says is {lowest:f}"
        yield Reason(Why.PRICE_DOUBTED, name, f"{doubted[1].why}; {told}")
    elif priced is None or priced_at is None:
        yield Reason(Why.NO_PRICE, name, "no price was seen")
    elif as_of - priced_at > terms.price_age_s:
        text = f"its price is {as_of - priced_at} s old, {terms.price_age_s} s are allowed"
        yield Reason(Why.STALE_PRICE, name, text)
    elif priced[1].until is not None and as_of > priced[1].until:
        yield Reason(Why.STALE_PRICE, name, f"its price stood until {priced[1].until} and was not judged since")


def of_cover(cover: Cover, opened: FacilityOpened, lot: bytes, commodity: str, as_of: int) -> Iterator[Reason]:
    """Against all that lies in a lot: what its caps need to be known, and its insurance in the lender's favour."""
    name = lot.hex()
    if cover.needs_place() and lot not in cover.places:
        yield Reason(Why.NO_PLACE, name, "sites or keepers have caps, and it is not known where it lies")
    policy = cover.policy_of(lot, as_of)
    if policy is not None and as_of > policy.until:
        yield Reason(Why.INSURANCE_LAPSED, name, f"policy {policy.policy.hex()} lapsed at {policy.until}")
    asked = cover.insured_only.get(opened.facility)
    if policy is None and asked is not None and asked[1].required:
        yield Reason(Why.NOT_INSURED, name, "no policy has the lender as its first beneficiary")
    bound = cover.bound_of(commodity)
    if bound is None:
        return
    seen = cover.turnovers.get(commodity)
    if seen is None:
        yield Reason(Why.NO_TURNOVER, commodity, "what is lent on it is bounded by its turnover, and none was seen")
    elif as_of - seen[0].effective_at > bound.turnover_age_s:
        age = as_of - seen[0].effective_at
        text = f"its turnover is {age} s old, {bound.turnover_age_s} s are allowed"
        yield Reason(Why.STALE_TURNOVER, commodity, text)


def of_search(opened: FacilityOpened, search: tuple[Living, SearchMade] | None, as_of: int) -> Iterator[Reason]:
    """Against any new credit of a facility: what the newest search of the registry says, and how old it is."""
    if search is None:
        yield Reason(Why.NO_SEARCH, opened.facility, "the registry was not searched")
        return
    age = as_of - search[0].effective_at
    if age > opened.search_age_s:
        yield Reason(
            Why.STALE_SEARCH, opened.facility, f"the search is {age} s old, {opened.search_age_s} s are allowed"
        )
    if not search[1].clear:
        yield Reason(Why.CONFLICT_FOUND, opened.facility, f"the search {search[1].search.hex()} found another's claim")


def of_maturity(opened: FacilityOpened, as_of: int) -> Iterator[Reason]:
    """Against any new credit of a facility that is due."""
    if day_of(as_of, opened.utc_offset_s) >= opened.matures:
        yield Reason(Why.MATURED, opened.facility, f"matured on {opened.matures}")
