"""How the pages ask the reviewers' desk: as whom, and what stands at the top of every page of a report."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path

from tally_finance.api.rights import Role
from tally_finance.export import said_words, words
from tally_finance.portal.asking import Asking
from tally_finance.portal.numbers import exact
from tally_finance.portal.visit import Visit
from tally_finance.review_api.forms import DIGEST

JUDGES: Final = (Role.REVIEWER, Role.VERIFIER)
READERS: Final = (Role.REVIEWER, Role.VERIFIER, Role.LENDER)

Digest = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the report")]
Item = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


def desk_of(visit: Visit) -> Asking:
    """The desk, for whoever reads reports. Raises ApiError 403 and 404."""
    return visit.reviews(*READERS)


def judging(visit: Visit) -> Asking:
    """The desk, for who judges."""
    return visit.reviews(*JUDGES)


WHO_ASKS: Final = frozenset({"role", "judges", "may_write"})
"""What of `headed` is the visitor's, and in no part of a page that is kept."""


async def headed(desk: Asking, digest: str) -> dict[str, Any]:
    """What every page of a report has: whose it is, as what the visitor asks, where its pages are."""
    return {
        "report": await desk.get(f"/v1/reports/{digest}"),
        "base": f"/reviewer/reports/{digest}",
        "role": str(desk.bearer.role),
        "judges": desk.bearer.role in JUDGES,
        "may_write": desk.bearer.may_write,
        "exact": exact,
        "medium_words": words.medium,
        "reason_words": said_words.reason_words,
        "source_words": said_words.source_words,
    }
