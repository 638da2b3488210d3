"""An act that is decided on a book, and decided again where somebody else wrote into it first. No IO of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from tally_finance.errors import BookMovedError

T = TypeVar("T")

TRIES: Final = 5
"""Of two that write at once one decides again; five times in a row is something else."""


def decided(book: str, once: Callable[[], T]) -> T:
    """What `once` gives: it reads the book, decides, and writes on the head that it read.

    Raises BookMovedError where the book moved `TRIES` times in a row, and whatever else `once` raises.
    """
    for _ in range(TRIES):
        try:
            return once()
        except BookMovedError:
            continue
    raise BookMovedError(f"book {book} was written by others {TRIES} times in a row")
