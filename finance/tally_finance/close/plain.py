"""A close as JSON. No IO."""

from __future__ import annotations

from typing import Any

from tally_finance.close.body import Body, FacilityLine
from tally_finance.close.telling import Remark, remarks
from tally_finance.exact_json import plain


def body(one: Body) -> dict[str, Any]:
    """All of it, and what stands out."""
    return {**plain(one), "remarks": [remark(each) for each in remarks(one)]}


def facility(one: FacilityLine) -> dict[str, Any]:
    """A facility without its days and lots."""
    return {name: value for name, value in plain(one).items() if name not in {"days", "lots"}}


def remark(one: Remark) -> dict[str, Any]:
    """One thing that stands out."""
    return {"touches": one.touches, "says": one.english, "chinese": one.chinese, "differs": one.differs}
