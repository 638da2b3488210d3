"""Times that a person asks for: a day and a minute as a browser's field has it, in the portal's zone. No IO."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from tally_gateway.errors import ApiError
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

_SECONDS: Final = re.compile(r"\d{1,11}")


def asked(text: str) -> int | None:
    """Unix seconds of `2026-01-20T10:00`, `2026-01-20` (its last second) or of seconds; None of nothing.

    Raises ApiError 400.
    """
    text = text.strip()
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        return int(text)
    try:
        found = datetime.fromisoformat(text)
        if len(text) == len("2026-01-20"):
            found = found.replace(hour=23, minute=59, second=59)
        found = found if found.tzinfo else found.replace(tzinfo=CHINA)
        seconds = int(found.timestamp())
    except (ValueError, OverflowError):
        raise ApiError(
            400,
            "no time",
            Words(
                f"{text[:40]!r} is no time: write it as 2026-01-20T10:00",
                f"{text[:40]!r} 不是有效时间，应写作 2026-01-20T10:00",
            ),
        ) from None
    if seconds < 0:
        raise ApiError(400, "no time", Words(f"{text[:40]!r} lies before 1970", f"{text[:40]!r} 早于 1970 年"))
    return seconds


def field(unix_s: int) -> str:
    """As the field has it."""
    return datetime.fromtimestamp(unix_s, UTC).astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%S")


def month_ends(first: int, last: int) -> list[tuple[str, int]]:
    """Every month from that of `first` to that of `last`, the newest first, with its last second."""
    begin, now = (datetime.fromtimestamp(one, UTC).astimezone(CHINA) for one in (first, last))
    found, year, month = [], begin.year, begin.month
    while (year, month) <= (now.year, now.month):
        after = (year + month // 12, month % 12 + 1)
        end = int(datetime(*after, 1, tzinfo=CHINA).timestamp()) - 1
        found.append((f"{year:04d}-{month:02d}", end))
        year, month = after
    return found[::-1]
