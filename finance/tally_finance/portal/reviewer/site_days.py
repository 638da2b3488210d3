"""Spans in sentences that reports have in Unix seconds, told by the days of the site's clock. No IO."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Final

from tally_gateway.pages.shown import day

_SPAN: Final = re.compile(r"\bfrom (\d{9,11}) to (\d{9,11})\b")


def in_days(text: str, zone: tzinfo) -> str:
    """The sentence, its spans by the days at which they begin and end."""
    return _SPAN.sub(lambda found: f"from {_day(found[1], zone)} to {_day(found[2], zone)}", text)


def _day(unix_s: str, zone: tzinfo) -> str:
    return str(day(unix_s, zone).striptags())
