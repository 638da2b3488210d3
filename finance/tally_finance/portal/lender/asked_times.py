"""The position as it was known at any past time: `?known=` and `?at=` of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from tally_finance.portal.lender import moments
from tally_gateway.pages.paging import Address


@dataclass(frozen=True, slots=True)
class Then:
    """Known when, and as of when, Unix seconds; None: now. `query` takes it along to the next page."""

    known: int | None = None
    at: int | None = None

    @property
    def is_past(self) -> bool:
        """Whether another time than now is asked for."""
        return self.known is not None or self.at is not None

    @property
    def known_field(self) -> str:
        """As the page's field has it."""
        return "" if self.known is None else moments.field(self.known)

    @property
    def at_field(self) -> str:
        """Likewise."""
        return "" if self.at is None else moments.field(self.at)

    @property
    def kept(self) -> dict[str, int | None]:
        """What a list's pages keep in their query."""
        return {"known": self.known, "at": self.at}

    def query(self, **more: str | None) -> str:
        """A query string with it, `?` and all; empty where there is nothing to say."""
        return Address("", {**self.kept, **more}).at()

    @property
    def params(self) -> dict[str, int | None]:
        """As the desk is asked."""
        return {"known_at": self.known, "as_of": self.at}


async def then(known: Annotated[str, Query(max_length=40)] = "", at: Annotated[str, Query(max_length=40)] = "") -> Then:
    """Of a page's query. Raises ApiError 400."""
    return Then(moments.asked(known), moments.asked(at))


Past = Annotated[Then, Depends(then)]
