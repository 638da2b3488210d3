"""Alerts about receipts on the chain (7xx): another lender, holds, what changed, what ended. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import ReceiptSeen, Seen

_TOLD: Final = ("title", "encumbrance", "holder", "keeper", "lot", "face_g", "pledged_g", "lender")


def judge(seen: Seen, _limits: Limits) -> Iterator[Alert]:
    """Every alert about receipts."""
    for receipt in seen.receipts:
        touches, evidence = f"receipt {receipt.number}", (receipt.head,)
        if receipt.lender is not None and receipt.lender != seen.lender:
            said = {"lender": receipt.lender, "encumbrance": receipt.encumbrance}
            yield Alert(Code.PLEDGED_ELSEWHERE, touches, said, evidence)
        if receipt.holds:
            yield Alert(Code.HELD, touches, {"kinds": ", ".join(sorted(receipt.holds))}, evidence)
        if not receipt.living:
            yield Alert(Code.RECEIPT_ENDED, touches, {"state": receipt.title}, evidence)
        noted = seen.noted.get(receipt.number)
        if noted is not None and noted.head != receipt.head:
            yield Alert(Code.RECEIPT_CHANGED, touches, {"what": _what(noted, receipt)}, (noted.head, receipt.head))


def _what(noted: ReceiptSeen, now: ReceiptSeen) -> str:
    changed = [
        f"{name} {getattr(noted, name)} → {getattr(now, name)}"
        for name in _TOLD
        if getattr(noted, name) != getattr(now, name)
    ]
    return "; ".join(changed) or "its head"
