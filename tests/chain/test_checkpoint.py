"""Checkpoints: strict both ways, and those of another implementation."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import checkpoint, note, tiles
from tally_chain.checkpoint import Checkpoint
from tally_chain.errors import CheckpointError, NoteError
from tally_chain.tree import EMPTY_ROOT, LeafNodes, consistency_path, leaf_hash, root_of, verify_consistency
from tally_edge import keys, signer

TESSERA = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "tessera-tlog-tiles" / "testdata" / "log"
TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
KEY = signer.generate(keys.EDDSA)
VERIFIER = note.verifier_key_of("tallystick.example/a/1", KEY)


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(st.sampled_from(["x", "y z"])))
def test_a_checkpoint_reads_back(size: int, root: bytes, extensions: list[str]) -> None:
    there = Checkpoint("tallystick.example/a/1", size, root, tuple(extensions))
    assert checkpoint.decode(there.encode()) == there
    assert checkpoint.open_signed(checkpoint.sign(there, KEY), VERIFIER) == there


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "newline"),
        (f"o\n1\n{ROOT_TEXT}", "newline"),
        ("o\n1\n", "three lines"),
        (f"\n1\n{ROOT_TEXT}\n", "origin is empty"),
        (f"o\n01\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n+1\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n 1\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n1_0\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n١\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n-1\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n{2**63}\n{ROOT_TEXT}\n", "not a size"),
        (f"o\n1\n{ROOT_TEXT[:-4]}\n", "32 bytes"),
        (f"o\n1\n{ROOT_TEXT[:-1]}\n", "base64"),
        (f"o\n1\n {ROOT_TEXT}\n", "base64"),
        (f"o\n1\n{ROOT_TEXT[:-2]}9=\n", "32 bytes"),
        (f"o\n1\n{ROOT_TEXT}\n\n", "extension"),
        (f"o\n0\n{ROOT_TEXT}\n", "empty log"),
    ],
)
def test_a_malformed_checkpoint_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(CheckpointError, match=says):
        checkpoint.decode(text)


def test_a_checkpoint_of_another_log_or_key_is_refused() -> None:
    data = checkpoint.sign(Checkpoint("tallystick.example/a/1", 1, ROOT), KEY)
    other = note.verifier_key_of("tallystick.example/a/2", KEY)
    with pytest.raises(CheckpointError, match="is of"):
        checkpoint.open_signed(data, other)
    stranger = note.verifier_key_of("tallystick.example/a/1", signer.generate(keys.EDDSA))
    with pytest.raises(NoteError, match="not signed"):
        checkpoint.open_signed(data, stranger)


def test_an_origin_that_would_forge_lines_is_not_written() -> None:
    with pytest.raises(CheckpointError):
        Checkpoint("a\nb", 1, ROOT).encode()
    assert checkpoint.decode(Checkpoint("o", 0, EMPTY_ROOT).encode()).size == 0


@pytest.mark.shared
@pytest.mark.skipif(not TESSERA.is_dir(), reason="../shared is absent")
def test_checkpoints_of_another_implementation() -> None:
    key = note.decode_verifier_key(TESSERA_KEY)
    entries = tiles.decode_entries((TESSERA / "tile/entries/000.p/15").read_bytes(), 15)
    leaves = [leaf_hash(entry) for entry in entries]
    seen = [checkpoint.open_signed((TESSERA / f"checkpoint.{size}").read_bytes(), key) for size in range(16)]
    assert [each.size for each in seen] == list(range(16))
    for each in seen:
        assert each.root == root_of(leaves[: each.size])
        if each.size:
            path = consistency_path(LeafNodes(leaves), each.size, 15)
            verify_consistency(each.size, each.root, 15, seen[15].root, path)
    assert (TESSERA / "checkpoint").read_bytes() == (TESSERA / "checkpoint.15").read_bytes()
    for size in range(16):
        data = (TESSERA / f"checkpoint.{size}").read_bytes()
        assert note.decode(data).encode() == data
