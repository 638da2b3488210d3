"""The chain that the configuration names: its engine, its profile, and what readers pin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.keys import LocalSigner, TransactionSigner, open_keystore
from tally_chain.anchoring.profile import (
    EMBEDDED,
    GETH_FAMILY,
    PROFILES,
    ChainProfile,
    final_block_number,
    profile_named,
)
from tally_chain.anchoring.reading import Anchor, AnchorTarget, check_chain, read_anchors, read_head
from tally_chain.bundle import AnchorClaim, Via
from tally_chain.engine.interface import Engine
from tally_chain.errors import AnchorError, EngineError
from tally_edge.proof import HeadSignature, log_id_of
from tally_gateway import keys_on_disk
from tally_gateway.anchor_feed import Anchoring
from tally_gateway.config import GatewayConfig
from tally_gateway.errors import GatewayConfigError
from tally_gateway.keys_on_disk import LogSigners
from tally_gateway.table_errors import naming_errors

CHAIN_FOLDER: Final = "chain"
JOURNAL_NAME: Final = "anchors.sqlite"
TRANSACTION_KEY: Final = "keys/transaction.json"
OWNER_KEY: Final = "keys/owner.json"


def profile_of(config: GatewayConfig) -> ChainProfile:
    """How the configured chain behaves. Raises GatewayConfigError for a name that is none."""
    name = config.anchor.profile
    if not name:
        return EMBEDDED if config.anchor.engine == "embedded" else GETH_FAMILY
    profile = profile_named(name)
    if profile is None:
        raise GatewayConfigError(f"anchor.profile is {name!r}, known are {', '.join(PROFILES)}")
    return profile


def alarm_after_s(config: GatewayConfig) -> float:
    """How long what the heads are anchored through may be silent before that is an alarm."""
    if config.anchor.engine == "aggregator":
        from tally_gateway.aggregate.anchoring import ANSWER_WITHIN_S  # noqa: PLC0415  it uses this module

        return ANSWER_WITHIN_S
    return profile_of(config).alarm_after_seconds


def open_engine(config: GatewayConfig, *, writing: bool = True) -> Engine:
    """The configured engine. Raises EngineError, StateError for a damaged file of the embedded chain, or
    GatewayConfigError where none is configured."""
    # An EVM and an HTTP client take half a second to import: only the one that is used.
    if config.anchor.engine == "embedded":
        from tally_chain.engine.embedded import EmbeddedEngine  # noqa: PLC0415

        folder = config.path(CHAIN_FOLDER)
        with naming_errors(f"the embedded chain in {folder}"):
            return EmbeddedEngine.open(folder) if writing else EmbeddedEngine.open_reader(folder)
    if config.anchor.engine == "jsonrpc" or (config.anchor.engine == "aggregator" and config.anchor.url):
        from tally_chain.engine.pool import open_nodes  # noqa: PLC0415

        profile = profile_of(config)
        return open_nodes(
            config.anchor.url,
            agree=config.anchor.agree,
            event_page_blocks=profile.event_page_blocks,
            refusals=profile.refusals,
            milliseconds=profile.milliseconds,
        )
    raise GatewayConfigError(f"anchor.engine is {config.anchor.engine}: there is no chain")


@contextmanager
def chain_for_reading(config: GatewayConfig) -> Iterator[Engine]:
    """The configured chain, closed at the end. Raises as `open_engine`, whenever it is read."""
    what = f"the embedded chain in {config.path(CHAIN_FOLDER)}"
    with naming_errors(what), closing(open_engine(config, writing=False)) as engine:
        yield engine


def target_of(config: GatewayConfig, log_id: bytes) -> AnchorTarget:
    """What the heads of this log are anchored to. Raises GatewayConfigError where a pin is missing."""
    anchor = config.anchor
    try:
        genesis = bytes.fromhex(anchor.genesis.removeprefix("0x"))
    except ValueError:
        genesis = b""
    if len(genesis) != 32 or not anchor.contract or not anchor.chain_id:
        raise GatewayConfigError("anchor.chain_id, anchor.genesis and anchor.contract must name the chain and contract")
    return AnchorTarget(anchor.chain_id, genesis, anchor.contract, log_id)


def open_transaction_key(config: GatewayConfig, name: str = TRANSACTION_KEY) -> LocalSigner:
    """The key that pays for anchors. Raises TransactionKeyError."""
    return open_keystore(config.path(name), passphrase_source(config))


def transaction_signer(config: GatewayConfig) -> TransactionSigner:
    """What signs anchors: the external signer where one is set, else the key file. Raises TransactionKeyError."""
    anchor = config.anchor
    if not anchor.signer_url:
        return open_transaction_key(config)
    from tally_chain.anchoring.external_signer import ExternalSigner  # noqa: PLC0415  brings an HTTP client

    return ExternalSigner(
        anchor.signer_url,
        anchor.signer_address,
        ca_file=config.path(anchor.signer_ca_file) if anchor.signer_ca_file else None,
        certificate_file=config.path(anchor.signer_certificate_file) if anchor.signer_certificate_file else None,
    )


class ChainAnchoring(Anchorer):
    """The anchoring client as AnchorFeed uses it (see Anchoring): the contract asks for no signature of a head."""

    _told = 0
    """The sequence of the newest final anchor that `history` or `step` told."""
    _waits = False
    """Whether the chain held anchors that were not final when `history` looked."""

    def submit_head(self, head: HeadSignature, root: bytes, path: Sequence[bytes]) -> None:
        """See Anchoring."""
        self.submit(head.size, root, path)

    def newest(self) -> tuple[int, bytes] | None:
        """See Anchoring."""
        head = self.head()
        return None if head is None else (head.size, head.root)

    def history(self) -> list[Anchor]:
        """See Anchoring. What comes after the final block is told by `step` once it is final, also where the journal
        that it was sent from is lost."""
        self._check()
        return self._final_after(0)

    def is_idle(self) -> bool:
        """See Anchoring."""
        return not self.pending()

    def step(self) -> list[AnchorEvent]:
        """See Anchoring."""
        events = super().step()
        if not self._waits:
            return events
        try:
            found = self._final_after(self._told)
        except EngineError as error:
            return [*events, AnchorEvent(AnchorEventKind.UNAVAILABLE, 0, b"", str(error))]
        except AnchorError:
            return events  # the client's own step says so
        told = {event.anchor for event in events if event.kind is AnchorEventKind.FINAL}
        return events + [
            AnchorEvent(AnchorEventKind.FINAL, one.size, one.root, f"final in block {one.block_number}", one)
            for one in found
            if one not in told
        ]

    def _final_after(self, sequence: int) -> list[Anchor]:
        final = self._watcher.final_number()  # asked first: what is final by now is in what is looked at then
        whole = self._watcher.history(sequence)
        found = [anchor for anchor in whole if anchor.block_number <= final]
        self._waits = len(found) < len(whole)
        self._told = found[-1].sequence if found else sequence
        return found


def open_anchoring(
    config: GatewayConfig, signers: LogSigners, undo: ExitStack
) -> tuple[Engine | None, Anchoring | None]:
    """What brings the heads of the configured log to their anchor, and the chain that it uses, where it does.

    `undo` is given what must be closed when a later step refuses. Raises EngineError, AnchorError, GatewayConfigError.
    """
    if config.anchor.engine == "none":
        return None, None
    if config.anchor.engine == "aggregator":
        from tally_gateway.aggregate.opening import open_aggregator  # noqa: PLC0415  it uses this module

        return None, open_aggregator(config, signers, undo)
    engine = open_engine(config)
    undo.callback(engine.close)
    target = target_of(config, log_id_of(config.gateway.origin))
    signer = transaction_signer(config)
    anchoring = ChainAnchoring(engine, signer, target, profile_of(config), journal_path(config))
    undo.callback(anchoring.close)
    return engine, anchoring


def passphrase_source(config: GatewayConfig) -> Callable[[], str]:
    """The gateway's passphrase, for key files that ask for it."""
    return config.passphrase


