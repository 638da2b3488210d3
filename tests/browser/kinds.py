"""Addresses of pages by their kind: those that differ by ids alone are one page with other contents."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

LEFT_ALONE: Final = re.compile(r"/(preferences|sign-out|guide|static|healthz)\b")
"""What a page links to and is none."""

_ID: Final = re.compile(r"[0-9a-f]{64}|0x[0-9a-f]{40,}|\b\d+\b|(?<=/)urn:[^/]+")
_ALIKE: Final = re.compile(r"(?<=/sections/)[a-z-]+|(?<=/open/report/N/)(?!statements)[a-z].*")
"""Pages of one template, whatever they are named."""


def kind_of(path: str) -> str:
    """The kind of a path, whose query does not matter."""
    return _ALIKE.sub("one", _ID.sub("N", urlsplit(path).path))
