"""Lists in pages: a page at a time, each naming where the next and the one before begin. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from tally_finance.api.forms import Told, read, written
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

T = TypeVar("T")
R = TypeVar("R")


class Page(Told, Generic[T]):
    """Some of a list of `total`, behind the first `skipped` of them.

    `next` is what `after` must be for the rest; null at the end. `previous` is what it must be for the page before;
    null where that is the first, or where this is.
    """

    items: list[T]
    next: str | None
    previous: str | None
    skipped: int
    total: int


def paged(found: Iterable[tuple[bytes, R]], after: str | None, limit: int, tell: Callable[[bytes, R], T]) -> Page[T]:
    """A page of what is found, which is in the order of its ids; what `after` names may be gone."""
    rows = list(found)
    first = 0 if after is None else bisect_right(rows, read(after), key=itemgetter(0))
    return page_of(rows, first, limit, tell)


def paged_as_listed(
    found: Iterable[tuple[bytes, R]], after: str | None, limit: int, tell: Callable[[bytes, R], T]
) -> Page[T]:
    """A page of what is found in an order of its own. Raises ApiError 400 where what `after` names is not there."""
    rows = list(found)
    places = {name: place for place, (name, _) in enumerate(rows)}
    if after is not None and read(after) not in places:
        raise ApiError(
            400,
            "the request is not understood",
            Words("what `after` names is not in this list: begin anew", "`after` 所指条目不在列表中，请从头开始"),
        )
    return page_of(rows, 0 if after is None else places[read(after)] + 1, limit, tell)


def page_of(
    rows: Sequence[tuple[bytes, R]],
    first: int,
    limit: int,
    tell: Callable[[bytes, R], T],
    *,
    write: Callable[[bytes], str] = written,
) -> Page[T]:
    """The rows from `first` on, at most `limit`; `write`: how this interface writes ids."""
    ends = first + limit
    return Page(
        items=[tell(name, one) for name, one in rows[first:ends]],
        next=write(rows[ends - 1][0]) if ends < len(rows) else None,
        previous=write(rows[first - limit - 1][0]) if first > limit else None,
        skipped=first,
        total=len(rows),
    )
