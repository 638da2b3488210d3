"""Lists in pages: by id, a page at a time, each naming where the next begins. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tally_finance.api.forms import Told, read, written

T = TypeVar("T")
R = TypeVar("R")


class Page(Told, Generic[T]):
    """Some of a list. `next` is what `after` must be for the rest; null at the end."""

    items: list[T]
    next: str | None


def paged(found: Iterable[tuple[bytes, R]], after: str | None, limit: int, tell: Callable[[bytes, R], T]) -> Page[T]:
    """A page of what is found, which is in the order of its ids."""
    begins = b"" if after is None else read(after)
    rest = [(name, one) for name, one in found if name > begins]
    shown = rest[:limit]
    items = [tell(name, one) for name, one in shown]
    return Page(items=items, next=written(shown[-1][0]) if len(rest) > limit else None)
