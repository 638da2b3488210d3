"""What a gateway does by the clock: a checkpoint each cadence, and beacons to whoever follows them."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.errors import LogFull
from tally_gateway.pipeline import Pipeline

_LOG = logging.getLogger(__name__)

_RETRY_SEAL_S: Final = 2.0
_BEACON_LOOK_S: Final = 2.0


async def seal_forever(pipeline: Pipeline, every_s: float) -> None:
    """Seal at even times, as far as sealing itself is faster. Waits where there is no space; raises what seal raises
    else."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + every_s, loop.time())
        await asyncio.sleep(due - loop.time())
        try:
            await pipeline.seal()
        except LogFull:
            pipeline.counters.seal_failures += 1
            _LOG.exception("no space for a checkpoint; trying again")
            await asyncio.sleep(_RETRY_SEAL_S)


async def tell_beacons_forever(pipeline: Pipeline, feed: AnchorFeed) -> None:
    """Look at the anchors, and tell of each new beacon."""
    while True:
        if pipeline.beacons.learn(feed.counters.anchors):
            await pipeline.beacons.tell()
        await asyncio.sleep(_BEACON_LOOK_S)
