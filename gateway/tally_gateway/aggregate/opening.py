"""The aggregator that a gateway's configuration names: its pins, its address, and the node that checks its claims."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from tally_chain.anchoring.profile import ChainProfile, final_block_number
from tally_chain.anchoring.reading import Anchor, AnchorTarget, check_chain, check_code, read_anchors, read_head
from tally_chain.bundle import AnchorClaim, Via
from tally_chain.engine.interface import Engine
from tally_chain.errors import UnknownLogError
from tally_chain.head_rules import KnownLog
from tally_edge.pinned_tls import client_context
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link
from tally_gateway.aggregate import journal
from tally_gateway.aggregate.anchoring import AggregatorAnchoring, PinnedPlace, anchors_of
from tally_gateway.aggregate.journal import HeadsJournal, JournalHead
from tally_gateway.aggregate.link import AggregatorLink
from tally_gateway.aggregate.registered import registered_log
from tally_gateway.config import GatewayConfig, read_secret
from tally_gateway.errors import GatewayConfigError
from tally_gateway.keys_on_disk import LogSigners

_NAME: Final = "aggregator"


class NodeCheck:
    """A ClaimCheck that asks a node of the gateway's own choice."""

    def __init__(self, engine: Engine, target: AnchorTarget, profile: ChainProfile) -> None:
        """`target` is the log of heads on the pinned chain."""
        self._engine, self._target, self._profile = engine, target, profile

    def stands(self, claim: AnchorClaim, sequence: int) -> bool | None:
        """See ClaimCheck."""
        check_chain(self._engine.identity(), self._target)
        check_code(self._engine, self._target.contract)
        try:
            head = read_head(self._engine, self._target.contract, self._target.log_id)
        except UnknownLogError:
            return False
        if sequence < 1 or head.sequence < sequence:
            return None if sequence > 0 else False
        span, contract, log_id = self._profile.event_page_blocks, self._target.contract, self._target.log_id
        shown = read_anchors(self._engine, contract, log_id, after_sequence=sequence - 1, span_blocks=span)
        anchor = next(one for one in shown if one.sequence == sequence)
        said = (claim.size, claim.root, claim.block_number, claim.block_hash, claim.block_time, claim.transaction)
        block = (anchor.block_number, anchor.block_hash, anchor.block_time_seconds, anchor.tx_hash)
        if (anchor.size, anchor.root, *block) != said:
            return False
        return True if anchor.block_number <= final_block_number(self._engine, self._profile) else None

    def close(self) -> None:
        """See ClaimCheck."""
        self._engine.close()


def open_aggregator(config: GatewayConfig, signers: LogSigners, undo: ExitStack) -> AggregatorAnchoring:
    """What brings the configured log's heads to the configured aggregator.

    Raises GatewayConfigError, ConfigError for a CA file that is none, StateError for the journal.
    """
    settings = config.aggregator
    pinned = registered_log(_NAME, settings.origin, settings.proof_key, settings.checkpoint_key).known
    token = read_secret(config.path(settings.token_file), "aggregator.token_file")
    tls = client_context(config.path(settings.tls_ca_file)) if settings.tls_ca_file else None
    own = KnownLog(config.gateway.origin, signers.proof.public_key)
    link = AggregatorLink(settings.url, token, tls)
    undo.callback(link.close)
    kept = HeadsJournal(config.path(journal.FILE_NAME), settings.origin)
    undo.callback(kept.close)
    place = check = None
    if config.anchor.contract:
        target = anchor_link.target_of(config, log_id_of(pinned.origin))
        contract = bytes.fromhex(target.contract.removeprefix("0x"))
        place = PinnedPlace(target.chain_id, target.genesis_hash, contract)
        if config.anchor.url:
            check = NodeCheck(anchor_link.open_engine(config), target, anchor_link.profile_of(config))
            undo.callback(check.close)
    elif config.anchor.url:
        raise GatewayConfigError("anchor.url is asked only where anchor.contract and the chain are pinned too")
    return AggregatorAnchoring(link, kept, own, pinned, place=place, check=check)


def final_heads(config: GatewayConfig) -> list[JournalHead]:
    """The heads of the configured log that stand under an anchored head of the log of heads, oldest first; beside a
    running service or without one. Raises StateError."""
    return journal.read_final(config.path(journal.FILE_NAME))


def final_anchors(config: GatewayConfig) -> list[Anchor]:
    """The same heads as anchors: each in the block that anchored the log of heads."""
    return anchors_of(final_heads(config))


def final_claims(config: GatewayConfig) -> list[AnchorClaim]:
    """The same heads as a bundle claims them."""
    return [
        replace(head.claim, size=head.size, root=head.entry.root)
        for head in final_heads(config)
        if head.claim is not None
    ]


def final_via(config: GatewayConfig, size: int) -> Via | None:
    """How the log of heads vouches for the head of `size`; None where it does not yet."""
    for head in final_heads(config):
        if head.size == size and head.proof is not None:
            return Via(head.entry.encode(), head.proof, head.claim)
    return None
