"""The chain at a month's end, from its whole history: every operation up to then, replayed by the rules; and whose
key the registry in it says that a close's is.

The history is proven complete and checked where it is read (tally_chain.receipts.history), and a second time by the
rules that replay it, so that what a receipt was at any time needs no word of a node.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from tally_chain.receipts.history import ReceiptHistory, SignedOperation
from tally_chain.receipts.rebuilding import rebuilt
from tally_chain.registry.roles import KeyRole
from tally_finance.close.body import ChainAt
from tally_finance.close.close_file import Close
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


def lenders_keys(close: Close, history: ReceiptHistory | None) -> frozenset[bytes]:
    """The key's id, where the registry had it as a good key of the lender when the close was made."""
    if history is None:
        return frozenset()
    key = history.registry.keys.get(close.key.kid)
    good = (
        key is not None
        and key.organisation == close.body.lender
        and key.role is KeyRole.LENDER
        and key.bound_at <= close.body.known_at  # whoever binds keys later makes no close of earlier months
        and key.believed_at(history.last_block, close.body.known_at)
    )
    return frozenset({close.key.kid}) if good else frozenset()
