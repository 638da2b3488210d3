"""Chain profiles: what differs between chains, as data."""

from __future__ import annotations

from dataclasses import dataclass

from tally_chain.engine.interface import BlockTag, Engine

GWEI = 10**9


@dataclass(frozen=True)
class ChainProfile:
    """How to send to a chain, and when to believe it."""

    name: str
    finality: int | BlockTag
    """Blocks that must follow the anchor's block, or the tag whose block must have reached it."""
    dynamic_fees: bool
    """EIP-1559 transactions; otherwise a plain gas price, which may be zero."""
    fee_cap_wei: int
    """The most that is ever offered for one unit of gas; above it anchoring waits."""
    replace_percent: int
    """How much a replacement outbids the waiting transaction; 0 where a chain knows no replacement."""
    rebroadcast_after_seconds: int
    """The same bytes are sent again when no block holds them after this time."""
    replace_after_seconds: int
    """A replacement is signed when no block holds the transaction after this time."""
    gas_margin_percent: int = 20
    """Room over the node's estimate: the path through the proof may change with the head."""
    event_page_blocks: int = 1_000
    """Blocks that one eth_getLogs may span."""


EMBEDDED = ChainProfile(
    name="embedded",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=1_000 * GWEI,
    replace_percent=0,
    rebroadcast_after_seconds=0,
    replace_after_seconds=0,
)
ANVIL = ChainProfile(
    name="anvil",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=1_000 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=5,
    replace_after_seconds=30,
)
# Proof-of-stake and OP-stack chains. Replacements must outbid by 10 % in geth's family.
GENERIC = ChainProfile(
    name="generic",
    finality=BlockTag.FINALIZED,
    dynamic_fees=True,
    fee_cap_wei=200 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=60,
    replace_after_seconds=300,
)
# PBFT: a block is final when it exists. Gas is free, a waiting transaction cannot be replaced, and eth_getLogs looks at
# ten blocks and keeps silent about the rest.
FISCO_BCOS = ChainProfile(
    name="fisco-bcos",
    finality=0,
    dynamic_fees=False,
    fee_cap_wei=0,
    replace_percent=0,
    rebroadcast_after_seconds=10,
    replace_after_seconds=0,
    event_page_blocks=10,
)
# QBFT: final at once; fees as the network's operators set them.
BESU_QBFT = ChainProfile(
    name="besu-qbft",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=200 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=15,
    replace_after_seconds=60,
)
PROFILES = {profile.name: profile for profile in (EMBEDDED, ANVIL, GENERIC, FISCO_BCOS, BESU_QBFT)}


def final_block_number(engine: Engine, profile: ChainProfile) -> int:
    """The newest block that the profile calls final; -1 when there is none yet."""
    tag = profile.finality if isinstance(profile.finality, BlockTag) else BlockTag.LATEST
    block = engine.block(tag)
    if block is None:
        return -1
    return block.number - (profile.finality if isinstance(profile.finality, int) else 0)
