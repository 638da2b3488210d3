"""After the loss of a gateway's disk. What may be done depends on what others already hold of the old log.

    refill      The same log again, from nothing but the agents' outboxes. Only where neither the chain nor an
                aggregator holds a head of it: then nothing contradicts it but confirmations, and the first agent that
                shows one beyond it stops it.
    successor   A new log with a new origin. Its opening names the last anchored head of the old one (or a checkpoint
                that somebody kept), and the contract is told, so readers of the old log find it. Agents learn from its
                answers that nothing of their streams is logged there, and send again what they still hold. What nobody
                holds is a declared loss.

A log is never begun again over an anchored head: that would fork it.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from tally_chain import checkpoint, head_entry, note
from tally_chain.anchoring.reading import read_head
from tally_chain.checkpoint import Checkpoint
from tally_chain.errors import CheckpointError, NoteError, UnknownLogError
from tally_edge.errors import DecodeError
from tally_edge.log_opening import Predecessor
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link
from tally_gateway.aggregate.held import held_size
from tally_gateway.config import GatewayConfig
from tally_gateway.errors import MaintenanceError
from tally_gateway.founding import Clock, Fingerprints, Succession, found

_COSE_TAG: Final = b"\xd2"


def refill(
    config: GatewayConfig,
    passphrase: str,
    clock: Clock,
    *,
    owner_key: Path | None = None,
    aggregator: str = "",
    aggregator_ca: Path | None = None,
) -> Fingerprints:
    """Begin the log of `config` again, in an empty folder. The chain and the aggregator are asked, where the settings
    or `aggregator` (its address, with its CA file) name them.

    Raises MaintenanceError when one holds a head of it, EngineError when one does not answer.
    """
    held = {"anchored": _anchored_size(config)}
    if config.anchor.engine == "aggregator":
        ca = config.aggregator.tls_ca_file
        held["held by the aggregator of the settings"] = held_size(
            config.aggregator.url, config.path(ca) if ca else None, config.gateway.origin
        )
    if aggregator:
        held[f"held by {aggregator}"] = held_size(aggregator, aggregator_ca, config.gateway.origin)
    for where, size in held.items():
        if size:
            text = f"size {size} of this log is {where}: begun again it would fork. "
            raise MaintenanceError(text + "Restore a backup that holds it, or open a successor log")
    return found(config, passphrase, clock, owner_key=owner_key)


def succeed(
    config: GatewayConfig,
    passphrase: str,
    clock: Clock,
    *,
    old_origin: str,
    owner_key: Path | None = None,
    transaction_key: Path | None = None,
    kept_checkpoint: Path | None = None,
) -> Fingerprints:
    """Open the log that continues `old_origin`, in an empty folder, under the new origin in `config`.

    The last head comes from the chain, or from `kept_checkpoint` where the old log's chain was lost with it (embedded).
    Raises MaintenanceError when neither is given, or origins are equal.
    """
    if old_origin == config.gateway.origin:
        raise MaintenanceError("a successor has an origin of its own: two logs of one name would be a fork")
    if kept_checkpoint is not None:
        succession = Succession(_from_checkpoint(kept_checkpoint, old_origin), on_chain=False)
    else:
        succession = Succession(_from_chain(config, old_origin), on_chain=True)
    if succession.on_chain and owner_key is None:
        raise MaintenanceError("the contract takes a successor from the old log's owner alone: give its key file")
    return found(config, passphrase, clock, succession=succession, owner_key=owner_key, transaction_key=transaction_key)


def _anchored_size(config: GatewayConfig) -> int:
    """How much of the log the chain holds; 0 where it holds nothing, or was lost with the disk (embedded)."""
    kind = config.anchor.engine
    lost = kind == "embedded" and not config.path(anchor_link.CHAIN_FOLDER).exists()
    unasked = kind == "none" or (kind == "aggregator" and not config.anchor.url)
    if unasked or not config.anchor.contract or lost:
        return 0
    with anchor_link.chain_for_reading(config) as engine:
        try:
            return read_head(engine, config.anchor.contract, log_id_of(config.gateway.origin)).size
        except UnknownLogError:
            return 0


def _from_chain(config: GatewayConfig, old_origin: str) -> Predecessor:
    if config.anchor.engine == "none" or not config.anchor.contract:
        raise MaintenanceError("give the chain and contract that the old log was anchored on, or a checkpoint of it")
    log_id = log_id_of(old_origin)
    with anchor_link.chain_for_reading(config) as engine:
        head = read_head(engine, config.anchor.contract, log_id)
    return Predecessor(log_id, head.size, head.root)


def _from_checkpoint(path: Path, old_origin: str) -> Predecessor:
    """A checkpoint that a reader, a mirror or a witness kept, or the head entry that an aggregator holds. Whoever opens
    the successor answers for it."""
    try:
        seen = _read_head(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    except (NoteError, DecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} is no checkpoint: {error}") from None
    if seen.origin != old_origin:
        raise MaintenanceError(f"{path} is a checkpoint of {seen.origin}, not of {old_origin}")
    return Predecessor(log_id_of(old_origin), seen.size, seen.root)


def _read_head(data: bytes) -> Checkpoint:
    if data[:1] != _COSE_TAG:
        return checkpoint.decode(note.decode(data).text)
    held = head_entry.decode(data)
    return Checkpoint(held.head.origin, held.head.size, held.root)


def new_settings(config: GatewayConfig, origin: str) -> GatewayConfig:
    """`config` for a log of another origin."""
    return dataclasses.replace(config, gateway=dataclasses.replace(config.gateway, origin=origin))
