"""Long lists in pages: which part is shown, of how many, and where the parts beside it are. No IO.

A page gives `pieces.pager` a Paging, whatever its list comes from: rows that are all at hand are cut (`sliced`), an
interface's page tells its own cursors (`of_told`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Query

T = TypeVar("T")

ON_A_PAGE: Final = 50

Skip = Annotated[int, Query(ge=0, le=10_000_000, description="how many were shown before")]
Cursor = Annotated[str, Query(max_length=80, description="where the list goes on; empty: from its beginning")]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a list stands: a path, what its query keeps (filters, a time) and the list's own mark in its page."""

    path: str
    kept: Mapping[str, object] = field(default_factory=dict)
    mark: str = ""

    def at(self, **more: object) -> str:
        """The address of another part. What is None or empty is left out."""
        said = {name: value for name, value in {**self.kept, **more}.items() if value not in (None, "")}
        query = f"?{urlencode(said)}" if said else ""
        return f"{self.path}{query}{f'#{self.mark}' if self.mark else ''}"


@dataclass(frozen=True, slots=True)
class Paging:
    """`shown` rows behind the first `first`, of `total`. `before`, `after`: addresses; None where there is no more."""

    first: int
    shown: int
    total: int
    before: str | None = None
    after: str | None = None


def sliced(
    rows: Sequence[T], skip: int, address: Address, size: int = ON_A_PAGE, name: str = "skip"
) -> tuple[Sequence[T], Paging]:
    """A part of rows that are all at hand, and its paging; `name`: of `skip` in the query.

    Behind the end of a list that became shorter its last part is shown.
    """
    first = min(skip, (len(rows) - 1) // size * size if rows else 0)
    return rows[first : first + size], counted(len(rows), first, address, size, name)


def counted(total: int, first: int, address: Address, size: int = ON_A_PAGE, name: str = "skip") -> Paging:
    """The paging of rows that somebody else cut: at most `size` behind the first `first`, of `total`."""
    ends = min(first + size, total)
    before = address.at(**{name: max(first - size, 0) or None}) if first else None
    after = address.at(**{name: ends}) if ends < total else None
    return Paging(first, max(ends - first, 0), total, before, after)


def of_told(told: Mapping[str, Any], address: Address, name: str = "after") -> Paging:
    """The paging of an interface's page: `items`, `skipped`, `total`, `previous`, `next`; `name`: of its cursor."""
    before = address.at(**{name: told["previous"]}) if told["skipped"] else None
    after = None if told["next"] is None else address.at(**{name: told["next"]})
    return Paging(told["skipped"], len(told["items"]), told["total"], before, after)
