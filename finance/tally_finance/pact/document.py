"""A product footprint as a document: read from JSON with every fault named by its path, or refused. No IO.

The document itself is kept as it came; what is asked of it is read once into exact numbers and times.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.json_file import once
from tally_finance.pact.fields import AMOUNTS, GEOGRAPHY, PRODUCT, REGIONS, UNITS, Field, Kind, Nested, Status

MAX_DOCUMENT_BYTES: Final = 256 << 10
"""The longest example of the specification has 6,000 bytes; extensions may be long."""

VALID_YEARS: Final = 3
"""How long a footprint is valid after its reference period, where it does not say."""

_MOST_FAULTS: Final = 20
_MOST_ITEMS: Final = 1_000
_DEPTH: Final = 30

_PATTERNS: Final[Mapping[Kind, re.Pattern[str]]] = {
    Kind.SOME_TEXT: re.compile(r".+", re.DOTALL),
    Kind.DECIMAL: re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?"),
    Kind.UUID: re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    Kind.URN: re.compile(r"[uU][rR][nN]:[!-~]{1,1990}"),
    Kind.LINK: re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+"),
    Kind.VERSION: re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9]{8})?"),
    Kind.COUNTRY: re.compile(r"[A-Z]{2}"),
    Kind.SUBDIVISION: re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}"),
    Kind.REPORT: re.compile(r"AR[0-9]+"),
}
_CHOICES: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.STATUS: [one.value for one in Status],
    Kind.UNIT: UNITS,
    Kind.REGION: REGIONS,
    Kind.COVERAGE: ("PCF calculation model", "PCF program", "product level"),
    Kind.CCU_APPROACH: ("Cut-off", "Credit"),
    Kind.OPERATOR: ("PEF", "EPD International", "Other"),
}
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class ProductFootprint:
    """A footprint of a product. `amounts`: by property name, exact; what is not stated is not there.

    `valid_from`, `valid_to`: both days inclusive, as stated or by the specification's rule.
    """

    id: uuid.UUID
    status: Status
    created: datetime
    company_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    classifications: tuple[str, ...]
    geography: str | None
    period_start: datetime
    period_end: datetime
    valid_from: datetime
    valid_to: datetime
    preceding: tuple[uuid.UUID, ...]
    unit: str
    amounts: Mapping[str, Decimal]
    body: Mapping[str, Any]

    @property
    def pcf(self) -> Mapping[str, Any]:
        """The carbon footprint's own properties, as they stand in the document."""
        found: Mapping[str, Any] = self.body["pcf"]
        return found


def decode(text: bytes) -> ProductFootprint:
    """Read a document. Raises PactError with its faults."""
    if len(text) > MAX_DOCUMENT_BYTES:
        raise PactError(f"a footprint has {MAX_DOCUMENT_BYTES} bytes at most, this one {len(text)}")
    return read(loads(text))


def loads(text: bytes) -> Any:
    """JSON with every name once and no number that is none. Raises PactError.

    Numbers with a point become floats, and nothing here calculates with them: the data model's own amounts are text.
    """
    try:
        found = json.loads(text, object_pairs_hook=once, parse_float=_finite, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise PactError(f"this is not JSON: {error}") from None
    if _deeper(found, _DEPTH):
        raise PactError(f"this is nested more than {_DEPTH} deep")
    return found


def read(value: Any) -> ProductFootprint:
    """A document that JSON made. Raises PactError with its faults, each by its path."""
    faults = list(_faults(value, PRODUCT, ""))[:_MOST_FAULTS]
    if not faults:
        faults = list(_contradictions(value))
    if faults:
        raise PactError("; ".join(faults))
    pcf = value["pcf"]
    period_end = time_of(pcf["referencePeriodEnd"])
    return ProductFootprint(
        id=uuid.UUID(value["id"]),
        status=Status(value["status"]),
        created=time_of(value["created"]),
        company_ids=tuple(value["companyIds"]),
        product_ids=tuple(value["productIds"]),
        classifications=tuple(value.get("productClassifications", ())),
        geography=next((pcf[name] for name in GEOGRAPHY if name in pcf), None),
        period_start=time_of(pcf["referencePeriodStart"]),
        period_end=period_end,
        valid_from=time_of(value["validityPeriodStart"]) if "validityPeriodStart" in value else period_end,
        valid_to=time_of(value["validityPeriodEnd"]) if "validityPeriodEnd" in value else years_after(period_end),
        preceding=tuple(uuid.UUID(one) for one in value.get("precedingPfIds", ())),
        unit=pcf["declaredUnitOfMeasurement"],
        amounts={one.name: Decimal(pcf[one.name]) for one in AMOUNTS if one.name in pcf},
        body=value,
    )


def time_of(text: str) -> datetime:
    """A time of a document, in UTC. Raises ValueError for one without an offset, or that no calendar has."""
    if _TIME.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no time with an offset")
    # Python keeps microseconds; the specification's times may have nine places, and no rule turns on the last three.
    whole = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper().replace("Z", "+00:00"))
    try:
        return datetime.fromisoformat(whole).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time of any calendar") from None


def years_after(time: datetime, years: int = VALID_YEARS) -> datetime:
    """The same day so many years later; of 29 February the 28th. The last year there is, at most."""
    year = min(time.year + years, datetime.max.year)
    try:
        return time.replace(year=year)
    except ValueError:
        return time.replace(year=year, day=28)


def _faults(value: Any, fields: Sequence[Field], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'the document'}: is no object"
        return
    for field in fields:
        where = f"{path}.{field.name}" if path else field.name
        if field.name not in value:
            if field.needed:
                yield f"{where}: is missing"
            continue
        yield from _of_list(value[field.name], field, where) if field.many else _of_one(value[field.name], field, where)


def _of_list(value: Any, field: Field, where: str) -> Iterator[str]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_ITEMS:
        yield f"{where}: is no list of 1 to {_MOST_ITEMS}"
        return
    for place, one in enumerate(value):
        yield from _of_one(one, field, f"{where}[{place}]")
    if field.distinct and len({json.dumps(one, sort_keys=True) for one in value}) < len(value):
        yield f"{where}: has something twice"


def _of_one(value: Any, field: Field, where: str) -> Iterator[str]:
    holds = field.holds
    if isinstance(holds, Nested):
        yield from _faults(value, holds.fields, where)
    elif not _holds(value, holds):
        yield f"{where}: is not {holds.value}"


def _holds(value: Any, kind: Kind) -> bool:
    if kind is Kind.FLAG:
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind in _CHOICES:
        return value in _CHOICES[kind]
    if kind is Kind.TIME:
        return _is_time(value)
    return kind is Kind.TEXT or _PATTERNS[kind].fullmatch(value) is not None


def _is_time(text: str) -> bool:
    try:
        time_of(text)
    except ValueError:
        return False
    return True


def _contradictions(value: Mapping[str, Any]) -> Iterator[str]:
    """What the schema itself excludes beyond single properties."""
    places = [name for name in GEOGRAPHY if name in value["pcf"]]
    if len(places) > 1:
        yield f"pcf: has {' and '.join(places)}, of which at most one may stand"


def _none(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond what numbers here can be")
    return value


def _deeper(value: Any, most: int) -> bool:
    inner: Callable[[], Iterator[Any]] = (
        value.values().__iter__
        if isinstance(value, dict)
        else value.__iter__
        if isinstance(value, list)
        else ().__iter__
    )
    return most < 0 or any(_deeper(one, most - 1) for one in inner())
