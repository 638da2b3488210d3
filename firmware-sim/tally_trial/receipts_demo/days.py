"""The days of the play, counted from its first midnight (2026-01-01 in Shanghai), and what is done on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from tally_trial.receipts_demo.works import BEGINS
from tally_trial.scene import DAY_S

UTC_OFFSET_S: Final = 8 * 3_600

WEIGHED: Final = 1
"""The harvest is in: it was weighed the day before. A day after what came or went was recorded, the lot is attested."""
WEIGHED_AGAIN: Final = 10
"""A second purchase is in."""
PLEDGED: Final = 12
"""Later than ten days after delivery: until then whoever financed the purchase may still register (民法典 Art. 416)."""
WATCHED: Final = (19, 30, 37, 49)
"""Attested again, so that no attestation is older than a week where something is to be done."""
CALL_DAYS: Final = 3
"""From the margin call to its deadline."""
TOPPED_UP: Final = 24
DEFAULTED: Final = 26
NOTICE_DAYS: Final = 5
SOLD: Final = 32
REPAID_IN_PART: Final = 37
TAKEN_OUT: Final = 39
REPAID: Final = 49
DELIVERED: Final = 52


def at(day: int, hour: int, minute: int = 0) -> int:
    """Unix seconds of a local time on a day of the play."""
    return BEGINS + day * DAY_S + hour * 3_600 + minute * 60


def date_of(moment: int) -> date:
    """The local day of Unix seconds."""
    return datetime.fromtimestamp(moment + UTC_OFFSET_S, UTC).date()


def midnight(moment: int) -> int:
    """When the local day of Unix seconds began."""
    return moment - (moment + UTC_OFFSET_S) % DAY_S


def shown(moment: int) -> str:
    """A local time for people."""
    return f"{datetime.fromtimestamp(moment + UTC_OFFSET_S, UTC):%Y-%m-%d %H:%M}"


def iso(moment: int) -> str:
    """A local time for files."""
    return f"{datetime.fromtimestamp(moment + UTC_OFFSET_S, UTC):%Y-%m-%dT%H:%M:%S}+08:00"
