"""What a lender should know of a quantity: a remark (备注) by a stable name. One that blocks allows no new credit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Name(Enum):
    """Every remark: its name, and whether it blocks. Names are never given another meaning."""

    SILENT = ("silent", True)
    """The scale's sums are not known from end to end of the period."""
    CORRECTED = ("corrected", True)
    """The authority corrected what the scale's sums say, and no ticket was."""
    TICKET_WRONG = ("ticket-wrong", True)
    """A weighing that does not add up, was not stable, or has no number of its own."""
    TICKET_TWICE = ("ticket-twice", True)
    """One ticket number or alibi number on two weighings."""
    TICKET_MISSING = ("ticket-missing", True)
    """Alibi numbers that are left out: weighings that nobody shows."""
    SUMS_DIFFER = ("sums-differ", True)
    """A scale's running sums rose by another mass than its tickets say, or a gate's counts by more than its serials."""
    CERTIFICATE_EXPIRED = ("certificate-expired", True)
    """Weighings after the certificate ran out: they count with twice the uncertainty."""
    CERTIFICATE_UNKNOWN = ("certificate-unknown", True)
    """Nobody stated until when the scale is certified."""
    SHORT = ("short", True)
    """Less lies there than the book says, beyond what the uncertainties explain (短少)."""
    LEAK = ("leak", True)
    """Goods go a little every week, beyond what the instruments are wrong by (慢漏)."""
    LESS = ("less", False)
    """Less lies there than the book says, by more than chance makes likely and less than makes it sure."""
    SURPLUS = ("surplus", False)
    """More lies there than the book says, beyond what the uncertainties explain (盈余): it is not lent against."""
    NEGATIVE = ("negative", True)
    """More went than was ever there."""
    UNMEASURED = ("unmeasured", True)
    """No stocktake: the book stands alone, and one witness is none."""
    BOOK_ALONE = ("book-alone", False)
    """No stocktake, and the reader's rules accept that."""

    SERIAL_TWICE = ("serial-twice", True)
    """One serial that lies there already comes in again, or lies in two halls: a copy, which counts nowhere."""
    WEIGHT_DIFFERS = ("weight-differs", True)
    """A piece weighs another mass than when it came, beyond what the scales are wrong by; it counts nowhere."""
    SERIAL_UNSEEN = ("serial-unseen", False)
    """Pieces that too few witnesses have seen of late (未确认): they alone are not lent against."""
    SERIAL_MISSING = ("serial-missing", False)
    """Pieces that the readers missed more often than they miss what is there (缺失): they alone are gone."""
    UNWEIGHED = ("unweighed", False)
    """Pieces that came in without a weight or without a serial: they count nowhere."""

    @property
    def text(self) -> str:
        """The name in text and JSON."""
        return self.value[0]

    @property
    def blocks(self) -> bool:
        """Whether it allows no new credit."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark, what it is about, and a sentence."""

    name: Name
    touches: str
    sentence: str
