"""What a review reads of a report's folder (报告文件夹): its figures, what they rest on, and what binds an opinion.

    DIR/report.json     canonical JSON, docs/formats/report.md; its SHA-256 is the report's digest
    DIR/trace.json      the trace that report.json names by digest

The folder's bytes are read and held against each other here; that they follow from the evidence is another question,
which `footprint verify` answers with the bundles. Keys that a review does not ask for are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge.errors import ConfigError
from tally_finance.errors import ReportFileError, ReviewError
from tally_finance.footprint.sheet import PARTS
from tally_finance.review.json_object import Object
from tally_finance.review.opinions import Bound, Root
from tally_finance.review.pcaf import Part, Rests

REPORT, TRACE = "report.json", "trace.json"
MAX_BYTES: Final = 256 * 2**20
"""Of a file: a year of 200 meters with every gap told has a tenth of it."""
_SCOPES: Final = {name: frozenset(scope.value for scope in PARTS[name]) for name in ("total-location", "total-market")}
_DAY_S: Final = 86_400
_RESTS: Final = {one.name.lower(): one for one in Rests} | {
    "corrections": Rests.STATED,
    "ceilings and stated": Rests.CEILINGS,
}
"""What a line rests on, as a report says it; of two things the one that scores worse."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, in kgCO2e. `u95_percent`: None of a figure of zero."""

    kg: Decimal
    u95_kg: Decimal
    conservative_kg: Decimal
    drivers: tuple[str, ...]
    unstated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meter:
    """A register of a meter: amounts in `unit` by state, times in Unix seconds."""

    point: str
    register: str
    medium: str
    unit: str
    measured: Decimal
    bridged: Decimal
    estimated: Decimal
    missing: Decimal
    longest_gap_s: int
    serial: str
    calibrated_until: int | None
    exchanges: int

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.point, self.register

    @property
    def amount(self) -> Decimal:
        """All that is counted of it."""
        return self.measured + self.bridged + self.estimated


@dataclass(frozen=True, slots=True)
class Made:
    """A product: its amount in `unit`, and the emissions of all of it in kgCO2e.

    `amount_u95`: of the amount; None where the report does not say it.
    """

    name: str
    unit: str
    amount: Decimal
    kg: Decimal
    amount_u95: Decimal | None


