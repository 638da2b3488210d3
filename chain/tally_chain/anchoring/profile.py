"""Chain profiles: what differs between chains, as data, by name.

What each was taken from stands in docs/operating-chains.md, with what an operator sets up on the chain's side.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally_chain.engine.interface import BlockTag, Engine
from tally_chain.engine.words import BESU_WORDS, FISCO_WORDS, GETH_WORDS, RefusalTable

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
    alarm_after_seconds: int
    """Silence of the chain, or a head that is not final after this time, is an alarm."""
    setup_wait_seconds: int = 120
    """How long setting up waits until what it sent is final."""
    gas_margin_percent: int = 20
    """Room over the node's estimate: the path through the proof may change with the head."""
    most_gas: int = 16_777_216
    """No estimate above this is believed: EIP-7825 allows no more in a transaction, and an anchor needs a hundredth."""
    event_page_blocks: int = 1_000
    """Blocks that one eth_getLogs may span."""
    refusals: RefusalTable = ()
    """The node family's own words for refused transactions, asked before the general table."""
    milliseconds: bool = False
    """Whether block times may be in milliseconds; elsewhere such a time is not believed."""


EMBEDDED = ChainProfile(
    name="embedded",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=1_000 * GWEI,
    replace_percent=0,
    rebroadcast_after_seconds=0,
    replace_after_seconds=0,
    alarm_after_seconds=300,
)
ANVIL = ChainProfile(
    name="anvil",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=1_000 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=5,
    replace_after_seconds=30,
    alarm_after_seconds=300,
)
# Proof-of-stake chains of any client. Replacements must outbid by 10 % in geth's pool. Final after about 15 minutes.
GETH_FAMILY = ChainProfile(
    name="geth-family",
    finality=BlockTag.FINALIZED,
    dynamic_fees=True,
    fee_cap_wei=200 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=60,
    replace_after_seconds=300,
    alarm_after_seconds=7_200,
    setup_wait_seconds=3_600,
    refusals=GETH_WORDS,
)
# A private network of go-ethereum with Clique. It knows no finality: a part of n signers that is cut off makes fewer
# than n/2 + 1 blocks before it stands still, so twelve blocks hold for up to 23 honest signers.
GETH_CLIQUE = ChainProfile(
    name="geth-clique",
    finality=12,
    dynamic_fees=True,
    fee_cap_wei=200 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=15,
    replace_after_seconds=60,
    alarm_after_seconds=900,
    setup_wait_seconds=900,
    refusals=GETH_WORDS,
)
# Two-second blocks that the sequencer may still take back until their data are final on the chain below.
OP_STACK = ChainProfile(
    name="op-stack",
    finality=BlockTag.FINALIZED,
    dynamic_fees=True,
    fee_cap_wei=50 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=20,
    replace_after_seconds=60,
    alarm_after_seconds=7_200,
    setup_wait_seconds=3_600,
    refusals=GETH_WORDS,
)
# PBFT: a block is final when it exists. Gas is free, a waiting transaction cannot be replaced, eth_getLogs looks at ten
# blocks and keeps silent about the rest, and block.timestamp is in milliseconds unless feature_evm_timestamp is on.
FISCO_BCOS = ChainProfile(
    name="fisco-bcos-3.16",
    finality=0,
    dynamic_fees=False,
    fee_cap_wei=0,
    replace_percent=0,
    rebroadcast_after_seconds=10,
    replace_after_seconds=0,
    alarm_after_seconds=300,
    event_page_blocks=10,
    refusals=FISCO_WORDS,
    milliseconds=True,
)
# QBFT: final at once; fees as the network's operators set them, and often none.
BESU_QBFT = ChainProfile(
    name="besu-qbft",
    finality=0,
    dynamic_fees=True,
    fee_cap_wei=200 * GWEI,
    replace_percent=15,
    rebroadcast_after_seconds=15,
    replace_after_seconds=60,
    alarm_after_seconds=300,
    refusals=BESU_WORDS,
)
PROFILES = {
    profile.name: profile for profile in (EMBEDDED, ANVIL, GETH_FAMILY, GETH_CLIQUE, BESU_QBFT, FISCO_BCOS, OP_STACK)
}
EARLIER_NAMES = {"generic": GETH_FAMILY, "fisco-bcos": FISCO_BCOS}
"""Names that settings files written before may hold."""


def profile_named(name: str) -> ChainProfile | None:
    """The profile of that name, or None."""
    return PROFILES.get(name) or EARLIER_NAMES.get(name)


def final_block_number(engine: Engine, profile: ChainProfile) -> int:
    """The newest block that the profile calls final; -1 when there is none yet."""
    tag = profile.finality if isinstance(profile.finality, BlockTag) else BlockTag.LATEST
    block = engine.block(tag)
    if block is None:
        return -1
    return block.number - (profile.finality if isinstance(profile.finality, int) else 0)
