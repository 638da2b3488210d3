"""What must be true of a log after any number of kills, worked out from the files alone.

signed      every statement that the device's outbox holds, and every one that was seen on the wire
lost        signed, or confirmed, and neither in the log nor waiting in the outbox
doubled     in the log more than once
forked      one (kid, seq) with two contents, wherever they were seen
broken      a link, a number, a checkpoint or a confirmation that the final tree contradicts
"""

from __future__ import annotations

import collections
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tally_chain import checkpoint, note, tiles, tree
from tally_chain.checkpoint import Checkpoint
from tally_chain.note import VerifierKey
from tally_edge import proof, statement
from tally_edge.agent import outbox_tables
from tally_edge.agent.outbox import EntryState
from tally_edge.errors import SignatureError
from tally_edge.keys import PublicKey, Signer
from tally_edge.proof import leaf_hash
from tally_edge.statement import NO_PREV, Statement


@dataclass
class Seen:
    """What an observer saw while the world lived: published checkpoints, confirmations, statements on the wire."""

    checkpoints: set[bytes] = field(default_factory=set)
    confirmations: set[bytes] = field(default_factory=set)
    wire: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Box:
    """The device's own record: every statement it signed, in order, and where each stands."""

    kid: bytes
    next_seq: int
    entries: dict[int, tuple[bytes, EntryState]]


@dataclass
class Tally:
    """The account. `faults` says in words what is wrong; empty when all is well."""

    signed: int = 0
    logged: int = 0
    waiting: int = 0
    confirmed: int = 0
    lost: int = 0
    doubled: int = 0
    forked: int = 0
    heads: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.signed} signed, {self.logged} in the log, {self.waiting} still waiting, "
            f"{self.confirmed} confirmed, {self.heads} heads: "
            f"{self.lost} lost, {self.doubled} doubled, {self.forked} forked"
        )


