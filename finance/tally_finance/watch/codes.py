"""The table of alerts (预警): stable numbered codes, each with its weight and its sentence in two languages. No IO.

The first digit says where an alert comes from: 1 the goods, 2 trucks and weighings, 3 price and cover, 4 dates, 5 the
parties, 6 the evidence and its devices, 7 the chain. A code is never given another meaning.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

from tally_finance.watch.row import Severity
from tally_finance.watch.rows import chain, cover, dates, goods, parties, sources, trucks


@unique
class Code(Enum):
    """Every alert."""

    ATTESTATION_OLD = goods.ATTESTATION_OLD
    LESS = goods.LESS
    SHORT = goods.SHORT
    SURPLUS = goods.SURPLUS
    LEAK = goods.LEAK
    OUTBOUND_WITHOUT_ORDER = goods.OUTBOUND_WITHOUT_ORDER
    FLOOR_NEAR = goods.FLOOR_NEAR
    FLOOR_BROKEN = goods.FLOOR_BROKEN
    MORE_THAN_ATTESTED = goods.MORE_THAN_ATTESTED
    OVER_PICKED = goods.OVER_PICKED

    TRUCK_AT_TWO_SITES = trucks.TRUCK_AT_TWO_SITES
    WEIGHED_WITHOUT_VEHICLE = trucks.WEIGHED_WITHOUT_VEHICLE
    SAME_TARE = trucks.SAME_TARE
    WEIGHING_WRONG = trucks.WEIGHING_WRONG

    PRICE_STALE = cover.PRICE_STALE
    PRICE_DISPERSED = cover.PRICE_DISPERSED
    WARNING_LINE = cover.WARNING_LINE
    LIQUIDATION_LINE = cover.LIQUIDATION_LINE
    NOT_COVERED = cover.NOT_COVERED
    TOP_UP_DUE = cover.TOP_UP_DUE
    TOP_UP_OVERDUE = cover.TOP_UP_OVERDUE
    CONCENTRATED = cover.CONCENTRATED
    IN_DOUBT = cover.IN_DOUBT

    RECEIPT_EXPIRES = dates.RECEIPT_EXPIRES
    PLEDGE_EXPIRES = dates.PLEDGE_EXPIRES
    FILING_EXPIRES = dates.FILING_EXPIRES
    INSURANCE_EXPIRES = dates.INSURANCE_EXPIRES
    CALIBRATION_EXPIRES = dates.CALIBRATION_EXPIRES
    QUALITY_EXPIRES = dates.QUALITY_EXPIRES
    RECEIPT_EXPIRED = dates.RECEIPT_EXPIRED
    PLEDGE_EXPIRED = dates.PLEDGE_EXPIRED
    FILING_EXPIRED = dates.FILING_EXPIRED
    INSURANCE_EXPIRED = dates.INSURANCE_EXPIRED
    CALIBRATION_EXPIRED = dates.CALIBRATION_EXPIRED
    QUALITY_EXPIRED = dates.QUALITY_EXPIRED

    DUPLICATE_FINGERPRINT = parties.DUPLICATE_FINGERPRINT
    RELATED_KEEPER = parties.RELATED_KEEPER
    CIRCULAR_TRADE = parties.CIRCULAR_TRADE
    TITLE_IN_DOUBT = parties.TITLE_IN_DOUBT
    FILING_DIFFERS = parties.FILING_DIFFERS

    SILENT = sources.SILENT
    GAP_DECLARED = sources.GAP_DECLARED
    EVIDENCE_FAILS = sources.EVIDENCE_FAILS
    STATEMENT_MISSING = sources.STATEMENT_MISSING
    LOG_CONTRADICTS = sources.LOG_CONTRADICTS
    LOG_QUIET = sources.LOG_QUIET

    PLEDGED_ELSEWHERE = chain.PLEDGED_ELSEWHERE
    HELD = chain.HELD
    RECEIPT_CHANGED = chain.RECEIPT_CHANGED
    RECEIPT_ENDED = chain.RECEIPT_ENDED
    LOT_HELD_SHORT = chain.LOT_HELD_SHORT
    CHAIN_QUIET = chain.CHAIN_QUIET
    CHAIN_CONTRADICTS = chain.CHAIN_CONTRADICTS

    @property
    def number(self) -> int:
        """The stable number."""
        return self.value.number

    @property
    def severity(self) -> Severity:
        """How soon somebody must look."""
        return self.value.severity

    @property
    def blocks(self) -> bool:
        """Whether it allows no new credit while it stands."""
        return self.value.blocks

    @property
    def until_ended(self) -> bool:
        """Whether it stands until a person ends it: goods that are gone, and evidence that failed, stay so."""
        return self in _UNTIL_ENDED

    @property
    def keeps_evidence(self) -> bool:
        """Whether what it rests on is noted again when it changes: who acknowledges or ends it has seen just that."""
        return self.until_ended or self is Code.RECEIPT_CHANGED


_UNTIL_ENDED: Final = frozenset(
    {
        Code.OUTBOUND_WITHOUT_ORDER,
        Code.OVER_PICKED,
        Code.TRUCK_AT_TWO_SITES,
        Code.EVIDENCE_FAILS,
        Code.LOG_CONTRADICTS,
        Code.CHAIN_CONTRADICTS,
    }
)
