"""The contracts on a node, checked against the pins that the lender was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tally_chain.engine.interface import Engine
from tally_chain.receipts.following import continue_history
from tally_chain.receipts.history import ReceiptHistory, read_history
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.pins import ReceiptPins
from tally_chain.registry.moments import newest_block


@dataclass
class PinnedChain:
    """A Chain (see `desk`). The engine was checked to have the pinned contracts (`ReceiptPins.check`).

    What was read once is read on from there: a look without news asks no events, and one without a new block asks for
    nothing but the newest.
    """

    engine: Engine
    places: dict[str, str]
    organisations: str
    _known: ReceiptHistory | None = field(default=None, init=False, repr=False)
    _block: bytes = field(default=b"", init=False, repr=False)
    """Hash of the newest block when `_known` was last read."""

    def history(self) -> ReceiptHistory:
        """See Chain."""
        block = newest_block(self.engine).hash  # taken first: what comes while the rest is read, the next look finds
        if self._known is None:
            self._known = read_history(self.engine, self.places, self.organisations)
        elif block != self._block:
            self._known = continue_history(self.engine, self._known)
        self._block = block
        return self._known

    def parties(self, operation: Operation) -> Mapping[str, Sequence[bytes]]:
        """See Chain."""
        return parties_of(self.engine, self.places, operation)

    def block_hash(self, number: int) -> bytes | None:
        """See Chain."""
        block = self.engine.block(number)
        return None if block is None else block.hash


def open_chain(engine: Engine, pins: ReceiptPins) -> PinnedChain:
    """Raises ForeignChainError and ForeignContractError where something else stands there."""
    pins.check(engine)
    return PinnedChain(engine, pins.contracts.places(), pins.organisations)
