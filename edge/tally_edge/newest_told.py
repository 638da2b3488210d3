"""How an agent tells its gateway what its outbox holds: the newest number that it has signed, beside each statement.

    user property (MQTT 5.0, 3.3.2.3.7)  "newest-seq": decimal digits, the stream's newest number when it was sent

What is signed and not in the log is the outbox's depth, and the gateway counts that itself: a number told would be old
when it is read. It is unsigned, no part of a statement and no evidence; who can not read it ignores it. No IO.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tally_edge.statement import MAX_SEQ

NEWEST_SEQ: Final = "newest-seq"
_MAX_DIGITS: Final = len(str(MAX_SEQ))


def told(newest: int) -> list[tuple[str, str]]:
    """The user properties of a statement's PUBLISH."""
    return [(NEWEST_SEQ, str(newest))]


def read(properties: Iterable[tuple[str, str]]) -> int | None:
    """The newest number that the user properties tell; None where they tell none, or what is no number of a stream."""
    found = next((value for name, value in properties if name == NEWEST_SEQ), "")
    if not (found.isascii() and found.isdigit() and len(found) <= _MAX_DIGITS):
        return None
    newest = int(found)
    return newest if newest <= MAX_SEQ else None
