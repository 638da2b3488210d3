"""The tally notices what it is there for."""

from __future__ import annotations

import dataclasses

from tally_chain.anchoring.reading import Anchor
from tests.chain.contracts import oracle
from tests.chain.nodes.ledger import Tally, count

SIZES = (4, 9, 20)
JOURNAL = {size: (oracle.root(0, size), "final") for size in SIZES}
BLOCKS = {size: bytes([size]) * 32 for size in SIZES}
HISTORY = [
    Anchor(size, oracle.root(0, size), place, 0, size, BLOCKS[size], size, bytes([size]) * 32)
    for place, size in enumerate(SIZES, 1)
]
SAID = [["born", "1"], *(["submitted", str(size)] for size in SIZES)]
SAID += [["final", str(size), BLOCKS[size].hex()] for size in SIZES]


def test_what_is_well() -> None:
    tally = count(HISTORY, JOURNAL, SAID, 3)
    assert tally == Tally(3, 3, 0, 0, 0, 0, 0, 0, 1, 0)
    assert tally.holds()


def test_what_is_not() -> None:
    moved = dataclasses.replace(HISTORY[1], block_hash=bytes(32))
    forked = dataclasses.replace(HISTORY[1], root=bytes(32))
    forgotten = {size: kept for size, kept in JOURNAL.items() if size != 9}
    waiting = JOURNAL | {9: (oracle.root(0, 9), "sent")}
    cases = [
        (count([HISTORY[0], HISTORY[2]], JOURNAL, SAID, 2), "lost"),
        (count(HISTORY, forgotten, SAID, 3), "lost"),
        (count(HISTORY, waiting, SAID, 3), "lost"),
        (count([*HISTORY, HISTORY[1]], JOURNAL, SAID, 4), "doubled"),
        (count([HISTORY[0], forked, HISTORY[2]], JOURNAL, SAID, 3), "foreign"),
        (count([HISTORY[0], moved, HISTORY[2]], JOURNAL, SAID, 3), "taken_back"),
    ]
    for tally, figure in cases:
        assert getattr(tally, figure) == 1, figure
        assert not tally.holds()
