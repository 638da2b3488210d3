"""Pure functions that a measuring process remembers: the plays of one seed say and sign nearly the same, over and over.

None of them looks at anything but its arguments, so what is remembered is what would come out again; a test compares
plays with and without. What raises is not remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from tally_edge import keys, senml, statement
from tally_edge.signer import FileSigner

PURE: Final = (
    (senml, "decode"),
    (senml, "check"),
    (keys, "verify"),
    (statement, "decode"),
    (FileSigner, "sign"),
)
OF_A_SEED: Final = 8192
"""What one seed's plays say is less than that; older seeds are forgotten."""


@contextmanager
def remembering() -> Iterator[None]:
    """While this is open, in this process."""
    plain = [(owner, name, getattr(owner, name)) for owner, name in PURE]
    try:
        for owner, name, function in plain:
            setattr(owner, name, lru_cache(maxsize=OF_A_SEED)(function))
        yield
    finally:
        for owner, name, function in plain:
            setattr(owner, name, function)
