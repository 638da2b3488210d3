"""How values are written on a page: numbers in groups, times, ids. They come as exact text or integers. No IO.

Everything that is not a number, a time or an id after all is shown as it came: a page never fails over a value.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from markupsafe import Markup, escape

from tally_gateway.pages.words import Language, Words

_MOST_DIGITS: Final = 400
_NUMBER: Final = re.compile(r"([-+]?)(\d+)(\.\d+)?")
_WRITTEN_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_SHORT: Final = 8
CHINA: Final = timezone(timedelta(hours=8), "UTC+8")


def number(value: object, places: int | None = None) -> str:
    """A number with its thousands in groups, as many places as it came with, or exactly `places` of them, cut.

    What is cut is never rounded up: a figure on a page is not more than the figure.
    """
    text = str(value)
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > _MOST_DIGITS:
        return text
    sign, whole, rest = found[1], found[2], found[3] or ""
    if places is not None:
        rest = f".{rest[1:].ljust(places, '0')[:places]}" if places else ""
    return f"{'−' if sign == '-' else ''}{int(whole):,}{rest}"


def moment(unix_s: object, zone: timezone = CHINA) -> Markup:
    """A time, with its zone and a machine's form of it."""
    if unix_s is None:
        return Markup("–")
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), UTC)
        local = at.astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return escape(str(unix_s))
    return Markup('<time datetime="{}">{} {}</time>').format(
        at.strftime("%Y-%m-%dT%H:%M:%SZ"), local.strftime("%Y-%m-%d %H:%M:%S"), zone.tzname(None)
    )


def in_words(unix_s: object, zone: timezone = CHINA) -> str:
    """A time for a sentence: to the minute, with its zone."""
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), zone)
    except (ValueError, OverflowError, OSError):
        return str(unix_s)
    return f"{at:%Y-%m-%d %H:%M} {zone.tzname(None)}"


def in_zone(sentence: str, zone: timezone = CHINA) -> str:
    """A sentence whose times are written for machines (2026-01-26T10:00:00Z), with them as `moment` has them."""

    def local(found: re.Match[str]) -> str:
        try:
            at = datetime.strptime(found[0], "%Y-%m-%dT%H:%M:%S%z")
        except ValueError:
            return found[0]
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.tzname(None)}"

    return _WRITTEN_TIME.sub(local, sentence)


def day(unix_s: object, zone: timezone = CHINA) -> Markup:
    """The day of a time."""
    if unix_s is None:
        return Markup("–")
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), zone)
    except (ValueError, OverflowError, OSError):
        return escape(str(unix_s))
    return Markup('<time datetime="{0}">{0}</time>').format(at.strftime("%Y-%m-%d"))


_UNITS: Final = (
    (Words(" y", " 年"), 365 * 86_400),
    (Words(" d", " 天"), 86_400),
    (Words(" h", " 小时"), 3_600),
    (Words(" min", " 分"), 60),
    (Words(" s", " 秒"), 1),
)


def lasting(seconds: object, language: Language = Language.ENGLISH) -> str:
    """A span of time, in the largest two units that it fills: 2 d 3 h. A year has 365 days here."""
    try:
        left = int(str(seconds))
    except ValueError:
        return str(seconds)
    sign, left = ("−", -left) if left < 0 else ("", left)
    parts: list[str] = []
    for name, each in _UNITS:
        count, left = divmod(left, each)
        if count or (each == 1 and not parts):
            parts.append(f"{count}{name.within(language)}")
    return sign + " ".join(parts[:2])


def short(text: object) -> Markup:
    """An id or digest by its beginning; whole in the title, and copied whole by whoever presses the button."""
    whole = str(text)
    if len(whole) <= 2 * _SHORT:
        return Markup("<code>{}</code>").format(whole)
    return Markup('<code class="id" title="{0}" data-copy="{0}">{1}…</code>').format(whole, whole[:_SHORT])
