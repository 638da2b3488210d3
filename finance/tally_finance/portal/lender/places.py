"""Whose pages: the first step of a path, and the role in which the desk is asked. One template serves them all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from tally_finance.api.rights import Role
from tally_finance.portal.asking import Answer, Asking
from tally_finance.portal.firms import firms
from tally_finance.portal.lender import figures
from tally_finance.portal.lender.bits import bits
from tally_finance.portal.visit import Visit
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

PLACES: Final[Mapping[str, Role]] = {
    "lender": Role.LENDER,
    "keeper": Role.KEEPER,
    "depositor": Role.DEPOSITOR,
    "inspector": Role.INSPECTOR,
}

WORDS: Final[Mapping[str, Words]] = {
    "lender": Words("Lender", "质权人"),
    "keeper": Words("Keeper", "保管人"),
    "depositor": Words("Depositor", "存货人"),
    "inspector": Words("Inspector", "检验人"),
}


def asking(visit: Visit, place: str) -> Asking:
    """The desk in a place's role. Raises ApiError 403 where the visitor has no such role."""
    return visit.desk(PLACES[place])


def around(visit: Visit, place: str) -> dict[str, Any]:
    """What every template of the room is given."""
    names = firms(visit)
    return {
        "place": place,
        "place_words": WORDS[place],
        "firms": names,
        **bits(visit.language, visit.root, place, names),
        "in_kg": figures.kilograms,
        "in_metres": figures.metres,
        "in_per_cent": figures.per_cent,
        "in_plain": figures.plain,
        "mine": f"0x{visit.visitor.organisation.hex()}",
    }


def now_of(visit: Visit) -> int:
    """Unix seconds by the desk's clock, which its chain and book may be ahead of."""
    service = visit.site.desk_service
    return int(time.time()) if service is None else service.desk.shown_now()


async def maybe(asked: Asking, path: str, **params: object) -> Any:
    """What is at a path, or None where it is not there or not the visitor's to see."""
    found = await found_at(asked, path, **params)
    return None if found is None else found.told


async def found_at(asked: Asking, path: str, **params: object) -> Answer | None:
    """The same as it is, not decoded."""
    try:
        return await asked.fetch(path, **params)
    except ApiError as error:
        if error.status in (403, 404):
            return None
        raise
