"""Statements, keys and logs for these tests, and the oracle that re-derives a log from its files.

Everything is a function of small numbers, so that the subprocesses of the crash tests and their judges agree on it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tally_chain import checkpoint, note, tiles
from tally_chain.tiles import TileName
from tally_chain.tree import leaf_hash, root_of
from tally_edge import proof, statement
from tally_edge.signer import FileSigner
from tally_edge.statement import Claims, Kind
from tally_gateway.log.records import Entry
from tally_gateway.log.writer import Log

ORIGIN = "tallystick.example/steel/5f3c9a"
CHECKPOINT_SIGNER = FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01"))
PROOF_SIGNER = FileSigner(ec.derive_private_key(7, ec.SECP256R1()))
VERIFIER = note.verifier_key_of(ORIGIN, CHECKPOINT_SIGNER)
NOW = 1_800_000_000
TLOG_CHECK = Path(__file__).parents[4] / "shared" / "tools" / "tlog_check.py"


def clock() -> int:
    """A clock that stands still."""
    return NOW


def kid(number: int) -> bytes:
    """The id of key `number`."""
    return hashlib.sha256(b"key %d" % number).digest()


def entry(stream: int, seq: int | None, variant: int = 0, length: int = 120) -> Entry:
    """Some bytes that nothing else has: the log does not look into what it is given."""
    text = b"statement %d %d %d " % (stream, -1 if seq is None else seq, variant)
    return Entry(kid(stream), seq, text + hashlib.shake_128(text).digest(length - len(text)))


@cache
def device(number: int) -> FileSigner:
    """The signer of a device."""
    return FileSigner(ec.derive_private_key(1_000 + number, ec.SECP256R1()))


def gap_chain(number: int, count: int) -> list[Entry]:
    """Real statements of one stream, linked."""
    signer, prev, out = device(number), statement.NO_PREV, []
    for seq in range(count):
        claims = Claims(
            Kind.GAP,
            signer.public_key.kid,
            "urn:dev:a",
            "urn:dev:a",
            NOW + seq,
            seq,
            prev,
            1,
            statement.Clock.SYNCHRONISED,
        )
        signed = statement.sign(claims, b"\xa0", signer)
        out.append(Entry(claims.kid, seq, signed.encoded))
        prev = signed.id
    return out


def create(folder: Path, **options: object) -> Log:
    """A new log."""
    return Log.create(folder, ORIGIN, CHECKPOINT_SIGNER, PROOF_SIGNER, clock, **options)  # type: ignore[arg-type]


def reopen(folder: Path, floor: tuple[int, bytes] | None = None, **options: object) -> Log:
    """The log that stands in `folder`."""
    return Log.open(folder, CHECKPOINT_SIGNER, PROOF_SIGNER, clock, floor, **options)  # type: ignore[arg-type]


def check_files(folder: Path) -> list[bytes]:
    """The oracle: read checkpoint and tiles by their paths alone, re-derive all, and return the entries."""
    log = folder / "log"
    seen = checkpoint.open_signed((log / "checkpoint").read_bytes(), VERIFIER)
    entries: list[bytes] = []
    hashes: list[bytes] = []
    for start in range(0, seen.size, 256):
        width = min(256, seen.size - start)
        number = start // 256
        entries += tiles.decode_entries((log / TileName(None, number, width).path()).read_bytes(), width)
        hashes.append((log / TileName(0, number, width).path()).read_bytes())
    leaves = [leaf_hash(each) for each in entries]
    assert b"".join(hashes) == b"".join(leaves), "level 0 is not the hashes of the entries"
    assert root_of(leaves) == seen.root, "the entries do not lead to the checkpoint's root"
    level = 1
    below = leaves
    while len(below) >= 256:
        below = [root_of(below[at : at + 256]) for at in range(0, len(below) // 256 * 256, 256)]
        for at in range(0, len(below), 256):
            row = below[at : at + 256]
            assert (log / TileName(level, at // 256, len(row)).path()).read_bytes() == b"".join(row)
        level += 1
    return entries


def check_whole(folder: Path, log: Log, expected: Iterable[Entry]) -> None:
    """The oracle after a step: files, log and `expected` agree; each expected statement stands exactly once."""
    entries = check_files(folder)
    assert len(entries) == log.head.size
    assert [log.entry(index) for index in range(log.size)][: log.head.size] == entries
    assert log.nodes.size == log.size
    everything = [log.entry(index) for index in range(log.size)]
    assert len(set(everything)) == len(everything), "a statement stands twice"
    assert set(everything[1:]) == {each.encoded for each in expected}
    for each in expected:
        if each.seq is not None:
            assert (each.seq, everything.index(each.encoded)) in log.indexes_of(each.kid, each.seq, each.seq)
    if log.head.size > 1:
        some = sorted({0, log.head.size // 2, log.head.size - 1})
        assert log.proof(some).verify([entries[at] for at in some], PROOF_SIGNER.public_key) == log.head.root


def state(folder: Path, question: str) -> list[tuple[object, ...]]:
    """Ask the closed log's database."""
    connection = sqlite3.connect(folder / "state.sqlite")
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def tlog_check(folder: Path) -> str:
    """What the independent checker says of a log of real statements. Raises AssertionError if it refuses."""
    done = subprocess.run(
        [sys.executable, str(TLOG_CHECK), str(folder / "log")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


LOG_ID = proof.log_id_of(ORIGIN)
