"""The chain at a month's end, from its whole history: every operation up to then, replayed by the rules.

The history is proven complete and checked where it is read (tally_chain.receipts.history), and a second time by the
rules that replay it, so that what a receipt was at any time needs no word of a node.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from tally_chain.receipts.history import ReceiptHistory, SignedOperation
from tally_chain.receipts.rebuilding import rebuilt
from tally_finance.close.body import ChainAt
from tally_finance.close.onchain import ChainView

_START: Final = sha256(b"tallystick close chain\0").digest()


def view_at(history: ReceiptHistory, time_s: int) -> ChainView:
    """The chain at the end of the second `time_s`. Raises RegistryHistoryError where the rules refuse its history."""
    running, operations, block = _START, 0, 0
    for one in history.entries:
        if one.moment.time_seconds > time_s:
            break
        block = one.moment.block_number
        if isinstance(one, SignedOperation):
            running, operations = sha256(running + one.digest).digest(), operations + 1
    at = ChainAt(history.chain_id, block, operations, running)
    return ChainView(at, rebuilt(history, time_seconds=time_s))
