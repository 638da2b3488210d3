"""A row of the table of alerts: number, weight, sentences. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final


@unique
class Severity(IntEnum):
    """How soon somebody must look: at leisure (提示), today (预警), at once (紧急)."""

    NOTICE = 0
    WARNING = 1
    URGENT = 2

    @property
    def chinese(self) -> str:
        """The name in Chinese."""
        return ("提示", "预警", "紧急")[self]


NOTICE, WARNING, URGENT = Severity
BLOCKS: Final = True
ALLOWS: Final = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table. The sentences have the same {fields}; `blocks`: no new credit while it stands."""

    number: int
    severity: Severity
    blocks: bool
    chinese: str
    sentence: str
    sentence_zh: str
    remedy: str
