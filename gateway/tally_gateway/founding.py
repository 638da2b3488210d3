"""What `init` makes: the folder of a gateway, its keys, its TLS files, its log with the opening, and its place on a
chain.

    1. keys: checkpoint, proof, transaction; the owner's key, which is only needed again to rotate or succeed and
       belongs elsewhere
    2. TLS: a CA of its own and a server certificate
    3. chain: an embedded one is made and the contract deployed; the log is registered under its owner
    4. the log, whose first entry names origin and keys
    5. the settings, last: without them nothing runs

One that was cut short anywhere is resumed when it is asked for again (founding_note): what stands is taken as it is,
the rest is made. So one log is registered, and no key that owns something is lost.

The fingerprints that it returns are for comparing out of band.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner, create_keystore, open_keystore
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Engine
from tally_chain.errors import EngineStoreError, TransactionKeyError
from tally_chain.note import verifier_key_of
from tally_edge import durable, statement, wire
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, keys_on_disk, tls
from tally_gateway.config import FILE_NAME, GatewayConfig, render
from tally_gateway.errors import LogExists, MaintenanceError, TlsError
from tally_gateway.founding_note import FoundingNote
from tally_gateway.keys_on_disk import LogSigners
from tally_gateway.log.writer import Log
from tally_gateway.table_errors import naming_errors
from tally_gateway.tls import TlsFiles

Clock = Callable[[], int]

_WITHOUT_CHAIN: Final = ("none", "aggregator")
"""Engines whose logs are registered on no chain."""
_LABELS: Final = {"proof_key": "proof key id"}
"""What is not called as its field is: settings and policies want the key itself, which stands in the next line."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What others pin: compare each over a channel that this gateway does not control."""

    origin: str
    log_id: str
    checkpoint_key: str
    """The C2SP verifier key line."""
    proof_key: str
    """The proof key's id, hex."""
    proof_public_key: str
    """The COSE key, hex."""
    transaction_address: str
    owner_address: str
    chain_id: int
    genesis: str
    contract: str

    def lines(self) -> list[tuple[str, str]]:
        """Name and value, for people."""
        fields = dataclasses.fields(self)
        return [(_LABELS.get(item.name, item.name.replace("_", " ")), str(getattr(self, item.name))) for item in fields]


@dataclass(frozen=True, slots=True)
class Succession:
    """The log that a new one continues. `on_chain`: the contract is told, which needs the old log's owner key."""

    predecessor: Predecessor
    on_chain: bool


def found(
    config: GatewayConfig,
    passphrase: str,
    clock: Clock,
    *,
    host_names: tuple[str, ...] = (),
    succession: Succession | None = None,
    owner_key: Path | None = None,
    transaction_key: Path | None = None,
    keystore_work_factor: int | None = None,
) -> Fingerprints:
    """Steps 1 to 5 of the module's text. `config` holds a jsonrpc chain's url and contract, or is to be filled in.

    `owner_key` and `transaction_key` are key files that exist already: the owner of a log to be continued, and an
    account that can pay on a chain where a new one could not.

    Raises MaintenanceError when the folder holds a gateway, or was begun otherwise; else what keys, chain or log raise.
    """
    folder = config.folder
    if (folder / FILE_NAME).exists():
        raise MaintenanceError(f"{folder} holds a gateway already")
    given = {anchor_link.TRANSACTION_KEY: transaction_key, anchor_link.OWNER_KEY: owner_key}
    opened = {name: open_keystore(path, lambda: passphrase) for name, path in given.items() if path is not None}
    durable.make_folder(folder, mode=0o700)
    note = FoundingNote.begin(config, _asked(host_names, opened, succession))
    try:
        signers = keys_on_disk.complete(folder, passphrase) if note.resumed else keys_on_disk.create(folder, passphrase)
        _make_tls(TlsFiles(folder / "tls"), host_names, clock(), resumed=note.resumed)
        transaction = owner = ""
        if config.anchor.engine not in _WITHOUT_CHAIN:
            if transaction_key is not None:
                durable.write_file(folder / anchor_link.TRANSACTION_KEY, transaction_key.read_bytes(), mode=0o600)
            work = {} if keystore_work_factor is None else {"work_factor": keystore_work_factor}
            external = {anchor_link.TRANSACTION_KEY} if config.anchor.signer_url else set()
            for name in given.keys() - opened.keys() - external:
                opened[name] = _own_key(folder / name, passphrase, work, resumed=note.resumed)
            owner_signer = opened[anchor_link.OWNER_KEY]
            tx_key = anchor_link.transaction_signer(config) if external else opened[anchor_link.TRANSACTION_KEY]
            transaction, owner = tx_key.address, owner_signer.address
            with naming_errors(f"the embedded chain in {config.path(anchor_link.CHAIN_FOLDER)}"):
                config = _on_chain(config, transaction, owner_signer, succession, note)
        _make_log(config, signers, clock, succession, resumed=note.resumed)
        durable.write_file(folder / FILE_NAME, render(config).encode(), mode=0o600)
        note.end()
    finally:
        note.release()
    return _fingerprints(config, signers, transaction, owner)


