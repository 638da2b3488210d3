"""How values are written on a page: numbers in groups, times, ids. They come as exact text or integers. No IO.

Everything that is not a number, a time or an id after all is shown as it came: a page never fails over a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from tally_gateway.pages.words import Language, Words

_MOST_DIGITS: Final = 400
_NUMBER: Final = re.compile(r"([-+]?)(\d+)(\.\d+)?")
_WRITTEN_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_SHORT: Final = 8
_DAY_S: Final = 86_400
_HELD: Final = 8_192
"""Times and numbers that are held as they are written: pages of one book have the same ones again and again."""
_LOOKS: Final = 400
"""At a zone's offset in a span: each day of a year."""
CHINA: Final = timezone(timedelta(hours=8), "UTC+8")


def number(value: object, places: int | None = None) -> str:
    """A number with its thousands in groups, as many places as it came with, or exactly `places` of them, cut.

    What is cut is never rounded up: a figure on a page is not more than the figure.
    """
    text = str(value)
    return text if len(text) > _MOST_DIGITS else _grouped(text, places)


@lru_cache(_HELD)
def _grouped(text: str, places: int | None) -> str:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    sign, whole, rest = found[1], found[2], found[3] or ""
    if places is not None:
        rest = f".{rest[1:].ljust(places, '0')[:places]}" if places else ""
    return f"{'−' if sign == '-' else ''}{int(whole):,}{rest}"


def zone_of(name: str | None, usual: tzinfo = CHINA) -> tzinfo:
    """The zone of a site by its name (Asia/Seoul); `usual` for none, and for one that this machine does not know."""
    try:
        return usual if name is None else ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return usual


def offset(at: datetime) -> str:
    """How a time with its zone is ahead of UTC: UTC+8, UTC−3:30, UTC."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    told = f"{hours}:{rest:02d}" if rest else f"{hours}" if hours else ""
    return f"UTC{'' if not told else '−' if minutes < 0 else '+'}{told}"


def zone_words(zone: tzinfo, from_at: int, to_at: int) -> str:
    """A zone for the axis of a picture: its name, and the offsets that it has in a span of Unix seconds."""
    step = max((to_at - from_at) // _LOOKS, _DAY_S)
    found = dict.fromkeys(offset(datetime.fromtimestamp(at, zone)) for at in (*range(from_at, to_at, step), to_at))
    told = ", ".join(found)
    return f"{zone.key} ({told})" if isinstance(zone, ZoneInfo) and zone.key != told else told


def moment(unix_s: object, zone: tzinfo = CHINA) -> Markup:
    """A time, with its zone and a machine's form of it."""
    if unix_s is None:
        return Markup("–")
    try:
        return _moment(int(str(unix_s)), zone)
    except (ValueError, OverflowError, OSError):
        return escape(str(unix_s))


@lru_cache(_HELD)
def _moment(unix_s: int, zone: tzinfo) -> Markup:
    at = datetime.fromtimestamp(unix_s, UTC)
    local = at.astimezone(zone)
    # Digits and an offset: nothing of these is anybody's text. `format` of Markup takes three times as long.
    return Markup(f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{local:%Y-%m-%d %H:%M:%S} {offset(local)}</time>')  # noqa: S704


def in_words(unix_s: object, zone: tzinfo = CHINA) -> str:
    """A time for a sentence: to the minute, with its zone."""
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), zone)
    except (ValueError, OverflowError, OSError):
        return str(unix_s)
    return f"{at:%Y-%m-%d %H:%M} {offset(at)}"


def in_zone(sentence: str, zone: tzinfo = CHINA) -> str:
    """A sentence whose times are written for machines (2026-01-26T10:00:00Z), with them as `moment` has them."""

    def local(found: re.Match[str]) -> str:
        try:
            at = datetime.strptime(found[0], "%Y-%m-%dT%H:%M:%S%z").astimezone(zone)
        except (ValueError, OverflowError):
            return found[0]
        return f"{at:%Y-%m-%d %H:%M:%S} {offset(at)}"

    return _WRITTEN_TIME.sub(local, sentence)


def day(unix_s: object, zone: tzinfo = CHINA) -> Markup:
    """The day of a time."""
    if unix_s is None:
        return Markup("–")
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), zone)
    except (ValueError, OverflowError, OSError):
        return escape(str(unix_s))
    # As above.
    return Markup(f'<time datetime="{at:%Y-%m-%d}">{at:%Y-%m-%d}</time>')  # noqa: S704


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


def short(text: object, *, within: bool = False) -> Markup:
    """An id or digest by its beginning; whole in the title, and copied whole by whoever presses the button.

    `within`: a sentence, in which the id itself is pressed.
    """
    whole = escape(str(text))
    if len(str(text)) <= 2 * _SHORT:
        return Markup(f"<code>{whole}</code>")  # noqa: S704  escaped, as below; lists have this by the hundred
    looks, begins = "id within" if within else "id", escape(str(text)[:_SHORT])
    return Markup(f'<code class="{looks}" title="{whole}" data-copy="{whole}">{begins}…</code>')  # noqa: S704


def opened(sentence: str, ids: Mapping[str, str], names: Mapping[str, str]) -> Markup:
    """A sentence whose shortened ids are each as `short` has it, or the name of whom it is with the id in its title.

    `ids`: whole, by how they stand in the sentence. `names`: by whole ids.
    """
    if not ids:
        return escape(sentence)

    def piece(text: str) -> Markup:
        whole = ids.get(text)
        if whole is None:
            return escape(text)
        if whole in names:
            return Markup('<span title="{}">{}</span>').format(whole, names[whole])
        return short(whole, within=True)

    return Markup("").join(map(piece, re.split(f"({'|'.join(map(re.escape, ids))})", sentence)))