def journal_path(config: GatewayConfig) -> Path:
    """Where heads on their way to the chain are kept."""
    return config.path(JOURNAL_NAME)


def anchored_floor(config: GatewayConfig) -> tuple[int, bytes] | None:
    """The newest anchored head of this gateway's log, asked of the chain; None before the first, or without a chain.

    Raises EngineError when the chain does not answer, AnchorError when it is another one, StateError when the file of
    an embedded one is damaged.
    """
    if config.anchor.engine == "none":
        return None
    if config.anchor.engine == "aggregator":
        with ExitStack() as ending:
            signers = keys_on_disk.load(config.folder, config.passphrase())
            anchoring = open_anchoring(config, signers, ending)[1]
            return None if anchoring is None else anchoring.newest()
    with chain_for_reading(config) as engine:
        target = target_of(config, log_id_of(config.gateway.origin))
        check_chain(engine.identity(), target)
        head = read_head(engine, target.contract, target.log_id)
    return (head.size, head.root) if head.size else None


def anchors_of(config: GatewayConfig) -> list[Anchor]:
    """Every final anchor of this gateway's log, oldest first, asked of the chain. Raises as `anchored_floor`."""
    if config.anchor.engine == "none":
        return []
    if config.anchor.engine == "aggregator":
        from tally_gateway.aggregate.opening import final_anchors  # noqa: PLC0415  it uses this module

        return final_anchors(config)
    with chain_for_reading(config) as engine:
        target = target_of(config, log_id_of(config.gateway.origin))
        check_chain(engine.identity(), target)
        profile = profile_of(config)
        final = final_block_number(engine, profile)
        span = profile.event_page_blocks
        whole = read_anchors(engine, target.contract, target.log_id, span_blocks=span)
    return [anchor for anchor in whole if anchor.block_number <= final]


def claims_of(config: GatewayConfig) -> list[AnchorClaim]:
    """The anchors of this gateway's log as a bundle claims them, oldest first. Raises as `anchors_of`.

    Behind an aggregator each is a head of this log in the block that anchored the log of heads.
    """
    if config.anchor.engine == "aggregator":
        from tally_gateway.aggregate.opening import final_claims  # noqa: PLC0415  it uses this module

        return final_claims(config)
    anchors = anchors_of(config)
    if not anchors:
        return []
    target = target_of(config, log_id_of(config.gateway.origin))
    contract = bytes.fromhex(target.contract.removeprefix("0x"))
    return [
        AnchorClaim(
            size=anchor.size,
            root=anchor.root,
            chain_id=target.chain_id,
            genesis=target.genesis_hash,
            contract=contract,
            transaction=anchor.tx_hash,
            block_number=anchor.block_number,
            block_hash=anchor.block_hash,
            block_time=anchor.block_time_seconds,
        )
        for anchor in anchors
    ]


def via_of(config: GatewayConfig, size: int) -> Via | None:
    """How a log of heads vouches for the head of `size`, for a bundle; None where none does. Raises StateError."""
    if config.anchor.engine != "aggregator":
        return None
    from tally_gateway.aggregate.opening import final_via  # noqa: PLC0415  it uses this module

    return final_via(config, size)
