"""A small writer for the crash tests: `python -m tests.gateway.log.crash.writing FOLDER MARKS FIRST ROUNDS`.

After every acknowledgement it writes one line to MARKS: what the outside world knows from then on. Everything it
appends is a function of the round, so that the judge knows it too.

    appended <round> <indexes>    a batch is committed
    published <size> <root>       a head is published
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from tally_gateway.errors import LogExists
from tally_gateway.log.records import Entry
from tally_gateway.log.writer import Log
from tests.gateway.log import kit

WAL_PAGES = 12
"""So small that SQLite copies its write-ahead log home, and begins it anew, several times in a short run."""

STREAMS = 5


def batch(number: int) -> list[Entry]:
    """The entries of round `number`: mostly small, some of several pages, one a repeat."""
    choose = random.Random(number)
    entries = [
        kit.entry(stream, number * 32 + at, length=choose.choice((90, 120, 700)))
        for stream in range(STREAMS)
        for at in range(choose.choice((1, 2, 9, 30)))
    ]
    entries.append(kit.entry(9, number, length=9_000))
    return [*entries, entries[0]]


def mark(descriptor: int, text: str) -> None:
    """Tell the outside world."""
    os.write(descriptor, f"{text}\n".encode())


def write(log: Log, marks: int, rounds: range) -> None:
    """Append and seal."""
    for number in rounds:
        places = log.append(batch(number))
        mark(marks, f"appended {number} {','.join(str(place.index) for place in places)}")
        if number % 3 != 1:
            head = log.seal()
            if head is not None:
                mark(marks, f"published {head.size} {head.root.hex()}")


def main() -> None:
    """Create the log, or go on with it; the first time in two goes, since opening writes too."""
    folder, marks_path, first, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    marks = os.open(marks_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    middle = first + rounds // 2
    if first == 0:
        try:
            log = kit.create(folder, wal_pages=WAL_PAGES)
        except LogExists:  # a run before this one was killed between creating and saying so
            log = kit.reopen(folder, wal_pages=WAL_PAGES)
        mark(marks, f"published {log.head.size} {log.head.root.hex()}")
        write(log, marks, range(middle))
        log.close()
    log = kit.reopen(folder, wal_pages=WAL_PAGES)
    mark(marks, f"published {log.head.size} {log.head.root.hex()}")
    write(log, marks, range(middle if first == 0 else first, first + rounds))
    log.close()


if __name__ == "__main__":
    main()
