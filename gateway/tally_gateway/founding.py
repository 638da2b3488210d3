"""What `init` makes: the folder of a gateway, its keys, its TLS files, its log with the opening, and its place on a
chain.

    1. keys: checkpoint, proof, transaction; the owner's key, which is only needed again to rotate or succeed and
       belongs elsewhere
    2. TLS: a CA of its own and a server certificate
    3. chain: an embedded one is made and the contract deployed; the log is registered under its owner
    4. the log, whose first entry names origin and keys
    5. the settings, last: without them nothing runs, so a founding that was cut short can be deleted and repeated

The fingerprints that it returns are for comparing out of band.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_chain import note
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner, create_keystore, open_keystore
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Engine
from tally_edge import durable
from tally_edge.log_opening import Predecessor
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, keys_on_disk, tls
from tally_gateway.config import FILE_NAME, GatewayConfig, render
from tally_gateway.errors import MaintenanceError
from tally_gateway.log.writer import Log
from tally_gateway.table_errors import naming_errors
from tally_gateway.tls import TlsFiles

Clock = Callable[[], int]

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

    Raises MaintenanceError when the folder holds a gateway; otherwise what keys, chain or log raise.
    """
    folder = config.folder
    if (folder / FILE_NAME).exists():
        raise MaintenanceError(f"{folder} holds a gateway already")
    given = {anchor_link.TRANSACTION_KEY: transaction_key, anchor_link.OWNER_KEY: owner_key}
    opened = {name: open_keystore(path, lambda: passphrase) for name, path in given.items() if path is not None}
    durable.make_folder(folder, mode=0o700)
    signers = keys_on_disk.create(folder, passphrase)
    files = TlsFiles(folder / "tls")
    now = datetime.datetime.fromtimestamp(clock(), datetime.UTC)
    tls.create_ca(files, now)
    tls.issue_server(files, host_names, now)
    transaction = owner = ""
    if config.anchor.engine != "none":
        work = {} if keystore_work_factor is None else {"work_factor": keystore_work_factor}
        external = {anchor_link.TRANSACTION_KEY} if config.anchor.signer_url else set()
        for name in given.keys() - opened.keys() - external:
            create_keystore(folder / name, lambda: passphrase, **work)
            opened[name] = open_keystore(folder / name, lambda: passphrase)
        if transaction_key is not None:
            durable.write_file(folder / anchor_link.TRANSACTION_KEY, transaction_key.read_bytes(), mode=0o600)
        owner_signer = opened[anchor_link.OWNER_KEY]
        tx_key = anchor_link.transaction_signer(config) if external else opened[anchor_link.TRANSACTION_KEY]
        transaction, owner = tx_key.address, owner_signer.address
        with naming_errors(f"the embedded chain in {config.path(anchor_link.CHAIN_FOLDER)}"):
            config = _on_chain(config, transaction, owner_signer, succession)
    predecessor = None if succession is None else succession.predecessor
    Log.create(folder, config.gateway.origin, signers.checkpoint, signers.proof, clock, predecessor).close()
    durable.write_file(folder / FILE_NAME, render(config).encode(), mode=0o600)
    return Fingerprints(
        origin=config.gateway.origin,
        log_id=log_id_of(config.gateway.origin).hex(),
        checkpoint_key=note.verifier_key_of(config.gateway.origin, signers.checkpoint).encode(),
        proof_key=signers.proof.public_key.kid.hex(),
        proof_public_key=signers.proof.public_key.encode().hex(),
        transaction_address=transaction,
        owner_address=owner,
        chain_id=config.anchor.chain_id,
        genesis=config.anchor.genesis,
        contract=config.anchor.contract,
    )


def _on_chain(config: GatewayConfig, tx_key: str, owner: LocalSigner, succession: Succession | None) -> GatewayConfig:
    """Step 3. The pins that it finds go into the settings."""
    engine: Engine
    if config.anchor.engine == "embedded" and not config.path(anchor_link.CHAIN_FOLDER).exists():
        engine = EmbeddedEngine.create(config.path(anchor_link.CHAIN_FOLDER), [tx_key, owner.address])
    else:
        engine = anchor_link.open_engine(config)
    profile = anchor_link.profile_of(config)
    log_id = log_id_of(config.gateway.origin)
    try:
        contract = config.anchor.contract or setup.deploy(engine, owner, profile)
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
