"""One emission factor (排放因子): a number, what it is for, and where it stands. No IO.

Two years are kept apart. `data_year` is the year whose emissions were measured; `reporting_year` is the year for which
somebody said it is to be used. The Chinese average of 0.5703 is one of reporting year 2022, and 0.5366 one of data year
2022: mixing the two moves a result by six percent.

A factor's digest is SHA-256 over a prefix and the deterministic encoding of all that it says, so that a result names
the factor it was computed with and no other. What is published anew is another factor, which may name the one it
replaces.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from functools import cached_property
from typing import Final

from tally_edge import wire as codec
from tally_edge.wire import DIGEST, array, integer, nested, text, wire
from tally_finance.errors import FactorError
from tally_finance.factors.unit import Gas, Unit

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
MAX_DIGITS: Final = 30
"""Of a value; workbooks carry 17. The product of a factor and a 64-bit reading stays exact (`figures.EXACT`)."""
MAX_SOURCES: Final = 8

_DOMAIN: Final = b"tallystick factor 1\0"
_ACTIVITY: Final = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_YEAR: Final = integer(FIRST_YEAR, LAST_YEAR)


@unique
class Basis(Enum):
    """What a factor counts. Factors of two bases are never mixed, and none stands in for another."""

    LOCATION = "location"
    RESIDUAL = "residual"
    FOSSIL = "fossil"
    GENERATION = "generation"
    LCA = "lca"
    COMBUSTION = "combustion"
    UPSTREAM = "upstream"
    SUPPLIER = "supplier"
    REPORTING = "reporting"
    WARMING = "warming"
    ENERGY = "energy"


@unique
class Read(Enum):
    """How the value was read: in the publication itself, in a copy of it, or in what somebody typed from it."""

    PRIMARY = "primary"
    COPY = "copy"
    TRANSCRIPTION = "transcription"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value stands. `title` names who says it, `locator` the place in it. Raises FactorError for blanks."""

    title: str
    locator: str
    read: Read

    def __post_init__(self) -> None:
        for name, said in (("title", self.title), ("locator", self.locator)):
            if not said.strip() or not said.isprintable():
                raise FactorError(f"a source without {name} is none: nobody can look its value up")


@dataclass(frozen=True)
class Factor:
    """A value in `unit` for one activity, region and data year. Raises FactorError for what can not be.

    `u_percent`: the relative standard uncertainty in percent, where the source states one. `supersedes`: the digest of
    the factor that this one replaces.
    """

    activity: str
    region: str
    data_year: int
    basis: Basis
    value: Decimal
    unit: Unit
    sources: tuple[Source, ...]
    licence: str
    reporting_year: int | None = None
    u_percent: Decimal | None = None
    note: str = ""
    supersedes: bytes | None = None

    def __post_init__(self) -> None:
        where = f"{self.activity} {self.region} {self.data_year}"
        if _ACTIVITY.fullmatch(self.activity) is None:
            raise FactorError(f"{self.activity!r} is no activity: small letters, digits and _ between full stops")
        if not self.region.strip() or not self.region.isprintable() or self.region != _plain(self.region):
            raise FactorError(f"{self.region!r} is no region: NFC, nothing unseen, single blanks inside")
        if not all(FIRST_YEAR <= year <= LAST_YEAR for year in (self.data_year, self.reporting_year or FIRST_YEAR)):
            raise FactorError(f"{where}: years lie from {FIRST_YEAR} to {LAST_YEAR}")
        if not self.value.is_finite() or self.value.is_signed() or len(self.value.as_tuple().digits) > MAX_DIGITS:
            raise FactorError(f"{where}: {self.value} is no exact number from zero on of {MAX_DIGITS} digits")
        if self.u_percent is not None and not (self.u_percent.is_finite() and 0 <= self.u_percent < 100):
            raise FactorError(f"{where}: {self.u_percent} % is no standard uncertainty below the value itself")
        if not self.licence.strip():
            raise FactorError(f"{where}: nobody says under which licence it may be used")
        if not 0 < len(self.sources) <= MAX_SOURCES:
            raise FactorError(f"{where}: a factor has 1 to {MAX_SOURCES} sources")

    @property
    def gas(self) -> Gas:
        """What it counts by mass."""
        return self.unit.gas

    @cached_property
    def digest(self) -> bytes:
        """Names it: SHA-256 over a prefix and the deterministic encoding of all that it says."""
        return hashlib.sha256(_DOMAIN + codec.encode(form_of(self))).digest()

    @property
    def admitted(self) -> bool:
        """Whether two sources that are not one say it, or it was read in the publication itself (两个来源或原文)."""
        titles = {_plain(source.title).casefold() for source in self.sources}
        return len(titles) > 1 or any(source.read is Read.PRIMARY for source in self.sources)

    @property
    def mark(self) -> str:
        """What is written beside it wherever it is used: empty for an admitted one."""
        return "" if self.admitted else "one source (单一来源)"


