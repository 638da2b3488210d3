"""Alerts about the chain (7xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import ALLOWS, BLOCKS, URGENT, WARNING, Row

# fmt: off
PLEDGED_ELSEWHERE = Row(
    701, URGENT, BLOCKS, "他人质押",
    "{lender} stands as lender of the receipt, which is {encumbrance}",
    "仓单质权人为{lender}，状态{encumbrance}",
    "Lend nothing on it; if you lent already, compare the filings.",
)
HELD = Row(
    702, URGENT, BLOCKS, "仓单冻结",
    "a hold stands on the receipt: {kinds}",
    "仓单被冻结：{kinds}",
    "Read the hold's reference; who set it, or a court, lifts it.",
)
RECEIPT_CHANGED = Row(
    703, WARNING, ALLOWS, "仓单变更",
    "the receipt changed since you took note of it: {what}",
    "仓单自上次确认后已变更：{what}",
    "Read the operations since; take note of the new head.",
)
RECEIPT_ENDED = Row(
    704, URGENT, BLOCKS, "仓单终止",
    "the receipt is {state}",
    "仓单状态为{state}",
    "A receipt that ended covers nothing: find its successor.",
)
LOT_HELD_SHORT = Row(
    705, URGENT, BLOCKS, "批次短少冻结",
    "the lot is marked short on the chain",
    "批次在链上被标记为短少",
    "All receipts of the lot stand still until an attestation lifts it or the loss is shared.",
)
CHAIN_QUIET = Row(
    706, WARNING, BLOCKS, "链无回应",
    "the chain was last read at {last_at}: {why}",
    "链最后一次读取于{last_at}：{why}",
    "Ask the node's operator, or name another node: until then nothing is known of holds and pledges.",
)
CHAIN_CONTRADICTS = Row(
    707, URGENT, BLOCKS, "链前后矛盾",
    "the chain shows another history than before, or one that the rules refuse: {why}",
    "链与先前所示不一致，或含规则所拒之操作：{why}",
    "Stop. Compare with other parties' nodes; start the watch again once it is known what happened.",
)
# fmt: on
