"""The highest confirmation of this log that was ever shown to it and that it did not hold. Such a log does not start
again.

Only a log that has caught up may forget it: one restored from a newer copy that holds that many entries and whose
history fits is judged anew, for the tables are restored with it.
"""

from __future__ import annotations

import sqlite3

from tally_gateway.errors import ConfirmationAhead
from tally_gateway.state import get_fact, put_fact

_NAME = "shown-size"


def remember_shown(connection: sqlite3.Connection, size: int) -> None:
    """Keep that a confirmation under `size` was shown."""
    known = shown_size(connection)
    if size > known:
        put_fact(connection, _NAME, size.to_bytes(8, "big"))


def shown_size(connection: sqlite3.Connection) -> int:
    """The largest size kept, 0 for none."""
    kept = get_fact(connection, _NAME)
    return 0 if kept is None else int.from_bytes(kept, "big")


def refuse_behind(connection: sqlite3.Connection) -> None:
    """Raises ConfirmationAhead when one was shown that this log did not hold."""
    size = shown_size(connection)
    if size:
        raise ConfirmationAhead(
            f"a confirmation under size {size}, signed by this log's key, was shown, and this log does not contain "
            "that head: it is an old copy or lost entries. Restore a newer copy, or open a successor log (tallystick "
            "gateway replace)."
        )
