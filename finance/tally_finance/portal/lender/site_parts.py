"""A site's plan as parts of pages: with its list of slots, or with the one slot where goods lie.

They follow from what the desk tells of the site alone, and are drawn once for it (`Visit.part`): a site of a thousand
receipts is a third of a megabyte of page.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from tally_finance.portal.asking import Answer
from tally_finance.portal.lender import plan, wording
from tally_finance.portal.lender.places import around, asking, found_at
from tally_finance.portal.visit import Visit
from tally_gateway.remembered import name_of

_MOST_RECEIPTS = 200


async def whole(visit: Visit, place: str, told: Answer) -> Markup:
    """The plan, and every slot with its lots and receipts."""
    shared = around(visit, place)

    def context() -> dict[str, Any]:
        site = told.told
        return {
            "site": site,
            "plan": plan.drawn(site),
            "states": [plan.state_of(one) for one in site["slots"]],
            "stages": wording.STAGES,
            "most": _MOST_RECEIPTS,
            **shared,
        }

    return await visit.part("lender/site_part.html", _name(place, told, repr(shared["firms"])), context)


async def around_lot(visit: Visit, place: str, lot: Any) -> Markup | None:
    """The plan with the lot's slot marked; None where the visitor sees no lot or no plan."""
    told = None if lot is None else await found_at(asking(visit, place), f"/v1/sites/{lot['site']}")
    if told is None:
        return None

    def context() -> dict[str, Any]:
        site = told.told
        slot = next((one for one in site["slots"] if one["slot"] == lot["slot"]), None)
        return {"site": site, "plan": plan.drawn(site, lot["slot"]), "slot": slot, **around(visit, place)}

    return await visit.part("lender/where_part.html", _name(place, told, lot["slot"]), context)


def _name(place: str, told: Answer, *more: str) -> bytes:
    return name_of(place.encode(), told.data, *(one.encode() for one in more))
