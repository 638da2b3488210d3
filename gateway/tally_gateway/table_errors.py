"""What SQLite says of the service's tables, of the anchoring journal and of the embedded chain, by the names of
errors.py.

The log names what its own database says (log/store.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tally_gateway.errors import LogFull, StateError


def is_full(error: sqlite3.Error) -> bool:
    """Whether there was no space: nothing of the transaction was kept, and it may be repeated."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF == sqlite3.SQLITE_FULL


@contextmanager
def naming_errors(what: str) -> Iterator[None]:
    """Raises LogFull or StateError, with `what` in the text, in place of SQLite's errors."""
    try:
        yield
    except sqlite3.Error as error:
        if is_full(error):
            raise LogFull(f"no space for {what}") from error
        raise StateError(f"{what}: {error}") from error
