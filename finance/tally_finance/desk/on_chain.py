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
    _read: tuple[ReceiptHistory, bytes] | None = field(default=None, init=False, repr=False)
    """What was read last, and the hash of the block that was the newest then; together, as several threads look."""

    def history(self) -> ReceiptHistory:
        """See Chain."""
        block = newest_block(self.engine).hash  # taken first: what comes while the rest is read, the next look finds
        read = self._read
        if read is None:
            known = read_history(self.engine, self.places, self.organisations)
        elif block != read[1]:
            known = continue_history(self.engine, read[0])
        else:
            return read[0]
        self._read = known, block
        return known

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
