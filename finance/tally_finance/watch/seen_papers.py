"""Dates, parties and papers as a lender sees them at one moment (`seen`). Plain data, no IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from tally_finance.ownership.remark import Remark
from tally_finance.watch.codes import Code


@unique
class Ends(Enum):
    """What can run out: the alert ahead of it, and the one after."""

    RECEIPT = (Code.RECEIPT_EXPIRES, Code.RECEIPT_EXPIRED)
    PLEDGE = (Code.PLEDGE_EXPIRES, Code.PLEDGE_EXPIRED)
    FILING = (Code.FILING_EXPIRES, Code.FILING_EXPIRED)
    INSURANCE = (Code.INSURANCE_EXPIRES, Code.INSURANCE_EXPIRED)
    CALIBRATION = (Code.CALIBRATION_EXPIRES, Code.CALIBRATION_EXPIRED)
    QUALITY = (Code.QUALITY_EXPIRES, Code.QUALITY_EXPIRED)

    @property
    def ahead(self) -> Code:
        """The alert before the end."""
        return self.value[0]

    @property
    def over(self) -> Code:
        """The alert after it."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Term:
    """Something that ends at `at`."""

    ends: Ends
    of: str
    at: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint (指纹) of a thing that is lent on, and whose record it stands in."""

    digest: bytes
    of: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """Who keeps whose goods, with the organisations and persons behind each (控股人, 实际控制人), by registry id."""

    lot: str
    keeper: str
    depositor: str
    behind_keeper: frozenset[str]
    behind_depositor: frozenset[str]
    evidence: bytes


@dataclass(frozen=True, slots=True)
class TitleSeen:
    """What an ownership pack or a search says against the pledge `of` (`ownership.remark`), and its digest."""

    of: str
    remark: Remark
    evidence: bytes


@dataclass(frozen=True, slots=True)
class FilingSeen:
    """Where a filed text differs from what is pledged, by items' names; `evidence` is the digest of the filing."""

    of: str
    items: tuple[str, ...]
    evidence: bytes
