"""What a lender's book knows of a receipt beside the chain: whose the goods are, filing, insurance, price. No IO."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from tally_finance.api.forms import Told, written
from tally_finance.book.position import State


class PaperOfTold(Told):
    """A paper by its SHA-256; `is_kept`: whether the desk holds it."""

    what: str
    digest: str
    is_kept: bool


class OwnershipTold(Told):
    """The ownership pack (权属资料); `clear`: whether the search found no claim."""

    taken_at: int
    clear: bool
    papers: list[PaperOfTold]


class FilingTold(Told):
    """A filing (动产融资统一登记)."""

    facility: str
    filed_at: int
    lapses_at: int
    paper: PaperOfTold


class InsuredTold(Told):
    """An insurance policy (保险) of its lot."""

    policy: str
    insurer: str
    amount: str
    until: int
    lender_first: bool


class SeenTold(Told):
    """What is known of its lot's quantity; `doubt`: why that counts for nothing new."""

    at: int
    lower_g: str
    estimate_g: str
    upper_g: str
    evidence_root: str
    doubt: str | None


class PapersTold(Told):
    """All of it. `bundles`: the evidence that the desk verified for its lot, by SHA-256."""

    receipt: str
    lot: str
    facility: str | None
    commodity: str | None
    per_t: str | None
    priced_at: int | None
    ownership: OwnershipTold | None
    filings: list[FilingTold]
    insured: list[InsuredTold]
    seen: SeenTold | None
    bundles: list[str]


_OF_OWNERSHIP: Final = ("contract", "invoice", "payment", "search")


def named_papers(state: State | None, receipt: bytes) -> frozenset[bytes]:
    """The digests of all papers that the book names for a receipt."""
    owned = None if state is None else state.goods.owned.get(receipt)
    packs = () if owned is None else (getattr(owned[1], name) for name in _OF_OWNERSHIP)
    filings = {} if state is None else state.goods.filed
    return frozenset(packs) | {filing.filing for (_, of), (_, filing) in filings.items() if of == receipt}


def papers_told(
    state: State | None, receipt: bytes, lot: bytes, kept: Collection[bytes], bundles: list[bytes]
) -> PapersTold:
    """Of a receipt in a lot. `kept`: which of its `named_papers` the desk holds."""

    def paper(what: str, digest: bytes) -> PaperOfTold:
        return PaperOfTold(what=what, digest=written(digest), is_kept=digest in kept)

    pledge = None if state is None else state.goods.pledges.get(receipt)
    commodity = None if pledge is None else pledge.commodity
    per_t = None if state is None or commodity is None else state.goods.per_t(commodity)
    return PapersTold(
        receipt=written(receipt),
        lot=written(lot),
        facility=None if pledge is None else pledge.facility,
        commodity=commodity,
        per_t=None if per_t is None else f"{per_t:f}",
        priced_at=None if state is None or commodity is None else state.goods.priced_at(commodity),
        ownership=_ownership(state, receipt, paper),
        filings=_filings(state, receipt, paper),
        insured=_insured(state, lot),
        seen=_seen(state, lot),
        bundles=[written(one) for one in bundles],
    )


def _ownership(state: State | None, receipt: bytes, paper: Callable[[str, bytes], PaperOfTold]) -> OwnershipTold | None:
    owned = None if state is None else state.goods.owned.get(receipt)
    if owned is None:
        return None
    living, pack = owned
    papers = [paper(name, getattr(pack, name)) for name in _OF_OWNERSHIP]
    return OwnershipTold(taken_at=living.effective_at, clear=pack.clear, papers=papers)


def _filings(state: State | None, receipt: bytes, paper: Callable[[str, bytes], PaperOfTold]) -> list[FilingTold]:
    found = {} if state is None else state.goods.filed
    return [
        FilingTold(
            facility=facility,
            filed_at=living.effective_at,
            lapses_at=filing.lapses_at,
            paper=paper("filing", filing.filing),
        )
        for (facility, of), (living, filing) in sorted(found.items(), key=lambda one: one[0])
        if of == receipt
    ]


def _insured(state: State | None, lot: bytes) -> list[InsuredTold]:
    if state is None:
        return []
    policies = (state.cover.policies[one][1] for one in state.cover.policies_of.get(lot, ()))
    return [
        InsuredTold(
            policy=written(one.policy),
            insurer=one.insurer,
            amount=f"{one.amount:f}",
            until=one.until,
            lender_first=one.lender_first,
        )
        for one in policies
    ]


def _seen(state: State | None, lot: bytes) -> SeenTold | None:
    found = None if state is None else state.goods.seen.get(lot)
    if state is None or found is None:
        return None
    living, seen = found
    doubt = state.goods.doubted.get(lot)
    return SeenTold(
        at=living.effective_at,
        lower_g=str(seen.lower_g),
        estimate_g=str(seen.estimate_g),
        upper_g=str(seen.upper_g),
        evidence_root=written(seen.evidence_root),
        doubt=None if doubt is None else doubt[1].why,
    )
