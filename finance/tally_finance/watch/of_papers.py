"""What the papers behind a pledge say, as a watch sees it: invoices as fingerprints, the pack, the search, the filing.

Papers are looked at again at every moment, not only before the pledge: a search grows old, an invoice turns up in a
second pack, an earlier sale makes a ring of a later one, a filed text stays behind what is pledged. No IO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tally_chain.receipts.rules.book import Book
from tally_finance.errors import FilingError
from tally_finance.filing.registered import Registered, wrong_items
from tally_finance.ownership import matching, search
from tally_finance.ownership.papers import Pack
from tally_finance.ownership.search import Asked, Record
from tally_finance.watch.seen_papers import FilingSeen, Fingerprint, TitleSeen


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of one pledge; `receipt` is the number in hex. `asked`: what its search must fit."""

    receipt: str
    pack: Pack | None = None
    record: Record | None = None
    asked: Asked | None = None


def fingerprints_of(papers: Iterable[Papers]) -> Iterator[Fingerprint]:
    """Each invoice (发票) of each pack, by its nullifier: there is one, whoever shows the invoice to whom."""
    for one in papers:
        for invoice in () if one.pack is None else one.pack.invoices:
            yield Fingerprint(invoice.nullifier, f"receipt {one.receipt}")


def titles_of(
    papers: Iterable[Papers], rules: matching.Rules, known: matching.Known, now: int, today: date
) -> Iterator[TitleSeen]:
    """What stands against packs and searches. Sales of the other packs are known to each (循环贸易).

    `today` is the calendar's day where the lender is, `now` Unix seconds.
    """
    every = tuple(papers)
    sales = {one.receipt: sold for one in every if one.pack and (sold := matching.sale_of(one.pack, rules))}
    for one in every:
        of = f"receipt {one.receipt}"
        if one.pack is not None:
            others = tuple(sale for receipt, sale in sales.items() if receipt != one.receipt)
            matched = matching.match(one.pack, rules, replace(known, sales=(*known.sales, *others)), today)
            evidence = one.pack.contract.digest
            yield from (TitleSeen(of, remark, evidence) for remark in matched.remarks if remark.name.blocks)
        if one.record is not None and one.asked is not None:
            for remark in search.judge(one.record, one.asked, now):
                if remark.name.blocks:
                    yield TitleSeen(of, remark, one.record.digest)


def filing_seen(number: bytes, filed: Registered, book: Book, commitments: Mapping[bytes, bytes]) -> FilingSeen | None:
    """What was filed of the receipt `number` against what the chain says is pledged now; None where nothing is.

    `commitments`: what the registry of parties holds of each organisation.
    """
    of = f"receipt {number.hex()}"
    try:
        items = wrong_items(filed, number, book, commitments)
    except FilingError as error:
        return FilingSeen(of, (str(error),), filed.digest)
    return None if items is None else FilingSeen(of, items, filed.digest)