@dataclass(frozen=True, slots=True)
class Resource:
    """Coal equivalent in kgce or water in m3: what a loan may count beside emissions, with its U95."""

    amount: Decimal
    unit: str
    u95: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """A report as a review needs it. `parts`: emissions with what they rest on, by scope as the report has it."""

    raw: bytes
    root: Object
    bound: Bound
    site: str
    from_at: int
    to_at: int
    figures: Mapping[str, Figure]
    meters: tuple[Meter, ...]
    products: tuple[Made, ...]
    parts: Mapping[str, tuple[Part, ...]]
    resources: Mapping[str, Resource]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file."""
        return self.bound.report

    @property
    def unsound(self) -> str:
        """Why nobody may rest on it without a word more: what it says of its evidence. Empty where that holds."""
        if "integrity" not in self.root:
            return "the report does not say whether its evidence holds"
        if not self.root.object("integrity").flag("holds"):
            return "the report says that its evidence does not hold"
        open_ = [one.text("name") for one in self.root.objects("remarks") if one.flag("blocks")]
        return f"the report leaves a sum open ({', '.join(dict.fromkeys(open_))})" if open_ else ""

    @property
    def entity(self) -> str:
        """Whose report it is; empty where it does not say."""
        return self.root.text("entity", "")

    @property
    def timezone(self) -> str | None:
        """The zone of the site's clock by its name; None where it does not say."""
        return self.root.text("timezone", "") or None

    @property
    def days(self) -> int:
        """How many days it covers; one that is begun counts."""
        return -(-(self.to_at - self.from_at) // _DAY_S)

    def figure(self, name: str) -> Figure:
        """A figure by its name. Raises ReviewError."""
        found = self.figures.get(name)
        if found is None:
            raise ReviewError(f"the report has no figure {name}; it has {', '.join(sorted(self.figures))}")
        return found

    def counted(self, name: str) -> Resource:
        """What a reduction is told of: a figure in kgCO2e, or a resource. Raises ReviewError."""
        if name in self.resources:
            return self.resources[name]
        found = self.figure(name)
        return Resource(found.kg, "kgCO2e", found.u95_kg)

    def product(self, name: str) -> Made:
        """A product by its name. Raises ReviewError."""
        for one in self.products:
            if one.name == name:
                return one
        raise ReviewError(f"the report has no product {name}")

    def parts_of(self, figure: str) -> tuple[Part, ...]:
        """The lines of a total. Raises ReviewError for another figure, and where the report tells none."""
        scopes = _SCOPES.get(figure)
        if scopes is None:
            raise ReviewError(f"{figure} is no total: lines are scored of {' or '.join(_SCOPES)}")
        found = tuple(part for scope in sorted(scopes) for part in self.parts.get(scope, ()))
        if not found:
            raise ReviewError("the report tells no lines: what it rests on is not shown")
        return found


def load(folder: Path) -> Reported:
    """The report of a folder. Raises ConfigError where it can not be read, ReportFileError where it is none."""
    report, trace = _bytes(folder / REPORT), _bytes(folder / TRACE)
    found = decode(report)
    if sha256(trace).digest() != found.bound.trace:
        raise ReportFileError(f"{folder / TRACE} is another trace than the one that the report names")
    return found


def decode(data: bytes) -> Reported:
    """The report of the file's bytes. Raises ReportFileError naming what is missing."""
    root = Object.of_bytes(data)
    from_at, to_at = root.whole("from"), root.whole("to")
    if not 0 <= from_at < to_at:
        raise ReportFileError("the report's period ends before it begins")
    return Reported(
        data,
        root,
        _bound(root, data),
        root.text("site"),
        from_at,
        to_at,
        {name: _figure(one) for name, one in root.by_name("figures").items()},
        _meters(root.objects("meters")),
        tuple(_made(one) for one in root.objects("products")),
        _parts(root.objects("lines")),
        {} if "resources" not in root else {name: _resource(one) for name, one in root.by_name("resources").items()},
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path} has more than {MAX_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from None


def _bound(root: Object, data: bytes) -> Bound:
    roots = tuple(Root(one.octets("log_id"), one.whole("size"), one.octets("root")) for one in root.objects("roots"))
    if not roots:
        raise root.fault("roots", "is empty: nothing was proven under a head")
    digest = sha256(data).digest()
    return Bound(digest, root.octets("trace"), root.octets("registry"), root.text("method"), roots)


def _figure(told: Object) -> Figure:
    return Figure(
        told.amount("kg"),
        told.amount("u95_kg"),
        told.amount("conservative_kg"),
        tuple(f"{name} {percent} %" for name, percent in told.pairs("drivers")),
        told.texts("unstated"),
    )


def _meter(told: Object) -> Meter:
    until = told.whole("calibrated_until") if "calibrated_until" in told else None
    return Meter(
        told.text("point"),
        told.text("register", ""),
        told.text("medium"),
        told.text("unit"),
        told.amount("measured"),
        told.amount("bridged"),
        told.amount("estimated"),
        told.amount("missing"),
        told.whole("longest_gap_s", 0),
        told.text("serial", ""),
        until,
        told.whole("exchanges", 0),
    )


def _meters(told: Sequence[Object]) -> tuple[Meter, ...]:
    """Each register once: a report has a row for every version of the boundary that names it."""
    found: dict[tuple[str, str], Meter] = {}
    for one in map(_meter, told):
        known = found.get(one.key)
        found[one.key] = one if known is None else _both(known, one)
    return tuple(found.values())


def _both(first: Meter, then: Meter) -> Meter:
    ends = (first.calibrated_until, then.calibrated_until)
    return replace(
        then,
        measured=first.measured + then.measured,
        bridged=first.bridged + then.bridged,
        estimated=first.estimated + then.estimated,
        missing=first.missing + then.missing,
        longest_gap_s=max(first.longest_gap_s, then.longest_gap_s),
        calibrated_until=None if None in ends else min(one for one in ends if one is not None),
        exchanges=first.exchanges + then.exchanges,
    )


def _made(told: Object) -> Made:
    u95 = told.amount("amount_u95") if "amount_u95" in told else None
    return Made(told.text("name"), told.text("unit"), told.amount("amount"), told.amount("kg"), u95)


def _resource(told: Object) -> Resource:
    return Resource(told.amount("amount"), told.text("unit"), told.amount("u95"))


def _parts(lines: Sequence[Object]) -> dict[str, tuple[Part, ...]]:
    found: dict[str, list[Part]] = {}
    for line in lines:
        rests = _RESTS.get(line.text("rests"))
        if rests is None:
            raise line.fault("rests", f"is none of {', '.join(_RESTS)}")
        part = Part(line.text("name"), Fraction(line.amount("kg")), rests)
        found.setdefault(line.text("scope"), []).append(part)
    return {scope: tuple(parts) for scope, parts in sorted(found.items())}
