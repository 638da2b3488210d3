"""What is made of a report for others to read (导出): one line for each, a file and the command that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Export:
    """A file of the folder `exports`, and the words of `tallystick finance export` that make it of a report."""

    file: str
    words: tuple[str, ...]


EXPORTS: Final[tuple[Export, ...]] = ()
