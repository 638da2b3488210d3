"""A followed log is believed as far as it is proven, and not once it contradicts itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import checkpoint, note
from tally_chain.checkpoint import Checkpoint
from tally_chain.errors import CheckpointError, NoteError
from tally_chain.tree import leaf_hash, root_of
from tally_finance.errors import LogContradictsError, WatchError
from tally_finance.watch.mirror import Mirror, leaves_of, tiles_between
from tests.world import ed

ORIGIN = "tallystick.example/mill/1"
LOG_KEY = ed("log of the mirror")
VKEY = note.verifier_key_of(ORIGIN, LOG_KEY)


def signed(entries: list[bytes], size: int | None = None, origin: str = ORIGIN) -> bytes:
    part = entries if size is None else entries[:size]
    return checkpoint.sign(Checkpoint(origin, len(part), root_of(map(leaf_hash, part))), LOG_KEY)


def grow(mirror: Mirror, entries: list[bytes], size: int) -> list[tuple[int, bytes]]:
    data = signed(entries, size)
    head = mirror.open(data)
    if head.size > mirror.size:
        mirror.extend(data, head, [leaf_hash(entry) for entry in entries[mirror.size : size]])
    return mirror.take(entries[mirror.read : size])


ENTRIES = [f"entry {number}".encode() for number in range(40)]


@given(st.lists(st.integers(0, 40)))
def test_whatever_way_a_log_grows_every_entry_is_read_once(sizes: list[int]) -> None:
    mirror, read = Mirror(VKEY), []
    for size in sorted(sizes):
        read += grow(mirror, ENTRIES, size)
        assert mirror.size == mirror.read == size
        assert mirror.root == root_of(map(leaf_hash, ENTRIES[:size]))
    assert read == list(enumerate(ENTRIES[: max(sizes, default=0)]))


@given(st.integers(1, 39), st.integers(0, 38), st.integers(0, 1))
def test_a_log_that_changes_one_entry_contradicts_itself(known: int, changed: int, more: int) -> None:
    changed = min(changed, known - 1)
    mirror = Mirror(VKEY)
    grow(mirror, ENTRIES, known)
    other = [*ENTRIES[:changed], b"another", *ENTRIES[changed + 1 :]]
    with pytest.raises(LogContradictsError):
        grow(mirror, other, known + more)
    assert mirror.size == known
    assert mirror.checkpoint == signed(ENTRIES, known)


def test_a_log_that_goes_back_contradicts_itself() -> None:
    mirror = Mirror(VKEY)
    grow(mirror, ENTRIES, 9)
    with pytest.raises(LogContradictsError, match="8 entries, and had 9"):
        mirror.open(signed(ENTRIES, 8))


def test_a_checkpoint_of_another_key_or_log_is_none() -> None:
    mirror = Mirror(VKEY)
    forged = checkpoint.sign(Checkpoint(ORIGIN, 1, root_of([leaf_hash(b"x")])), ed("somebody"))
    with pytest.raises(NoteError):
        mirror.open(forged)
    with pytest.raises(CheckpointError, match="not of"):
        mirror.open(signed(ENTRIES, origin="another.example/log"))


def test_an_entry_that_is_not_the_trees_is_not_taken() -> None:
    mirror = Mirror(VKEY)
    data = signed(ENTRIES, 3)
    mirror.extend(data, mirror.open(data), [leaf_hash(entry) for entry in ENTRIES[:3]])
    with pytest.raises(WatchError, match="entry 1 is not"):
        mirror.take([ENTRIES[0], b"another"])
    assert mirror.read == 0
    with pytest.raises(WatchError, match="entry 3"):
        mirror.take(ENTRIES[:4])
    assert mirror.take(ENTRIES[:3]) == list(enumerate(ENTRIES[:3]))


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_tiles_cover_what_is_new_and_nothing_twice(start: int, more: int) -> None:
    covered: list[int] = []
    for name, known in tiles_between(None, start, start + more):
        assert 1 <= name.width <= 256
        covered += range(name.number * 256 + known, name.number * 256 + name.width)
    assert covered == list(range(start, start + more))


def test_a_tile_that_is_too_short_is_refused() -> None:
    with pytest.raises(WatchError, match="2 hashes has 63 bytes"):
        leaves_of(bytes(63), 2)
    assert leaves_of(bytes(96), 2) == [bytes(32)] * 2
