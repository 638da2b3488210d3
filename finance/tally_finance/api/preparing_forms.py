"""From what is asked over HTTP to what the desk prepares. No IO."""

from __future__ import annotations

from tally_finance.api.asked_forms import (
    AcceptAsked,
    CallAsked,
    CureAsked,
    FloorAsked,
    OrderAsked,
    PrepareAsked,
    ReleaseAsked,
    SubstituteAsked,
)
from tally_finance.api.forms import read
from tally_finance.desk import asked as desk


def asked_of(given: PrepareAsked) -> desk.Asked:
    """The same, with ids and grams as the desk has them."""
    receipt = read(given.receipt)
    match given:
        case AcceptAsked():
            return desk.Acceptance(receipt, read(given.ownership), read(given.search))
        case OrderAsked():
            return desk.ReleaseOrder(receipt, int(given.quantity_g), read(given.picker), given.begins, given.until)
        case ReleaseAsked():
            return desk.PartRelease(receipt, int(given.quantity_g))
        case FloorAsked():
            return desk.FloorSetting(receipt, int(given.floor_g), given.until)
        case SubstituteAsked():
            return desk.Substitution(receipt, read(given.instead), int(given.quantity_g), read(given.filing))
        case CallAsked():
            return desk.MarginCall(receipt, given.until)
        case CureAsked():
            return desk.Cure(receipt)
