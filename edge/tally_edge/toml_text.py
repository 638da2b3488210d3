"""TOML that anybody may have written, read in a time that its length bounds. No IO.

The standard parser copies a dotted key once for each of its parts, so a line of a hundred kilobytes, `a.a.a.a…`, keeps
it busy for a minute. Keys here have at most `MOST_PARTS` parts; nothing of ours has more than four.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

MOST_PARTS: Final = 64

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


def _without(found: re.Match[str]) -> str:
    """A quoted part of a key still is one."""
    return "" if found[0].startswith("#") else "q"
