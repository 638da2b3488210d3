"""The alerts that stop a lender's acts, from those that the watch keeps in the lender's database (预警拦截)."""

from __future__ import annotations

from typing import Final

from tally_finance.book.alerted import Alerted
from tally_finance.watch.codes import Code
from tally_finance.watch_service.alert_store import AlertStore

JUDGED_BY_THE_BOOK: Final = frozenset(
    {
        Code.ATTESTATION_OLD,
        Code.MORE_THAN_ATTESTED,
        Code.PRICE_STALE,
        Code.PRICE_DISPERSED,
        Code.WARNING_LINE,
        Code.LIQUIDATION_LINE,
        Code.NOT_COVERED,
        Code.TOP_UP_OVERDUE,
        Code.CONCENTRATED,
        Code.IN_DOUBT,
        Code.PLEDGE_EXPIRED,
        Code.FILING_EXPIRED,
        Code.INSURANCE_EXPIRED,
        Code.HELD,
        Code.LOT_HELD_SHORT,
    }
)
"""What the rules of the book ask at the moment of the act: a note of some seconds ago says nothing beside it."""


def standing(alerts: AlertStore) -> tuple[Alerted, ...]:
    """Those that block, gravest first, acknowledged or not: who has seen a leak has not mended it."""
    return tuple(
        Alerted(kept.alert.code.number, kept.alert.touches, kept.alert.sentence)
        for kept in alerts.standing()
        if kept.alert.code.blocks and kept.alert.code not in JUDGED_BY_THE_BOOK
    )
