"""The block that stood at a time. Nothing here sends."""

from __future__ import annotations

from tally_chain.engine.interface import Block, BlockTag, Engine
from tally_chain.errors import RegistryError, RegistryHistoryError


def newest_block(engine: Engine) -> Block:
    """The newest block. Raises RegistryHistoryError where the node shows none."""
    return _shown(engine, BlockTag.LATEST)


def block_at(engine: Engine, time_seconds: int) -> Block:
    """The newest block that was made at this time, in seconds since 1970, or before.

    Block times never fall. Raises RegistryError for a time before the first block.
    """
    newest = newest_block(engine)
    if newest.time_seconds <= time_seconds:
        return newest
    found, low, high = None, 0, newest.number - 1
    while low <= high:
        middle = (low + high) // 2
        block = _shown(engine, middle)
        if block.time_seconds <= time_seconds:
            found, low = block, middle + 1
        else:
            high = middle - 1
    # Some chains give their genesis block the time 0; then what is said of that time is right all the same.
    if found is None:
        raise RegistryError("at that time the chain had no block yet")
    return found


def _shown(engine: Engine, which: int | BlockTag) -> Block:
    block = engine.block(which)
    if block is None:
        raise RegistryHistoryError(f"the node does not show block {which if isinstance(which, int) else which.value}")
    return block
