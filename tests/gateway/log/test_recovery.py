"""Opening a log that a crash, a restore or a hand has changed: it goes on, or refuses and names the file."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tally_chain import checkpoint
from tally_chain.checkpoint import Checkpoint
from tally_edge.signer import FileSigner
from tally_gateway.errors import LogBehind, LogDamaged, LogForeign, LogMissing
from tally_gateway.log.reader import LogReader
from tally_gateway.log.writer import Log
from tests.gateway.log import kit
from tests.gateway.log.kit import entry

ENTRIES = [entry(stream, seq) for seq in range(200) for stream in range(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed log of 601 entries under its head."""
    log = kit.create(tmp_path / "gateway")
    log.append(ENTRIES)
    log.seal()
    log.close()
    return tmp_path / "gateway"


def check(folder: Path, floor: tuple[int, bytes] | None = None) -> None:
    """It opens, has everything, and goes on."""
    log = kit.reopen(folder, floor)
    more = [entry(50, seq) for seq in range(3)]
    log.append(more)
    log.seal()
    kit.check_whole(folder, log, [*ENTRIES, *more])
    log.close()


def test_committed_and_not_tiled(folder: Path) -> None:
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    assert (log.size, log.head.size) == (602, 601)
    log.close()
    check(folder)


def test_tiles_written_and_head_not_swapped(folder: Path) -> None:
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    log._write_tiles(log._edge.copy(), log.head.size)
    log.close()
    assert (folder / "log/tile/0/002.p/90").exists()
    check(folder)


def test_head_swapped_and_checkpoint_old_or_missing(folder: Path) -> None:
    before = (folder / "log/checkpoint").read_bytes()
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    head = log.seal()
    log.close()
    assert head is not None
    (folder / "log/checkpoint").write_bytes(before)
    kit.reopen(folder).close()
    assert (folder / "log/checkpoint").read_bytes() == head.checkpoint
    (folder / "log/checkpoint").unlink()
    check(folder)


def test_temporary_files_and_partials_of_full_tiles_are_swept(folder: Path) -> None:
    strays = [folder / "log/tile/0/.003.77.tmp", folder / "log/tile/0/002.p/.90.77.tmp"]
    left = folder / "log/tile/entries/001.p/7"
    left.parent.mkdir()
    left.write_bytes(b"old")
    for stray in strays:
        stray.write_bytes(b"half")
    check(folder)
    assert not any(path.exists() for path in (*strays, left.parent))


def test_an_older_database_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "state.sqlite", tmp_path / "backup")
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    log.seal()
    log.close()
    shutil.copy(tmp_path / "backup", folder / "state.sqlite")
    with pytest.raises(LogBehind, match=r"stands at 601, but .*checkpoint was published at 602"):
        kit.reopen(folder)


def test_the_floor_binds(folder: Path) -> None:
    log = kit.reopen(folder)
    size, root = log.head.size, log.head.root
    log.close()
    check(folder, (size, root))
    check(folder, (1, LogReader(folder).nodes.node(0, 0)))
    with pytest.raises(LogBehind, match="but 605 are anchored"):
        kit.reopen(folder, (605, root))
    with pytest.raises(LogDamaged, match="the root at 601 differs"):
        kit.reopen(folder, (601, bytes(32)))


