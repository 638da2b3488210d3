"""What a service has from outside its folder, beside the wall clock: how time passes, its keys, its chain, and a thread
that waits for others. A simulation gives it others (tests/simulation)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tally_chain.engine.interface import Engine
from tally_gateway import keys_on_disk
from tally_gateway.anchor_feed import Anchoring
from tally_gateway.anchor_link import open_anchoring
from tally_gateway.config import GatewayConfig
from tally_gateway.keys_on_disk import LogSigners
from tally_gateway.one_thread import Calls, OneThread


def signers_on_disk(config: GatewayConfig) -> LogSigners:
    """The keys in the gateway's folder. Raises KeyStoreError, GatewayConfigError."""
    return keys_on_disk.load(config.folder, config.passphrase())


@dataclass(frozen=True, slots=True)
class Outside:
    """`monotonic` counts seconds. `anchoring` raises as open_anchoring, `signers` as signers_on_disk."""

    monotonic: Callable[[], float] = time.monotonic
    signers: Callable[[GatewayConfig], LogSigners] = signers_on_disk
    anchoring: Callable[[GatewayConfig, LogSigners, ExitStack], tuple[Engine | None, Anchoring | None]] = open_anchoring
    thread: Callable[[str, Callable[[], float]], Calls] = OneThread


MACHINE = Outside()
"""The machine that the service runs on."""
