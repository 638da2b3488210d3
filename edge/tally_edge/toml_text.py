"""TOML that anybody may have written, read in a time that its length bounds. No IO.

The standard parser copies a dotted key once for each of its parts, so a line of a hundred kilobytes, `a.a.a.a…`, keeps
it busy for a minute. Keys here have at most `MOST_PARTS` parts; nothing of ours has more than four.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

MOST_PARTS: Final = 64
MOST_PLACES: Final = 60
"""Before and behind the point: 1e999999999 is short to write, and has a billion digits as a fraction."""

_ASIDE: Final = re.compile(
    r'"""(?:\\(?:.|\Z)|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\.|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
"""Strings and comments as TOML 1.0.0 has them, also such as do not end: dots in them are no key's."""
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}")


def loads(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """As `tomllib.loads`. Raises TOMLDecodeError whatever is wrong, also where a number or the nesting is too long."""
    if _LONG_KEY.search(_ASIDE.sub(_without, text)) is not None:
        raise tomllib.TOMLDecodeError(f"a key has more than {MOST_PARTS} parts")
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # a number of more digits than Python reads
        raise tomllib.TOMLDecodeError(str(error)) from None


def exact(text: str) -> Decimal:
    """A number with a point, to reckon with: for `parse_float`. Raises ValueError for one of too many places."""
    value = Decimal(text)
    if value.is_finite() and max(abs(value.adjusted()), -int(value.as_tuple().exponent)) > MOST_PLACES:
        raise ValueError(f"the number {text[:40]} has more than {MOST_PLACES} places")
    return value


def _without(found: re.Match[str]) -> str:
    """A quoted part of a key still is one."""
    return "" if found[0].startswith("#") else "q"