def entries_of(log: Path) -> tuple[Checkpoint, bytes, list[bytes]]:
    """The checkpoint of a tlog-tiles folder, its bytes, and the raw entries below it. Nothing is believed yet."""
    signed = (log / "checkpoint").read_bytes()
    head = checkpoint.decode(note.decode(signed).text)
    entries: list[bytes] = []
    for first in range(0, head.size, tiles.TILE_WIDTH):
        width = min(tiles.TILE_WIDTH, head.size - first)
        name = log / "tile" / "entries" / tiles.number_path(first // tiles.TILE_WIDTH)
        whole = name if width == tiles.TILE_WIDTH else name.with_name(name.name + ".p") / str(width)
        entries += tiles.decode_entries(whole.read_bytes(), width)
    return head, signed, entries


def write_log(log: Path, origin: str, entries: Sequence[bytes], signer: Signer) -> None:
    """Write entries and a checkpoint signed over them: what whoever holds the gateway's key could put there."""
    for first in range(0, len(entries), tiles.TILE_WIDTH):
        chunk = entries[first : first + tiles.TILE_WIDTH]
        name = log / "tile" / "entries" / tiles.number_path(first // tiles.TILE_WIDTH)
        whole = name if len(chunk) == tiles.TILE_WIDTH else name.with_name(name.name + ".p") / str(len(chunk))
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(tiles.encode_entries(chunk))
    root = tree.root_of(leaf_hash(entry) for entry in entries)
    (log / "checkpoint").write_bytes(checkpoint.sign(Checkpoint(origin, len(entries), root), signer))


def box_of(folder: Path) -> Box:
    """Read an agent's outbox; the agent does not run."""
    database = outbox_tables.connect_to_look(folder)
    try:
        kid, next_seq = database.execute("SELECT kid, next_seq FROM stream").fetchone()
        rows = database.execute("SELECT seq, encoded, state FROM entry ORDER BY seq").fetchall()
    finally:
        database.close()
    return Box(bytes(kid), next_seq, {seq: (bytes(encoded), EntryState(state)) for seq, encoded, state in rows})


def newest_confirmation(folder: Path) -> bytes | None:
    """What the agent holds just now; None where it can not be read at this moment."""
    try:
        database = sqlite3.connect(f"file:{folder / outbox_tables.DATABASE}?mode=ro", uri=True, timeout=0.2)
    except sqlite3.Error:
        return None
    try:
        (found,) = database.execute("SELECT confirmation FROM stream").fetchone()
    except (sqlite3.Error, TypeError):
        return None
    finally:
        database.close()
    return None if found is None else bytes(found)


def judge(log: Path, box: Box, seen: Seen, vkey: VerifierKey, proof_key: PublicKey) -> Tally:
    """The account of one log and one device."""
    tally = Tally()
    head, signed_head, entries = entries_of(log)
    leaves = [leaf_hash(entry) for entry in entries]
    if tree.root_of(leaves) != head.root:
        tally.faults.append("the entries do not make the root of the checkpoint")
    _check_heads(tally, leaves, {*seen.checkpoints, signed_head}, vkey)
    _check_confirmations(tally, leaves, box, seen.confirmations, proof_key)
    _check_stream(tally, [entry for entry in entries if _kid_of(entry) == box.kid], box, seen.wire)
    return tally


def _check_heads(tally: Tally, leaves: list[bytes], checkpoints: set[bytes], vkey: VerifierKey) -> None:
    """Every published checkpoint is signed, and the final tree continues it: by its root, and by a proof that says so.

    Two checkpoints of one size are one tree."""
    nodes, root = tree.LeafNodes(leaves), tree.root_of(leaves)
    roots = _roots(leaves)
    for signed in checkpoints:
        head = checkpoint.open_signed(signed, vkey)
        tally.heads += 1
        if head.size > len(leaves):
            tally.faults.append(f"a checkpoint of size {head.size} was published, the log ends at {len(leaves)}")
        elif roots[head.size] != head.root:
            tally.faults.append(f"the checkpoint of size {head.size} is of another tree")
        elif head.size < len(leaves):
            path = tree.consistency_path(nodes, head.size, len(leaves))
            tree.verify_consistency(head.size, head.root, len(leaves), root, path)


def _roots(leaves: list[bytes]) -> list[bytes]:
    """The root of every prefix."""
    grown = tree.CompactRange()
    roots = [tree.root_of([])]
    for leaf in leaves:
        grown.append(leaf)
        roots.append(grown.root())
    return roots


def _check_confirmations(
    tally: Tally, leaves: list[bytes], box: Box, confirmations: set[bytes], proof_key: PublicKey
) -> None:
    """Every confirmation that was ever seen is signed over a head of the final tree, and names the right places."""
    roots = _roots(leaves)
    for encoded in confirmations:
        confirmed = proof.decode(encoded)
        if confirmed.run is None or confirmed.run[0] != box.kid:
            continue
        if confirmed.head.size > len(leaves):
            tally.faults.append(f"a confirmation at size {confirmed.head.size}, the log ends at {len(leaves)}")
            continue
        try:
            confirmed.head.verify(roots[confirmed.head.size], proof_key)
        except SignatureError:
            tally.faults.append(f"a confirmation at size {confirmed.head.size} is of another tree")
        for number, place in enumerate(confirmed.paths):
            own = box.entries.get(confirmed.run[1] + number)
            if own is None or leaves[place.index] != leaf_hash(own[0]):
                tally.lost += 1
                tally.faults.append(
                    f"seq {confirmed.run[1] + number} was confirmed and does not stand at {place.index}"
                )


def _check_stream(tally: Tally, logged: list[bytes], box: Box, wire: set[bytes]) -> None:
    counted = collections.Counter(logged)
    tally.logged = len(logged)
    signed = {encoded for encoded, _ in box.entries.values()}
    on_wire = {encoded for encoded in wire if _kid_of(encoded) == box.kid}
    tally.signed = len(signed | on_wire)
    for encoded, state in box.entries.values():
        times = counted[encoded]
        tally.waiting += times == 0 and state is EntryState.WAITING
        tally.confirmed += state is EntryState.CONFIRMED
        if times == 0 and state is not EntryState.WAITING:
            tally.lost += 1
            tally.faults.append(f"a {state.name.lower()} statement is not in the log")
    for encoded, times in counted.items():
        if times > 1:
            tally.doubled += times - 1
            tally.faults.append(f"seq {_decoded(encoded).claims.seq} stands in the log {times} times")
    _check_contents(tally, [*signed, *on_wire, *counted], box)


def _check_contents(tally: Tally, everything: list[bytes], box: Box) -> None:
    """Numbers without holes, one content each, linked."""
    by_seq: dict[int, set[bytes]] = {}
    for encoded in everything:
        by_seq.setdefault(_decoded(encoded).claims.seq or 0, set()).add(encoded)
    for seq, contents in by_seq.items():
        if len(contents) > 1:
            tally.forked += 1
            tally.faults.append(f"seq {seq} has {len(contents)} contents")
    missing = [seq for seq in range(box.next_seq) if seq not in by_seq]
    tally.lost += len(missing)
    if missing:
        tally.faults.append(f"{len(missing)} numbers were used whose statements are nowhere, {missing[0]} first")
    if by_seq and max(by_seq) >= box.next_seq:
        tally.faults.append(f"seq {max(by_seq)} was seen, the device says that it would sign {box.next_seq} next")
    before = NO_PREV
    for seq in sorted(by_seq):
        signed = _decoded(next(iter(by_seq[seq])))
        if signed.claims.prev != before and seq - 1 in by_seq:
            tally.faults.append(f"seq {seq} is not linked to the one before")
        before = signed.id


def _decoded(encoded: bytes) -> Statement:
    return statement.decode(encoded)


def _kid_of(encoded: bytes) -> bytes | None:
    return _decoded(encoded).claims.kid
