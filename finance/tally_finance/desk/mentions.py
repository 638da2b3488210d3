"""What of a chain's history names what: receipts, lots, slots, organisations. Made once for every reading. No IO.

`ReceiptHistory.about` looks through everything each time; a page over a book of a thousand receipts asks often.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from tally_chain.receipts.history import Entry, ReceiptHistory, SignedOperation

_ID_BYTES = 32


class Mentions:
    """Of one desk's chain. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: tuple[Entry, ...] = ()
        self._of: dict[bytes, list[Entry]] = {}

    def of(self, history: ReceiptHistory, name: bytes) -> tuple[Entry, ...]:
        """As `history.about(name)`. A newer reading of the same chain is taken in from where the last one ended."""
        with self._lock:
            known, now = self._entries, history.entries
            if known is not now:
                if not known or len(now) < len(known) or now[len(known) - 1] != known[-1]:
                    known, self._of = (), {}
                for entry in now[len(known) :]:
                    for one in frozenset(_named(entry)):
                        self._of.setdefault(one, []).append(entry)
                self._entries = now
            return tuple(self._of.get(name, ()))


def _named(entry: Entry) -> Iterator[bytes]:
    if not isinstance(entry, SignedOperation):
        yield from (entry.site, entry.owner)
        return
    yield from (entry.operation.object, entry.digest)
    yield from (one.organisation for one in entry.signers)
    yield from _ids(entry.operation.values.values())


def _ids(values: Iterable[object]) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, tuple):
            yield from _ids(value)
        elif isinstance(value, bytes) and len(value) == _ID_BYTES:
            yield value