def _plain(said: str) -> str:
    return " ".join(unicodedata.normalize("NFC", said).split())


@dataclass(frozen=True, slots=True)
class SourceForm:
    """A source as it is hashed and signed."""

    title: str = wire(1, text(300))
    locator: str = wire(2, text(500))
    read: str = wire(3, text(16))


@dataclass(frozen=True, slots=True)
class FactorForm:
    """A factor as it is hashed and signed. Numbers are text, so that 0.5500 and 0.55 stay what their source wrote."""

    activity: str = wire(1, text(100))
    region: str = wire(2, text(100))
    data_year: int = wire(3, _YEAR)
    basis: str = wire(4, text(16))
    value: str = wire(5, text(64))
    unit: str = wire(6, text(32))
    sources: tuple[SourceForm, ...] = wire(7, array(nested(SourceForm), MAX_SOURCES))
    licence: str = wire(8, text(300))
    reporting_year: int | None = wire(9, _YEAR, optional=True)
    u_percent: str | None = wire(10, text(32), optional=True)
    note: str | None = wire(11, text(500), optional=True)
    supersedes: bytes | None = wire(12, DIGEST, optional=True)


def form_of(factor: Factor) -> FactorForm:
    """What is hashed and signed. Sources stand sorted: whoever lists them in another order says the same."""
    sources = sorted(factor.sources, key=lambda source: (source.title, source.locator, source.read.value))
    return FactorForm(
        activity=factor.activity,
        region=factor.region,
        data_year=factor.data_year,
        basis=factor.basis.value,
        value=f"{factor.value:f}",
        unit=str(factor.unit),
        sources=tuple(SourceForm(source.title, source.locator, source.read.value) for source in sources),
        licence=factor.licence,
        reporting_year=factor.reporting_year,
        u_percent=None if factor.u_percent is None else f"{factor.u_percent:f}",
        note=factor.note or None,
        supersedes=factor.supersedes,
    )


def factor_of(form: FactorForm) -> Factor:
    """The factor that was encoded. Raises FactorError for what can not be, and for a number in another writing."""
    try:
        basis, reads = Basis(form.basis), [Read(source.read) for source in form.sources]
    except ValueError as error:
        raise FactorError(str(error)) from None
    factor = Factor(
        activity=form.activity,
        region=form.region,
        data_year=form.data_year,
        basis=basis,
        value=number(form.value),
        unit=Unit.parse(form.unit),
        sources=tuple(
            Source(source.title, source.locator, read) for source, read in zip(form.sources, reads, strict=True)
        ),
        licence=form.licence,
        reporting_year=form.reporting_year,
        u_percent=None if form.u_percent is None else number(form.u_percent),
        note=form.note or "",
        supersedes=form.supersedes,
    )
    if form_of(factor) != form:
        raise FactorError(f"{form.activity} {form.region} {form.data_year}: not in the one order of its sources")
    return factor


def number(said: str) -> Decimal:
    """An exact number in plain digits. Raises FactorError."""
    if re.fullmatch(r"(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,29})?", said, re.ASCII) is None:
        raise FactorError(f"{said!r} is no number in plain digits")
    return Decimal(said)
