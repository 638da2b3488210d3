"""One event of every kind, in the order of their numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tally_finance.book.cover_events import (
    BuyersMargin,
    CapSet,
    ClaimSeen,
    Dimension,
    InsuranceRequired,
    Insured,
    LotPlaced,
    PriceLocked,
    PriceLockEnded,
    SaleBoundSet,
    TurnoverSeen,
)
from tally_finance.book.events import Corrected, Event
from tally_finance.book.goods_events import (
    ChainSeen,
    Disposed,
    Encumbrance,
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
    Released,
    ReleaseOrdered,
    ValuationMade,
)
from tally_finance.book.loan_events import (
    Defaulted,
    Drawn,
    FacilityExtended,
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
from tally_finance.book.reservation_events import ReservationEnded, Reserved, Way
from tests.finance.book.ledger import COPPER, DAY, FACILITY, OPENED, T0, T, digest, seen

_R = digest("R-1")

EXAMPLES: tuple[Event, ...] = (
    OPENED,
    ReserveSet(FACILITY, Decimal("1200.50")),
    OwnershipTaken(_R, digest("contract"), digest("invoice"), digest("payment"), digest("search"), True),
    SearchMade(FACILITY, digest("search"), False),
    FilingMade(FACILITY, _R, digest("filing"), T0),
    ValuationMade(FACILITY, _R, Decimal(7_000_000), (digest("price"),), digest("document")),
    PledgeAttached(FACILITY, _R, digest("LOT-1"), COPPER, 100),
    PledgeEnded(FACILITY, _R, "discharged"),
    FloorSet(FACILITY, _R, 50, T0),
    Drawn(FACILITY, Decimal("1.01")),
    Repaid(FACILITY, Decimal(1), digest("payment")),
    FeeCharged(FACILITY, Decimal(3), "assay 化验"),
    seen("LOT-1", 5, pledged=4),
    PriceSeen(COPPER, Decimal("68432.50"), (digest("a"), digest("b"))),
    ReleaseOrdered(FACILITY, _R, digest("order"), 7, T0),
    OrderCancelled(FACILITY, digest("order")),
    Released(FACILITY, _R, 7, digest("evidence"), digest("order")),
    MarginCalled(FACILITY, Decimal(5), T0),
    MarginCured(FACILITY),
    Defaulted(FACILITY, "not topped up"),
    Disposed(FACILITY, _R, Decimal(100), Decimal(2), Decimal(1), digest("report")),
    ChainSeen(_R, Encumbrance.REGISTERED, True, digest("operation"), 12),
    Corrected(digest("wrong"), "mistyped", Drawn(FACILITY, Decimal(2))),
    LotSeen(digest("LOT-1"), 4, True, digest("operation"), 13),
    QuantityDoubted(digest("LOT-1"), "the scale is not certified", digest("evidence LOT-1")),
    FacilityExtended(FACILITY, date(2026, 11, 30)),
    LimitSet(FACILITY, Decimal(8_000_000)),
    RateSet(FACILITY, Decimal("0.04"), Decimal("1.3")),
    Refunded(FACILITY, Decimal("0.99"), digest("payment back")),
    CapSet(Dimension.KEEPER, digest("keeper").hex(), Decimal(50_000_000)),
    LotPlaced(digest("LOT-1"), digest("site"), digest("keeper")),
    SaleBoundSet(COPPER, Decimal("0.1"), 5, DAY),
    TurnoverSeen(COPPER, 3_000 * T, digest("exchange's table")),
    InsuranceRequired(FACILITY, True),
    Insured(digest("policy"), "平安财险", (digest("LOT-1"),), Decimal(6_000_000), T0, True),
    PriceLocked(
        FACILITY,
        digest("sale"),
        digest("LOT-1"),
        digest("buyer"),
        40 * T,
        Decimal(69_000),
        T0,
        BuyersMargin(Decimal(276_000), Decimal("0.05")),
    ),
    PriceLockEnded(FACILITY, digest("sale"), "rescinded 解除"),
    ClaimSeen(FACILITY, _R, digest("claim"), digest("bank-2"), Decimal(250_000), T0),
    Reserved(FACILITY, digest("operation"), _R, digest("LOT-1"), Way.OUT, 7, digest("head"), T0),
    ReservationEnded(FACILITY, digest("operation"), "withdrawn 撤回"),
    PriceDoubted(COPPER, "1 of 3 sources quoted 报价不足", (digest("a"),), Decimal("61200.00"), 9),
)