def test_the_folder_or_the_key_of_another_log_is_refused(folder: Path) -> None:
    with pytest.raises(LogForeign, match="is the log of"):
        kit.reopen(folder, origin="tallystick.example/other/1")
    other = FileSigner(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(LogForeign, match="checkpoint key"):
        Log.open(folder, other, kit.PROOF_SIGNER, kit.clock, None)
    another = FileSigner(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(LogForeign, match="proof key"):
        Log.open(folder, kit.CHECKPOINT_SIGNER, another, kit.clock, None)
    foreign = Checkpoint("tallystick.example/other/1", 601, bytes(32))
    (folder / "log/checkpoint").write_bytes(checkpoint.sign(foreign, kit.CHECKPOINT_SIGNER))
    with pytest.raises(LogDamaged, match=r"is of 'tallystick\.example/other/1'"):
        kit.reopen(folder)


def test_a_published_head_of_another_history_is_refused(folder: Path) -> None:
    forged = Checkpoint(kit.ORIGIN, 600, bytes(32))
    (folder / "log/checkpoint").write_bytes(checkpoint.sign(forged, kit.CHECKPOINT_SIGNER))
    with pytest.raises(LogDamaged, match="the root at 600 differs"):
        kit.reopen(folder)


RIGHT_EDGE = ["tile/0/002.p/89", "tile/1/000.p/2", "tile/entries/002.p/89", "tile/0/001"]


@pytest.mark.parametrize("path", RIGHT_EDGE)
def test_a_missing_tile_of_the_right_edge_is_named(folder: Path, path: str) -> None:
    (folder / "log" / path).unlink()
    with pytest.raises(LogDamaged, match=path.replace(".", r"\.")):
        kit.reopen(folder)


@pytest.mark.parametrize("path", [*RIGHT_EDGE, "checkpoint"])
@pytest.mark.parametrize("change", ["flip", "cut", "longer"])
def test_an_altered_file_of_the_right_edge_is_named(folder: Path, path: str, change: str) -> None:
    target = folder / "log" / path
    data = bytearray(target.read_bytes())
    match change:
        case "flip":
            data[len(data) // 2] ^= 1
        case "cut":
            del data[-1]
        case _:
            data += b"\x00"
    target.write_bytes(data)
    with pytest.raises(LogDamaged, match=path.replace(".", r"\.")):
        kit.reopen(folder)


def test_an_altered_old_tile_is_named_where_it_is_read(folder: Path) -> None:
    for path, index in (("tile/0/000", 5), ("tile/entries/000", 5)):
        target = folder / "log" / path
        good = target.read_bytes()
        target.write_bytes(good[:700] + bytes([good[700] ^ 1]) + good[701:])
        log = kit.reopen(folder)
        with pytest.raises(LogDamaged, match=path):
            [log.entry(at) for at in range(index + 1)]
        with pytest.raises(LogDamaged, match=path):
            [LogReader(folder).entry(at) for at in range(index + 1)]
        log.close()
        target.write_bytes(good)


def test_a_tile_is_never_changed(folder: Path) -> None:
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    (folder / "log/tile/0/002.p/90").write_bytes(bytes(32 * 90))
    with pytest.raises(LogDamaged, match="holds other bytes"):
        log.seal()
    assert log.head.size == 601
    log.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("DELETE FROM staged WHERE idx = 550", "lost or altered a statement in 512..600"),
        ("DELETE FROM staged", "has lost the statements 512..600"),
        ("DELETE FROM staged WHERE idx < 520", "holds the statements 520..601"),
        ("DELETE FROM staged WHERE idx = 601", None),
        ("UPDATE staged SET encoded = x'00' WHERE idx = 601", "lost or altered a statement in 601..601"),
        ("UPDATE head SET root = zeroblob(32)", "do not lead to the root"),
        ("UPDATE log SET format = 99", "has format 99"),
        ("DELETE FROM log", "has format None"),
    ],
)
def test_a_changed_database_is_refused(folder: Path, change: str, says: str | None) -> None:
    log = kit.reopen(folder)
    log.append([entry(50, 0)])
    log.close()
    connection = sqlite3.connect(folder / "state.sqlite")
    connection.execute(change)
    connection.commit()
    connection.close()
    if says is None:  # as if it had never been committed
        kit.reopen(folder).close()
    else:
        with pytest.raises(LogDamaged, match=re.escape(says)):
            kit.reopen(folder)


@pytest.mark.parametrize("keep", [0, 50, 4_000, 9_000])
def test_a_torn_database_is_refused(folder: Path, keep: int) -> None:
    path = folder / "state.sqlite"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises((LogDamaged, LogMissing), match=r"state\.sqlite|creation was cut short"):
        kit.reopen(folder)


def test_no_log_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LogMissing, match=r"no state\.sqlite"):
        kit.reopen(tmp_path)
    with pytest.raises(LogMissing, match="checkpoint is missing"):
        LogReader(tmp_path)


def test_a_reader_beside_the_writer(folder: Path) -> None:
    log = kit.reopen(folder)
    reader = LogReader(folder, kit.VERIFIER)
    assert not reader.refresh()
    log.append([entry(60, seq) for seq in range(500)])
    log.seal()
    assert reader.size == 601
    assert reader.entry(600) == log.entry(600)  # its partial tile is gone; the full one serves
    assert reader.nodes.node(0, 600) == log.nodes.node(0, 600)
    again = LogReader(folder)
    assert reader.refresh()
    assert reader.size == again.size == 1101
    assert [reader.entry(index) for index in range(1101)] == kit.check_files(folder)
    assert reader.signed_checkpoint == log.head.checkpoint
    assert reader.checkpoint.root == log.head.root
    stranger = FileSigner(ed25519.Ed25519PrivateKey.generate())
    (folder / "log/checkpoint").write_bytes(checkpoint.sign(reader.checkpoint, stranger))
    with pytest.raises(LogDamaged, match="not signed by"):
        reader.refresh()
    (folder / "log/checkpoint").write_bytes(
        checkpoint.sign(Checkpoint(kit.ORIGIN, 601, bytes(32)), kit.CHECKPOINT_SIGNER)
    )
    with pytest.raises(LogDamaged, match="went back from 1101 to 601"):
        reader.refresh()
    log.close()


def test_a_reader_of_an_older_head_meets_only_the_full_tile(folder: Path) -> None:
    """A mirror's copy: the checkpoint is old, and its partial tiles have given way."""
    old = (folder / "log/checkpoint").read_bytes()
    log = kit.reopen(folder)
    log.append([entry(60, seq) for seq in range(500)])
    log.seal()
    log.close()
    (folder / "log/checkpoint").write_bytes(old)
    reader = LogReader(folder)
    assert not (folder / "log/tile/0/002.p").exists()
    assert [reader.entry(index) for index in range(601)][1:] == [each.encoded for each in ENTRIES]
    (folder / "log/tile/1/000.p/2").unlink()  # this one has not given way to a full one yet
    with pytest.raises(LogDamaged, match=r"tile/1/000\.p/2 is missing"):
        LogReader(folder)


def test_opening_reads_no_more_of_a_longer_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    read_bytes = Path.read_bytes

    def counted(self: Path) -> bytes:
        reads.append(self)
        return read_bytes(self)

    log = kit.create(tmp_path)
    counts = []
    for step in range(2):
        for seq in range(0, 20_000, 500):
            log.append([entry(step, seq + at) for at in range(500)])
        log.seal()
        log.close()
        reads.clear()
        monkeypatch.setattr(Path, "read_bytes", counted)
        log = kit.reopen(tmp_path)
        monkeypatch.undo()
        counts.append(len(reads))
    log.close()
    assert counts[0] == counts[1] < 12
