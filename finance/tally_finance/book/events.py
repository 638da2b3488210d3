"""The kinds of events of a lender's book, as pairs of number and body. Deterministic CBOR, strict; no IO.

A kind keeps its number for ever; docs/lender-book.md lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tally_edge import wire as codec
from tally_edge.cbor import Item
from tally_edge.wire import DIGEST, Form, text, wire
from tally_finance.book.cover_events import (
    CapSet,
    ClaimSeen,
    InsuranceRequired,
    Insured,
    LotPlaced,
    PriceLocked,
    PriceLockEnded,
    SaleBoundSet,
    TurnoverSeen,
)
from tally_finance.book.goods_events import (
    ChainSeen,
    Disposed,
    FilingMade,
    FloorSet,
    LotSeen,
    OrderCancelled,
    OwnershipTaken,
    PledgeAttached,
    PledgeEnded,
    PriceDoubted,
    PriceSeen,
    QuantityDoubted,
    QuantitySeen,
    Released,
    ReleaseOrdered,
    ValuationMade,
)
from tally_finance.book.loan_events import (
    Defaulted,
    Drawn,
    FacilityExtended,
    FacilityOpened,
    FeeCharged,
    LimitSet,
    MarginCalled,
    MarginCured,
    RateSet,
    Refunded,
    Repaid,
    ReserveSet,
    SearchMade,
)
from tally_finance.book.reservation_events import ReservationEnded, Reserved


def kind_of(event: Event) -> int:
    """The number of an event's kind."""
    return _NUMBERS[type(event)]


def event_to_item(event: Event) -> Item:
    """`[kind, body]`. Raises StatementError naming the field that has no place in a book."""
    return [kind_of(event), codec.to_item(event)]


def event_of_item(item: Item) -> Event:
    """The reverse, strictly. Raises ValueError (StatementError for a field)."""
    if not isinstance(item, list) or len(item) != 2:
        raise ValueError("is not a pair of kind and body")
    number, body = item
    kind = KINDS.get(number) if type(number) is int else None
    if kind is None:
        raise ValueError(f"{number!r} is no kind of event")
    event: Event = codec.of_item(kind, body)
    return event


def _plain(item: Item) -> Event:
    event = event_of_item(item)
    if isinstance(event, Corrected):
        raise ValueError("a correction replaces no correction")  # noqa: TRY004  a form says ValueError
    return event


@dataclass(frozen=True, slots=True)
class Corrected:
    """An earlier entry was wrong (更正): it counts no more, and where there is one its replacement does.

    The replacement has the effective time of this entry. An entry is corrected once; a wrong correction is itself
    corrected, and the last of such a chain says what counts: its replacement, or nothing.
    """

    corrects: bytes = wire(1, DIGEST)
    reason: str = wire(2, text(200))
    replacement: Event | None = wire(3, Form(event_to_item, _plain), optional=True)


Event: TypeAlias = (
    FacilityOpened | ReserveSet | OwnershipTaken | SearchMade | FilingMade | ValuationMade | PledgeAttached
    | PledgeEnded | FloorSet | Drawn | Repaid | FeeCharged | QuantitySeen | PriceSeen | ReleaseOrdered
    | OrderCancelled | Released | MarginCalled | MarginCured | Defaulted | Disposed | ChainSeen | Corrected | LotSeen
    | QuantityDoubted | FacilityExtended | LimitSet | RateSet | Refunded | CapSet | LotPlaced | SaleBoundSet
    | TurnoverSeen | InsuranceRequired | Insured | PriceLocked | PriceLockEnded | ClaimSeen | Reserved
    | ReservationEnded | PriceDoubted
)  # fmt: skip

KINDS: Final[dict[int, type[Any]]] = {
    1: FacilityOpened,
    2: ReserveSet,
    3: OwnershipTaken,
    4: SearchMade,
    5: FilingMade,
    6: ValuationMade,
    7: PledgeAttached,
    8: PledgeEnded,
    9: FloorSet,
    10: Drawn,
    11: Repaid,
    12: FeeCharged,
    13: QuantitySeen,
    14: PriceSeen,
    15: ReleaseOrdered,
    16: OrderCancelled,
    17: Released,
    18: MarginCalled,
    19: MarginCured,
    20: Defaulted,
    21: Disposed,
    22: ChainSeen,
    23: Corrected,
    24: LotSeen,
    25: QuantityDoubted,
    26: FacilityExtended,
    27: LimitSet,
    28: RateSet,
    29: Refunded,
    30: CapSet,
    31: LotPlaced,
    32: SaleBoundSet,
    33: TurnoverSeen,
    34: InsuranceRequired,
    35: Insured,
    36: PriceLocked,
    37: PriceLockEnded,
    38: ClaimSeen,
    39: Reserved,
    40: ReservationEnded,
    41: PriceDoubted,
}
"""A kind's number is never given another meaning."""

_NUMBERS: Final = {kind: number for number, kind in KINDS.items()}

EVENT: Final = Form(event_to_item, event_of_item)
