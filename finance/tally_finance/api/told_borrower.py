"""Why a facility lends no more, as its borrower may know it: nothing of other borrowers, nor of caps over them. No IO.

The lender is told every reason whole. Caps by site, keeper, commodity, borrower, policy and turnover bound all of a
lender's facilities together (集中度), so their names and what is left under them tell of others; a receipt that is
pledged twice has another facility's name in its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from tally_finance.book.position import FacilityPosition
from tally_finance.book.reasons import Reason, Why

_SAID: Final[Mapping[Why, str]] = MappingProxyType(
    {
        Why.OVER_CAP: "a limit of the lender bounds what the goods bring",
        Why.PLEDGED_TWICE: "secures a facility already",
        Why.OTHER_GOODS: "is not of the commodity that its lot is known to hold",
        Why.NO_PLACE: "it is not known where it lies",
    }
)


def for_borrower(position: FacilityPosition, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons, each once; a cap is named where it is in the facility's own terms."""
    own = {one.lot.hex() for one in position.lots}
    told = (one if one.subject in own and one.why is Why.OVER_CAP else _general(one, position) for one in reasons)
    return tuple(dict.fromkeys(told))


def _general(reason: Reason, position: FacilityPosition) -> Reason:
    said = _SAID.get(reason.why)
    if said is None:
        return reason
    return Reason(reason.why, position.opened.facility if reason.why is Why.OVER_CAP else reason.subject, said)
