"""The log's one writer: places, duplicates, forks, seals, proofs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import checkpoint
from tally_chain.errors import TreeError
from tally_edge import statement, wire
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.statement import Kind
from tally_gateway.errors import LogBroken, LogError, LogLocked
from tally_gateway.log.reader import LogReader
from tally_gateway.log.records import COUNTED_ONLY, Entry, Fork, Place
from tally_gateway.log.writer import Log
from tests.gateway.log import kit
from tests.gateway.log.kit import entry, kid


def new(index: int) -> Place:
    return Place(index, duplicate=False)


def known(index: int) -> Place:
    return Place(index, duplicate=True)


def test_a_new_log_begins_with_its_opening(tmp_path: Path) -> None:
    before = Predecessor(bytes(32), 17, bytes(range(32)))
    log = kit.create(tmp_path / "gateway", predecessor=before)
    opening = statement.decode(log.entry(0))
    opening.verify(kit.PROOF_SIGNER.public_key)
    assert opening.claims.kind is Kind.LOG_OPENING
    assert wire.decode(LogOpening, opening.payload) == LogOpening(
        kit.LOG_ID, kit.ORIGIN, kit.VERIFIER.encode(), kit.PROOF_SIGNER.public_key.encode(), kit.NOW, before
    )
    assert log.size == log.head.size == 1
    kit.check_whole(tmp_path / "gateway", log, [])
    log.close()


def test_places_duplicates_forks(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    a0, a1, b0 = entry(1, 0), entry(1, 1), entry(2, 0)
    assert log.append([a0, b0, a0]) == [new(1), new(2), known(1)]
    assert log.append([a1, a0, b0]) == [new(3), known(1), known(2)]
    late, early = entry(2, 9), entry(2, 5)
    assert log.append([late, early]) == [new(4), new(5)]
    assert log.last_of(kid(2)) == (9, 4)
    fork, third = entry(1, 1, variant=1), entry(1, 1, variant=2)
    assert log.append([fork, third, fork, a1, third]) == [
        new(6), new(COUNTED_ONLY), known(6), known(3), new(COUNTED_ONLY),
    ]  # fmt: skip
    assert log.append([third]) == [new(COUNTED_ONLY)]
    assert log.forks() == [Fork(kid(1), 1, 3, 6, 3)]
    assert log.indexes_of(kid(1), 0, 1) == [(0, 1), (1, 3), (1, 6)]
    assert log.indexes_of(kid(2), 1, 8) == [(5, 5)]
    assert log.indexes_of(kid(3), 0, 9) == []
    assert log.last_of(kid(3)) is None
    assert log.last_of(kid(1)) == (1, 3)
    alone = Entry(kid(4), None, b"a refusal, say")
    assert log.append([alone, alone]) == [new(7), known(7)]
    assert log.append([alone]) == [known(7)]
    assert log.last_of(kid(4)) is None
    log.seal()
    kit.check_whole(tmp_path, log, [a0, a1, b0, late, early, fork, alone])
    log.close()


def test_duplicates_are_known_after_their_bytes_left_the_database(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    entries = [entry(1, seq) for seq in range(600)]
    log.append(entries)
    log.seal()
    log.close()
    assert kit.state(tmp_path, "SELECT min(idx), max(idx) FROM staged") == [(512, 600)]
    log = kit.reopen(tmp_path)
    assert log.append([entries[3], entries[599], entry(1, 3, variant=1)]) == [known(4), known(600), new(601)]
    assert log.append([entry(1, 3, variant=1), entry(1, 3, variant=2)]) == [known(601), new(COUNTED_ONLY)]
    log.close()


@pytest.mark.parametrize("encoded", [b"", b"x" * 65_536])
def test_what_no_entry_can_be_is_refused_with_its_batch(tmp_path: Path, encoded: bytes) -> None:
    log = kit.create(tmp_path)
    with pytest.raises(LogError, match="bytes"):
        log.append([entry(1, 0), Entry(kid(1), 1, encoded)])
    assert log.size == 1
    assert log.append([entry(1, 0), Entry(kid(1), 1, b"x" * 65_535)]) == [new(1), new(2)]
    log.seal()
    assert log.entry(2) == b"x" * 65_535
    log.close()


STEPS = st.lists(
    st.one_of(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 2)), max_size=60),
        st.sampled_from(["seal", "reopen"]),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(deadline=None, max_examples=25)
def test_any_history_against_a_plain_model(steps: list[object], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = kit.create(folder)
    contents: dict[tuple[int, int], list[int]] = {}
    expected: list[Entry] = []
    for step in steps:
        if step == "seal":
            log.seal()
            kit.check_whole(folder, log, expected)
        elif step == "reopen":
            log.close()
            log = kit.reopen(folder)
        else:
            assert isinstance(step, list)
            answers = log.append([entry(*each) for each in step])
            for (stream, seq, variant), place in zip(step, answers, strict=True):
                there = contents.setdefault((stream, seq), [])
                if variant in there:
                    assert place.duplicate
                elif len(there) == 2:
                    assert place == new(COUNTED_ONLY)
                else:
                    there.append(variant)
                    expected.append(entry(stream, seq, variant))
                    assert place == new(len(expected))
    log.seal()
    kit.check_whole(folder, log, expected)
    assert len(log.forks()) == sum(len(there) == 2 for there in contents.values())
    log.close()


def test_seals_grow_and_end_when_nothing_is_new(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    heads = [log.head]
    expected: list[Entry] = []
    for batch in (1, 253, 1, 1, 300, 256, 1000):
        more = [entry(1, len(expected) + at) for at in range(batch)]
        log.append(more)
        expected += more
        head = log.seal()
        assert head is not None
        assert log.seal() is None
        assert head == log.head
        assert checkpoint.open_signed(head.checkpoint, kit.VERIFIER).root == head.root
        head.signed.verify(head.root, kit.PROOF_SIGNER.public_key)
        heads.append(head)
        kit.check_whole(tmp_path, log, expected)
    assert [head.size for head in heads] == sorted({head.size for head in heads})
    left = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "log").rglob("*.p")}
    assert left == {f"log/tile/{level}" for level in ("entries/007.p", "0/007.p", "1/000.p")}
    log.close()


def test_time_in_heads_does_not_go_back(tmp_path: Path) -> None:
    times = iter([kit.NOW, kit.NOW + 10, kit.NOW - 500, kit.NOW + 11])
    log = Log.create(tmp_path, kit.ORIGIN, kit.CHECKPOINT_SIGNER, kit.PROOF_SIGNER, times.__next__)
    seen = [log.head.at]
    for seq in range(2):
        log.append([entry(1, seq)])
        log.seal()
        seen.append(log.head.at)
        assert log.head.signed.signed_at == log.head.at
    assert seen == [kit.NOW + 10, kit.NOW + 10, kit.NOW + 11]
    log.close()


def test_a_proof_is_of_the_sealed_head(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    entries = [entry(1, seq) for seq in range(700)]
    log.append(entries)
    with pytest.raises(TreeError, match="not under the head of 1 yet"):
        log.proof([1])
    log.seal()
    log.append([entry(2, 0)])
    made = log.proof(list(range(1, 700)), run=(kid(1), 0))
    assert made.run == (kid(1), 0)
    assert made.verify([each.encoded for each in entries[:699]], kit.PROOF_SIGNER.public_key) == log.head.root
    for indexes in ([], list(range(1_025))):
        with pytest.raises(LogError, match="covers"):
            log.proof(indexes)
    with pytest.raises(TreeError):
        log.proof([-1])
    with pytest.raises(TreeError):
        log.entry(702)
    with pytest.raises(TreeError):
        log.entry(-1)
    log.close()


def test_one_writer(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    program = (
        "import sys, pathlib; from tests.gateway.log import kit\n"
        "try: kit.reopen(pathlib.Path(sys.argv[1]))\nexcept Exception as error: print(type(error).__name__, error)"
    )
    asked = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith("LogLocked")
    assert f"process {os.getpid()}" in asked.stdout
    with pytest.raises(LogLocked):
        kit.create(tmp_path)
    log.close()
    kit.reopen(tmp_path).close()


def test_a_head_that_another_writer_moved_is_not_overwritten(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    log.append([entry(1, 0)])
    log._store._db.execute("UPDATE head SET root = zeroblob(32)")
    before = (tmp_path / "log/checkpoint").read_bytes()
    with pytest.raises(LogBroken, match="no longer 1: another writer"):
        log.seal()
    with pytest.raises(LogBroken, match="can not be used"):
        log.append([entry(1, 1)])
    assert (tmp_path / "log/checkpoint").read_bytes() == before
    log.close()


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    log.close()
    log.close()
    with pytest.raises(LogBroken, match="closed"):
        log.append([entry(1, 0)])
    with pytest.raises(LogBroken, match="closed"):
        log.seal()


def test_threads_append_and_seal_at_once(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    done = threading.Event()
    raised: list[BaseException] = []

    def seal() -> None:
        try:
            while not done.is_set():
                head = log.seal()
                if head and head.size > 3:
                    log.proof([1, head.size - 1])
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            raised.append(error)

    sealer = threading.Thread(target=seal)
    sealer.start()
    expected = [entry(stream, seq) for seq in range(150) for stream in range(10)]
    for at in range(0, len(expected), 50):
        log.append(expected[at : at + 50])
        log.nodes.node(0, log.size - 1)
    done.set()
    sealer.join()
    assert not raised
    log.seal()
    kit.check_whole(tmp_path, log, expected)
    log.close()


@pytest.mark.shared
@pytest.mark.skipif(not kit.TLOG_CHECK.is_file(), reason="../shared is absent: no independent checker")
def test_an_independent_checker_agrees(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    chains = [kit.gap_chain(number, 150) for number in range(2)]
    log.append([each for pair in zip(*chains, strict=True) for each in pair])
    log.seal()
    assert kit.tlog_check(tmp_path).startswith("301 entries, root recomputed")
    log.close()


def test_a_reader_finds_an_entry_whose_partial_tile_goes_while_it_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seal removes partial tiles when their full one has come, between a reader's look and its read too."""
    log = kit.create(tmp_path / "gateway")
    log.append([entry(1, seq) for seq in range(20)])
    log.seal()
    reader = LogReader(tmp_path / "gateway")
    log.append([entry(1, seq) for seq in range(20, 600)])
    log.seal()
    monkeypatch.setattr(Path, "exists", lambda _: True)  # what it was a moment ago
    assert reader.entry(5) == entry(1, 4).encoded
    log.close()
