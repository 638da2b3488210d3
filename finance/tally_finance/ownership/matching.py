"""Whether contract, invoice, payment and transport tell one story (三单匹配), and the digest of all that was compared.

1. Every party is a USCC or LEI whose check characters fit, and the same in every paper; the buyer pledges.
2. The goods are the contract's. Invoiced, carried and weighed in agree, and no more was invoiced than bought.
3. Invoices add up and have the contract's price; all of them are paid, between the contract's parties.
4. No paper is from before its contract or after the check.
5. No paper stands twice, and no invoice carries other financing (its nullifier is claimed).
6. The sale is in no ring, and seller, buyer and keeper are not under one control.

Title to movables passes with delivery (民法典 Art. 224) unless the seller kept it (Art. 641); the papers show both.
Nothing here does IO.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Identifier
from tally_edge import cbor
from tally_finance.errors import OwnershipError
from tally_finance.ownership import checks
from tally_finance.ownership.papers import Pack, goods_of, party, told
from tally_finance.ownership.remark import Name, Remark
from tally_finance.ownership.trades import Sale, related, ring

_DOMAIN: Final = b"tallystick ownership pack 1\0"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the lender tolerates. Raises OwnershipError.

    `quantity`, `price`: shares by which two papers may differ. `window_days`: how far apart sales make a ring.
    `names`: other names of goods, by `papers.goods_of`, to the one that counts.
    """

    quantity: Decimal = Decimal("0.005")
    price: Decimal = Decimal("0.01")
    window_days: int = 180
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.quantity < 1 or not 0 <= self.price < 1 or self.window_days < 0:
            raise OwnershipError("tolerances are shares from 0 to below 1, and a window is no negative number of days")

    def goods(self, text: str) -> str:
        """Goods by the name that counts."""
        plain = goods_of(text)
        return self.names.get(plain, plain)


@dataclass(frozen=True, slots=True)
class Known:
    """What the lender knows beside the pack.

    `sales`: of earlier packs and of others that share theirs. `groups`: of organisations under one control
    (同一实际控制人). `taken`: nullifiers of invoices that live claims stand on, to whose they are.
    """

    sales: tuple[Sale, ...] = ()
    groups: tuple[frozenset[Identifier], ...] = ()
    taken: Mapping[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matched:
    """What is to be said, and all that was compared, as bytes that the lender's desk keeps."""

    remarks: tuple[Remark, ...]
    paper: bytes

    @property
    def digest(self) -> bytes:
        """What stands in `Accept.ownership`."""
        return hashlib.sha256(self.paper).digest()

    @property
    def allows_pledge(self) -> bool:
        """Whether nothing blocks."""
        return not any(remark.name.blocks for remark in self.remarks)


def match(pack: Pack, rules: Rules, known: Known, on: date) -> Matched:
    """Compare the pack on a day. The digest covers every field, the rules, the day and what was found."""
    ids, wrong = checks.identified(pack)
    remarks = [
        *wrong,
        *checks.missing(pack),
        *checks.parties(pack, ids),
        *checks.goods(pack, rules.goods),
        *checks.quantities(pack, rules.quantity),
        *checks.amounts(pack, rules.price),
        *checks.dates(pack, on),
        *checks.twice(pack),
        *checks.invoices(pack, known.taken),
        *_trade(pack, ids, rules, known),
    ]
    return Matched(tuple(remarks), _paper(pack, rules, on, remarks))


def sale_of(pack: Pack, rules: Rules) -> Sale | None:
    """The pack's sale, for `Known.sales` of later packs; None where a party is none."""
    try:
        seller, buyer = party(pack.contract.seller), party(pack.contract.buyer)
    except IdentifierError:
        return None
    return Sale(seller, buyer, rules.goods(pack.contract.goods), pack.contract.signed_on)


def _trade(pack: Pack, ids: Mapping[str, Identifier], rules: Rules, known: Known) -> Iterator[Remark]:
    contract, keeper, sale = pack.contract, ids.get(pack.keeper), sale_of(pack, rules)
    if sale is None:
        return
    found = ring(sale, known.sales, rules.window_days)
    if found is not None:
        way = ", ".join(f"{one.seller.text} to {one.buyer.text} on {one.on}" for one in found)
        yield Remark(Name.CIRCULAR, told(contract), f"the goods go round: {way}")
    yield from _related([("seller", sale.seller), ("buyer", sale.buyer)], keeper, known.groups)


def _related(
    parties: list[tuple[str, Identifier]], keeper: Identifier | None, groups: Iterable[Collection[Identifier]]
) -> Iterator[Remark]:
    for one, other in related([*parties, *([("keeper", keeper)] if keeper else [])], groups):
        yield Remark(Name.RELATED, f"{one}, {other}", f"{one} and {other} are under one control")


def _paper(pack: Pack, rules: Rules, on: date, remarks: Iterable[Remark]) -> bytes:
    item: list[cbor.Item] = [
        pack.pledgor,
        pack.keeper,
        f"{pack.received_kg:f}",
        f"{pack.pledged_kg:f}",
        [[type(paper).__name__, *(_item(getattr(paper, one.name)) for one in fields(paper))] for paper in pack.papers],
        [
            f"{rules.quantity:f}",
            f"{rules.price:f}",
            rules.window_days,
            [[*pair] for pair in sorted(rules.names.items())],
        ],
        on.isoformat(),
        [[remark.name.text, remark.touches, remark.sentence] for remark in remarks],
    ]
    return _DOMAIN + pack.salt + cbor.encode(item)


def _item(value: object) -> cbor.Item:
    """Decimals as text: 12.30 is what the paper says, and not 12.3."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value  # type: ignore[return-value]  # text, bytes or a flag
