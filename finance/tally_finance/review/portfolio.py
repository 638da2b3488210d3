"""Financed emissions (融资排放): a lender's part in what its borrowers emit, and how good the data is. No IO.

    attribution = outstanding / (equity + debt)          business loan to a company that is not listed
    attribution = outstanding / EVIC                     listed: enterprise value including cash
    attribution = outstanding / cost of the project      project finance

(PCAF, part A, chapters on business loans and project finance.) A part above 1 is none: it says that the value of the
company is stale. Amounts are fen, emissions kgCO2e, all exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from fractions import Fraction

from tally_finance.errors import ReviewError


@unique
class Against(Enum):
    """What a loan is a part of."""

    EQUITY_AND_DEBT = "equity and debt"
    EVIC = "enterprise value including cash"
    PROJECT_COST = "cost of the project"


@dataclass(frozen=True, slots=True)
class Position:
    """A loan. `emissions`: the borrower's, of one year, in kgCO2e; `score`: their weighted data quality, 1 to 5.

    `days`: how many the report of them covers, which is no year unless they are 365 or 366; None of typed amounts.
    """

    loan: str
    outstanding_fen: int
    whole_fen: int
    against: Against
    emissions: Fraction
    score: Fraction
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Financed:
    """A loan's part in its borrower's emissions."""

    position: Position
    attribution: Fraction
    emissions: Fraction

    @property
    def is_year(self) -> bool | None:
        """Whether the report that they are from covers a year; None of amounts that are typed."""
        return None if self.position.days is None else self.position.days in {365, 366}


@dataclass(frozen=True, slots=True)
class Portfolio:
    """`score`: weighted by what is outstanding; `intensity`: kgCO2e for each fen outstanding. None of nothing."""

    loans: tuple[Financed, ...]
    emissions: Fraction
    score: Fraction | None
    intensity: Fraction | None


def financed(position: Position) -> Financed:
    """One loan. Raises ReviewError for what can not be."""
    name = position.loan
    if position.outstanding_fen < 0 or position.whole_fen <= 0:
        raise ReviewError(f"{name}: {position.outstanding_fen} of {position.whole_fen} fen is no part")
    if position.outstanding_fen > position.whole_fen:
        raise ReviewError(f"{name}: more is outstanding than the {position.against.value}; the value is stale")
    if position.emissions < 0 or not 1 <= position.score <= 5:
        raise ReviewError(f"{name}: emissions below 0, or a score outside 1 to 5")
    part = Fraction(position.outstanding_fen, position.whole_fen)
    return Financed(position, part, part * position.emissions)


def portfolio(positions: Iterable[Position]) -> Portfolio:
    """All loans, in the order of their names. Raises ReviewError for a loan that stands twice."""
    loans = tuple(sorted(map(financed, positions), key=lambda one: one.position.loan))
    names = [one.position.loan for one in loans]
    if len(set(names)) < len(names):
        raise ReviewError("a loan stands twice: its emissions would count twice")
    emissions = sum((one.emissions for one in loans), Fraction(0))
    outstanding = sum(one.position.outstanding_fen for one in loans)
    if outstanding == 0:
        return Portfolio(loans, emissions, None, None)
    weighted = sum((one.position.score * one.position.outstanding_fen for one in loans), Fraction(0))
    return Portfolio(loans, emissions, weighted / outstanding, emissions / outstanding)