def _asked(
    host_names: tuple[str, ...], opened: dict[str, LocalSigner], succession: Succession | None
) -> dict[str, object]:
    """What is asked for beside the settings, by the option's name."""
    given = {
        "--transaction-key": opened.get(anchor_link.TRANSACTION_KEY),
        "--owner-key": opened.get(anchor_link.OWNER_KEY),
    }
    found: dict[str, object] = {name: None if key is None else key.address for name, key in given.items()}
    found["--host-name"] = list(host_names)
    found["--successor-of"] = None if succession is None else succession.predecessor.log_id.hex()
    kept = None if succession is None or succession.on_chain else succession.predecessor
    found["--checkpoint"] = None if kept is None else [kept.size, kept.root.hex()]
    return found


def _make_tls(files: TlsFiles, host_names: tuple[str, ...], at: int, *, resumed: bool) -> None:
    """Step 2. Of a founding that was cut short nobody trusts the CA yet: half of one is made anew."""
    now = datetime.datetime.fromtimestamp(at, datetime.UTC)
    if resumed:
        try:
            tls.issue_server(files, host_names, now)
        except TlsError:
            for path in (files.ca_key, files.ca_cert):
                path.unlink(missing_ok=True)
        else:
            return
    tls.create_ca(files, now)
    tls.issue_server(files, host_names, now)


def _own_key(path: Path, passphrase: str, work: dict[str, int], *, resumed: bool) -> LocalSigner:
    """A key file of this gateway's own. It has its name only once it is whole."""
    if path.exists() and not resumed:
        raise TransactionKeyError(f"{path} exists; a key file is never overwritten")
    if not path.exists():
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        create_keystore(fresh, lambda: passphrase, **work)
        fresh.replace(path)
        durable.sync_folder(path.parent)
    return open_keystore(path, lambda: passphrase)


def _make_log(
    config: GatewayConfig, signers: LogSigners, clock: Clock, succession: Succession | None, *, resumed: bool
) -> None:
    """Step 4."""
    folder, origin = config.folder, config.gateway.origin
    predecessor = None if succession is None else succession.predecessor
    try:
        Log.create(folder, origin, signers.checkpoint, signers.proof, clock, predecessor).close()
    except LogExists:
        if not resumed:
            raise
        log = Log.open(folder, signers.checkpoint, signers.proof, clock, None, origin=origin)
        try:
            opening = wire.decode(LogOpening, statement.decode(log.entry(0)).payload)
        finally:
            log.close()
        if opening.predecessor != predecessor:
            raise MaintenanceError(f"the log in {folder} continues another head than the one given now") from None


def _fingerprints(config: GatewayConfig, signers: LogSigners, transaction: str, owner: str) -> Fingerprints:
    return Fingerprints(
        origin=config.gateway.origin,
        log_id=log_id_of(config.gateway.origin).hex(),
        checkpoint_key=verifier_key_of(config.gateway.origin, signers.checkpoint).encode(),
        proof_key=signers.proof.public_key.kid.hex(),
        proof_public_key=signers.proof.public_key.encode().hex(),
        transaction_address=transaction,
        owner_address=owner,
        chain_id=config.anchor.chain_id,
        genesis=config.anchor.genesis,
        contract=config.anchor.contract,
    )


def _on_chain(
    config: GatewayConfig, tx_key: str, owner: LocalSigner, succession: Succession | None, note: FoundingNote
) -> GatewayConfig:
    """Step 3. The pins that it finds go into the settings."""
    profile = anchor_link.profile_of(config)
    log_id = log_id_of(config.gateway.origin)
    engine = _engine(config, [tx_key, owner.address], resumed=note.resumed)
    try:
        note.check_chain(engine.identity())
        contract = config.anchor.contract or note.chain.get("contract") or setup.deploy(engine, owner, profile)
        note.keep_contract(contract)
        if succession is not None and succession.on_chain:
            old = succession.predecessor.log_id
            target = setup.succeed(
                engine, owner, profile, contract=contract, old_log_id=old, new_log_id=log_id, tx_key=tx_key
            )
        else:
            target = setup.register(engine, owner, profile, contract=contract, log_id=log_id, tx_key=tx_key)
    finally:
        engine.close()
    anchor = dataclasses.replace(
        config.anchor, chain_id=target.chain_id, genesis=target.genesis_hash.hex(), contract=target.contract
    )
    return dataclasses.replace(config, anchor=anchor)


def _engine(config: GatewayConfig, funded: list[str], *, resumed: bool) -> Engine:
    """The chain, open for writing; an embedded one is made where none stands yet."""
    folder = config.path(anchor_link.CHAIN_FOLDER)
    if config.anchor.engine != "embedded":
        return anchor_link.open_engine(config)
    if not folder.exists():
        return EmbeddedEngine.create(folder, funded)
    try:
        return anchor_link.open_engine(config)
    except EngineStoreError:
        if not resumed:
            raise
        return EmbeddedEngine.create(folder, funded)  # its making was cut short; where a chain stands it refuses
