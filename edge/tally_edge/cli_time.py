"""Times as arguments of commands: one reading for all of them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Final

# As Unix time these are 1973 and the year 5138; what is shorter is a date without dashes, what is longer milliseconds.
_FIRST: Final = 10**8
_END: Final = 10**11

TIME_HELP: Final = "ISO 8601 with an offset, or Unix seconds"


def instant(text: str) -> int:
    """Unix seconds of an ISO 8601 time that says its offset: a local time would depend on who reads it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if at.tzinfo is None or at.microsecond:
        raise argparse.ArgumentTypeError("give a whole second with its offset, such as 2027-01-01T00:00:00+08:00")
    return int(at.timestamp())


def instant_or_seconds(text: str) -> int:
    """The same, or Unix seconds as they are; 20270101 is a date without dashes and refused."""
    if not (text.isascii() and text.isdigit()):
        return instant(text)
    if not _FIRST <= int(text[:20]) < _END:
        raise argparse.ArgumentTypeError(f"{text[:20]} is no time in Unix seconds; write 2027-01-01T00:00:00+08:00")
    return int(text)


def day_or_instant(text: str) -> int:
    """The same, or a day such as 2027-01-31, which stands for its first second in UTC."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return instant_or_seconds(text)
