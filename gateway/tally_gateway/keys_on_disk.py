"""The gateway's key files: which they are, how they are made and opened. Each purpose has a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable, keys, signer
from tally_edge.signer import FileSigner

FOLDER: Final = "keys"
CHECKPOINT_KEY: Final = "checkpoint.pem"
PROOF_KEY: Final = "proof.pem"


@dataclass(frozen=True, slots=True)
class LogSigners:
    """Ed25519 for checkpoints (C2SP notes have nothing else), P-256 for proofs and refusals (every COSE library has
    it)."""

    checkpoint: FileSigner
    proof: FileSigner


def create(folder: Path, passphrase: str) -> LogSigners:
    """Make both keys below `folder`. Raises KeyStoreError when one exists or the passphrase is too short."""
    durable.make_folder(folder / FOLDER, mode=0o700)
    made = LogSigners(signer.generate(keys.EDDSA), signer.generate(keys.ES256))
    made.checkpoint.save(folder / FOLDER / CHECKPOINT_KEY, passphrase)
    made.proof.save(folder / FOLDER / PROOF_KEY, passphrase)
    return made


def complete(folder: Path, passphrase: str) -> LogSigners:
    """Open the keys that are there, then make those that a founding that was cut short lacks. Raises KeyStoreError."""
    durable.make_folder(folder / FOLDER, mode=0o700)
    paths = [folder / FOLDER / name for name in (CHECKPOINT_KEY, PROOF_KEY)]
    known = {path: signer.load(path, passphrase) for path in paths if path.exists()}
    for path, algorithm in zip(paths, (keys.EDDSA, keys.ES256), strict=True):
        if path not in known:
            known[path] = signer.generate(algorithm)
            known[path].save(path, passphrase)
    return LogSigners(*(known[path] for path in paths))


def load(folder: Path, passphrase: str) -> LogSigners:
    """Open both keys. Raises KeyStoreError."""
    return LogSigners(
        signer.load(folder / FOLDER / CHECKPOINT_KEY, passphrase), signer.load(folder / FOLDER / PROOF_KEY, passphrase)
    )
