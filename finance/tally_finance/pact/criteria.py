"""Which footprints somebody asks for: criteria of a list and of a request are the same. No IO.

Within one criterion any of its values will do, ignoring case; all criteria together must be met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.pact.document import ProductFootprint, time_of

TERMS: Final = ("productId", "companyId", "geography", "classification", "status")
"""Criteria that compare text."""

TIMES: Final = ("validOn", "validAfter", "validBefore")
"""Criteria that compare with the time of validity."""

MOST_VALUES: Final = 100
_MOST_CHARACTERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """`terms`: by criterion, the values in lower case of which one must be there. Times: see the specification's names.

    `valid_on`: valid_from <= it <= valid_to; `valid_after`: valid_from > it; `valid_before`: valid_to < it.
    """

    terms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    valid_on: datetime | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def meets(self, footprint: ProductFootprint) -> bool:
        """Whether a footprint is one of those asked for."""
        has = terms_of(footprint)
        if any(not asked & has[name] for name, asked in self.terms.items()):
            return False
        if self.valid_on is not None and not footprint.valid_from <= self.valid_on <= footprint.valid_to:
            return False
        if self.valid_after is not None and not footprint.valid_from > self.valid_after:
            return False
        return self.valid_before is None or footprint.valid_to < self.valid_before


def terms_of(footprint: ProductFootprint) -> Mapping[str, frozenset[str]]:
    """What a footprint is found by, in lower case."""
    return {
        "productId": _lower(footprint.product_ids),
        "companyId": _lower(footprint.company_ids),
        "geography": _lower(() if footprint.geography is None else (footprint.geography,)),
        "classification": _lower(footprint.classifications),
        "status": _lower((footprint.status.value,)),
    }


def criteria(asked: Iterable[tuple[str, str]]) -> Criteria:
    """Criteria as names and values, a name as often as it has values. Raises PactError naming what is not understood.

    A value of no characters asks for nothing, as if it were not there.
    """
    terms: dict[str, set[str]] = {}
    times: dict[str, datetime] = {}
    for name, value in asked:
        if len(value) > _MOST_CHARACTERS:
            raise PactError(f"{name}: is longer than {_MOST_CHARACTERS} characters")
        if not value:
            continue
        if name in TERMS:
            terms.setdefault(name, set()).add(value.lower())
            if len(terms[name]) > MOST_VALUES:
                raise PactError(f"{name}: has more than {MOST_VALUES} values")
        elif name not in TIMES:
            raise PactError(f"{name}: is no criterion; there are {', '.join(TERMS + TIMES)}")
        elif name in times:
            raise PactError(f"{name}: stands twice")
        else:
            times[name] = _time(name, value)
    return Criteria(
        {name: frozenset(values) for name, values in terms.items()},
        times.get("validOn"),
        times.get("validAfter"),
        times.get("validBefore"),
    )


def criteria_of_event(data: Mapping[str, Any]) -> Criteria:
    """Criteria as the data of a request has them: lists of values, single times. Raises PactError."""
    asked: list[tuple[str, str]] = []
    for name in TERMS:
        values = data.get(name, [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise PactError(f"data.{name}: is no list of texts")
        asked += [(name, one) for one in values]
    for name in TIMES:
        if name in data:
            if not isinstance(data[name], str):
                raise PactError(f"data.{name}: is no text")
            asked.append((name, data[name]))
    return criteria(asked)


def _time(name: str, text: str) -> datetime:
    try:
        # In a query '+' is written as %2B, and whoever forgets that sends a blank.
        return time_of(text.replace(" ", "+"))
    except ValueError as error:
        raise PactError(f"{name}: {error}") from None


def _lower(values: Iterable[str]) -> frozenset[str]:
    return frozenset(one.lower() for one in values)
