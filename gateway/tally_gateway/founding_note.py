"""What a founding that is under way keeps beside the keys: what it was asked for, and how far the chain is.

A founding may be cut short anywhere: by a kill, a full disk, a chain that does not answer. Its keys may own a
registered log by then, so it is not begun anew but resumed: asked for the same, it finds its keys and goes on. The note
is the first file that a founding writes, and goes once the settings stand.
"""

from __future__ import annotations

import fcntl
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tally_chain.engine.interface import ChainIdentity
from tally_edge import durable
from tally_gateway.config import FILE_NAME as SETTINGS_NAME
from tally_gateway.config import GatewayConfig, render
from tally_gateway.errors import MaintenanceError

FILE_NAME: Final = "founding.json"
_FORMAT: Final = 1
_OPTIONS: Final = {
    "gateway.origin": "--origin",
    "gateway.passphrase_file": "--passphrase-file",
    "anchor.engine": "--chain",
    "anchor.profile": "--profile",
    "anchor.contract": "--contract",
    "anchor.signer_url": "--signer",
    "anchor.signer_address": "--signer-address",
}
"""What settings are called on the command line."""
_MAY_CHANGE: Final = frozenset({"anchor.url"})
"""Another node of the same chain may be asked: the one before may be what the founding failed for."""


@dataclass(slots=True)
class FoundingNote:
    """See the module's text."""

    path: Path
    asked: dict[str, Any]
    resumed: bool
    lock: int
    """The folder, held against a second founding at the same time."""
    chain: dict[str, Any] = field(default_factory=dict)
    """Chain id, genesis and contract, as far as they are known. Empty: nothing was sent to any chain."""

    @classmethod
    def begin(cls, config: GatewayConfig, extra: Mapping[str, Any]) -> FoundingNote:
        """Take the folder for a founding, or go on with the one that was cut short there.

        `extra` is what is asked for beside the settings, by the option's name. Raises MaintenanceError where a gateway
        stands, another founding is at work, or another one than this was cut short.
        """
        folder = config.folder
        asked = {**_flat(tomllib.loads(render(config))), **extra}
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / SETTINGS_NAME).exists():
                raise MaintenanceError(f"{folder} holds a gateway already")
            note = cls(folder / FILE_NAME, asked, (folder / FILE_NAME).exists(), lock)
            if note.resumed:
                note._compare()
            note._write()
        except BlockingIOError:
            os.close(lock)
            raise MaintenanceError(f"another command is at work in {folder}") from None
        except BaseException:
            os.close(lock)
            raise
        return note

    def check_chain(self, identity: ChainIdentity) -> None:
        """Keep which chain it is, before anything is sent. Raises MaintenanceError for another one than before."""
        found = {"chain_id": identity.chain_id, "genesis": identity.genesis_hash.hex()}
        before = {name: self.chain[name] for name in found if name in self.chain}
        if before not in ({}, found):
            raise MaintenanceError(
                f"the founding in {self.path.parent} began on chain {before['chain_id']} with genesis 0x"
                f"{before['genesis']}, and the node is of chain {found['chain_id']} with genesis 0x{found['genesis']}"
            )
        self.chain |= found
        self._write()

    def keep_contract(self, address: str) -> None:
        """Keep the contract that was deployed: the log is registered there and nowhere else."""
        self.chain["contract"] = address
        self._write()

    def end(self) -> None:
        """The settings stand: there is nothing to resume any more."""
        self.path.unlink(missing_ok=True)
        durable.sync_folder(self.path.parent)

    def release(self) -> None:
        """Give the folder back, finished or not."""
        os.close(self.lock)

    def _compare(self) -> None:
        try:
            kept = json.loads(self.path.read_bytes())
            before, self.chain = dict(kept["asked"]), dict(kept["chain"])
            if kept["format"] != _FORMAT:
                raise ValueError(f"format {kept['format']}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MaintenanceError(f"{self.path} is no note of a founding: {error!r}") from None
        for name in sorted(before.keys() | self.asked.keys()):
            if name not in _MAY_CHANGE and before.get(name) != self.asked.get(name):
                raise MaintenanceError(self._difference(name, before.get(name)))

    def _difference(self, name: str, before: Any) -> str:
        shown, now = (json.dumps(value) for value in (before, self.asked.get(name)))
        folder = self.path.parent
        advice = (
            "its keys may own a registered log: give the same again, or take another folder"
            if self.chain
            else "nothing was sent to a chain: give the same again, or delete the folder"
        )
        return (
            f"a founding was cut short in {folder} with {_OPTIONS.get(name, name)} {shown}, now it is {now}; {advice}"
        )

    def _write(self) -> None:
        kept = {"format": _FORMAT, "asked": self.asked, "chain": self.chain}
        durable.write_file(self.path, json.dumps(kept, indent=1).encode(), mode=0o600)


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Settings by their dotted names."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found
