"""What must hold of a log that a crash left, given what the outside world was told before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tally_chain import tree
from tally_gateway.errors import LogMissing
from tally_gateway.log.reader import LogReader
from tests.gateway.log import kit
from tests.gateway.log.crash.writing import WAL_PAGES, batch


@dataclass
class Told:
    """The acknowledgements so far: index -> bytes, and the published heads."""

    placed: dict[int, bytes] = field(default_factory=dict)
    published: list[tuple[int, bytes]] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """One line of the writer's marks."""
        word, first, second = line.split()
        if word == "published":
            self.published.append((int(first), bytes.fromhex(second)))
            return
        for index, entry in zip(second.split(","), batch(int(first)), strict=True):
            known = self.placed.setdefault(int(index), entry.encoded)
            assert known == entry.encoded, "one index was promised to two statements"


def judge(folder: Path, told: Told) -> None:
    """Open what is in `folder` and hold it to what was told. Raises AssertionError, or the log's own refusal."""
    if told.published:
        # Readers go by the files, before any writer is back.
        size, root = told.published[-1]
        reader = LogReader(folder, kit.VERIFIER)
        assert reader.size >= size, f"a reader sees {reader.size}, {size} was published"
        assert tree.subtree_root(reader.nodes, 0, size) == root
    try:
        log = kit.reopen(folder, wal_pages=WAL_PAGES)
    except LogMissing:
        assert not told.published, "the log is gone"
        log = kit.create(folder, wal_pages=WAL_PAGES)
    try:
        entries = [log.entry(index) for index in range(log.size)]
        for index, encoded in told.placed.items():
            assert index < len(entries), f"statement {index} is lost; the log has {len(entries)}"
            assert entries[index] == encoded, f"another statement stands at {index}"
        assert len(set(entries)) == len(entries), "a statement stands twice"
        for size, root in told.published:
            assert log.head.size >= size, f"the head is at {log.head.size}, {size} was published"
            assert tree.subtree_root(log.nodes, 0, size) == root, f"the tree at {size} is not what was published"
        # It goes on: what comes again is known, what is new is taken, and the files add up.
        again = [kit.entry(77, 0), *(each for number in range(2) for each in batch(number))]
        places = log.append(again)
        assert places[0].index == len(entries)
        assert all(log.entry(place.index) == each.encoded for place, each in zip(places, again, strict=True))
        log.seal()
        assert len(kit.check_files(folder)) == log.size
    finally:
        log.close()
