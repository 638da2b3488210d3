"""The room: its routes, templates and places in the navigation."""

from __future__ import annotations

import re

from fastapi import APIRouter

from tally_finance.desk.closes import MAX_CLOSE_BYTES
from tally_finance.portal.lender.book_pages import book_pages
from tally_finance.portal.lender.facility_pages import facility_pages
from tally_finance.portal.lender.party_pages import party_pages
from tally_finance.portal.lender.receipt_pages import receipt_pages
from tally_finance.portal.lender.watch_pages import watch_pages
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

_LENDER = frozenset({"lender"})


def lender_room() -> Room:
    """The room of lender, keeper, depositor and inspector."""
    router = APIRouter()
    for pages in (book_pages(), facility_pages(), receipt_pages(), watch_pages(), party_pages()):
        router.include_router(pages)
    links = (
        Link("/lender", Words("Today", "今日"), _LENDER),
        Link("/lender/book", Words("Book", "台账"), _LENDER),
        Link("/lender/alerts", Words("Alerts", "预警"), _LENDER),
        Link("/lender/prices", Words("Prices", "盯市价"), _LENDER),
        Link("/lender/close", Words("Close", "月结"), _LENDER),
        Link("/keeper", Words("Storage", "仓储"), frozenset({"keeper"})),
        Link("/depositor", Words("My goods", "我的货物"), frozenset({"depositor"})),
        Link("/inspector", Words("Inspection", "检验"), frozenset({"inspector"})),
    )
    return Room(router, __package__ or "", links, uploads={re.compile("/lender/closes"): MAX_CLOSE_BYTES})
