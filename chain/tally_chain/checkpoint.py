"""Checkpoints (C2SP tlog-checkpoint): a log's head as the text of a signed note. Verdict-critical: no IO.

    <origin>
    <size in decimal, no leading zero>
    <base64 of the root, 32 bytes>
    * <extension line, not empty>

This project's logs write no extension lines; those of others are kept as they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from tally_chain import note, tree
from tally_chain.errors import CheckpointError
from tally_chain.note import Note, VerifierKey
from tally_edge.keys import Signer
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's origin, its size in entries, and the RFC 9162 root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def encode(self) -> str:
        """The text that is signed. Raises CheckpointError for what `decode` would not take."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        text = "".join(f"{line}\n" for line in lines)
        if decode(text) != self:
            raise CheckpointError("the origin or an extension reads back as something else")
        return text


def decode(text: str) -> Checkpoint:
    """Parse the text of a checkpoint strictly. Raises CheckpointError."""
    if not text.endswith("\n"):
        raise CheckpointError("does not end in a newline")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise CheckpointError("has fewer than three lines")
    origin, size_text, root_text, *extensions = lines
    if not origin:
        raise CheckpointError("the origin is empty")
    if not _SIZE.fullmatch(size_text) or int(size_text) > MAX_TREE_SIZE:
        raise CheckpointError(f"{size_text[:40]!r} is not a size: a decimal up to 2**63 - 1 without leading zeros")
    if "" in extensions:
        raise CheckpointError("an extension line is empty")
    try:
        root = base64.b64decode(root_text, validate=True)
    except (binascii.Error, ValueError):
        raise CheckpointError("the root is not base64") from None
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != root_text:
        raise CheckpointError(f"the root is not the base64 of {HASH_BYTES} bytes")
    size = int(size_text)
    if size == 0 and root != tree.EMPTY_ROOT:
        raise CheckpointError("the root of an empty log is SHA-256 of nothing")
    return Checkpoint(origin, size, root, tuple(extensions))


def sign(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """`checkpoint` as a note signed by its log: the key's name is the origin. Raises CheckpointError or NoteError."""
    text = checkpoint.encode()
    return Note(text, (note.sign(text, checkpoint.origin, signer),)).encode()


def open_signed(data: bytes, key: VerifierKey) -> Checkpoint:
    """Parse a signed checkpoint and verify that `key`, whose name is the origin, signed it.

    Raises NoteError (CheckpointError below it) for another form, another origin, or a missing or false signature.
    """
    signed = note.decode(data)
    checkpoint = decode(signed.text)
    if checkpoint.origin != key.name:
        raise CheckpointError(f"the checkpoint is of {checkpoint.origin!r}, not of {key.name!r}")
    note.verify(signed, [key])
    return checkpoint
