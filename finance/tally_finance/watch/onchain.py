"""Alerts about receipts on the chain (7xx): another lender, holds, what changed, what ended. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tally_chain.verify.verdict import time_text
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_sources import ChainSeen, ReceiptSeen

_TOLD: Final = ("title", "encumbrance", "holder", "keeper", "lot", "face_g", "pledged_g", "lender")


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about receipts, and about the chain itself."""
    for chain in seen.chains:
        yield from _of_chain(chain, seen.at, limits)
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


def _of_chain(chain: ChainSeen, now: int, limits: Limits) -> Iterator[Alert]:
    if chain.contradicts:
        yield Alert(Code.CHAIN_CONTRADICTS, f"chain {chain.name}", {"why": chain.contradicts}, chain.evidence)
    elif now - chain.last_at > limits.quiet_s:
        said = {"last_at": time_text(chain.last_at), "why": chain.trouble or "it does not answer"}
        yield Alert(Code.CHAIN_QUIET, f"chain {chain.name}", said, chain.evidence)


def _what(noted: ReceiptSeen, now: ReceiptSeen) -> str:
    changed = [
        f"{name} {getattr(noted, name)} → {getattr(now, name)}"
        for name in _TOLD
        if getattr(noted, name) != getattr(now, name)
    ]
    return "; ".join(changed) or "its head"
