"""Where a report differs from what its evidence gives when it is computed again. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_NOTHING: Final = object()
"""Stands where a document has nothing, which is not where it says null."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in the report as a path of names, what stands there, and what was computed; None: nothing."""

    path: str
    said: str | None
    computed: str | None


def differences(said: Any, computed: Any, path: str = "") -> Iterator[Difference]:
    """Every place in which two documents differ, in the order of the names."""
    if isinstance(said, dict) and isinstance(computed, dict):
        for name in sorted({*said, *computed}):
            left, right = (of.get(name, _NOTHING) for of in (said, computed))
            yield from differences(left, right, f"{path}.{name}" if path else name)
    elif isinstance(said, list) and isinstance(computed, list):
        for number in range(max(len(said), len(computed))):
            left, right = (of[number] if number < len(of) else _NOTHING for of in (said, computed))
            yield from differences(left, right, f"{path}[{number}]")
    elif said != computed or type(said) is not type(computed):
        yield Difference(path, _told(said), _told(computed))


def _told(value: Any) -> str | None:
    """None for nothing; null as documents write it."""
    return None if value is _NOTHING else "null" if value is None else str(value)
