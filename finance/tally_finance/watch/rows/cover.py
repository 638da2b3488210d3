"""Alerts about price and cover (3xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import ALLOWS, BLOCKS, URGENT, WARNING, Row

# fmt: off
PRICE_STALE = Row(
    301, WARNING, BLOCKS, "价格过期",
    "{fresh} of {sources} sources quoted within {max_age_s} s; {quorum} are needed",
    "{sources}个来源中仅{fresh}个在{max_age_s}秒内报价，需{quorum}个",
    "Ask the silent sources; nothing is lent on old prices.",
)
PRICE_DISPERSED = Row(
    302, WARNING, BLOCKS, "价格分歧",
    "the quotes make no price: {why}",
    "报价不成价：{why}",
    "Find out which source is wrong before anything is valued.",
)
WARNING_LINE = Row(
    303, WARNING, BLOCKS, "触及警戒线",
    "loan to value is {ltv}; the warning line is {line}. {cash} is missing",
    "动态质押率{ltv}，警戒线{line}，缺口{cash}",
    "Call for a top-up: goods or cash.",
)
LIQUIDATION_LINE = Row(
    304, URGENT, BLOCKS, "触及平仓线",
    "loan to value is {ltv}; the liquidation line is {line}. {cash} is missing",
    "动态质押率{ltv}，平仓线{line}，缺口{cash}",
    "Decide on default; no goods pass to the lender by default alone (Civil Code Art. 428).",
)
NOT_COVERED = Row(
    305, WARNING, BLOCKS, "担保不足",
    "{exposure} is owed, and what is pledged carries less: {cash} is missing",
    "敞口{exposure}超过可融资额度，缺口{cash}",
    "Nothing is drawn or released until the rest is covered.",
)
TOP_UP_DUE = Row(
    306, WARNING, ALLOWS, "补仓将到期",
    "the top-up is due at {due_at}",
    "补仓期限为{due_at}",
    "Remind the borrower.",
)
TOP_UP_OVERDUE = Row(
    307, URGENT, BLOCKS, "补仓逾期",
    "the top-up was due at {due_at}",
    "补仓已于{due_at}到期",
    "Declare default, or extend in writing.",
)
CONCENTRATED = Row(
    308, WARNING, BLOCKS, "集中度超限",
    "{amount} is lent; the limit is {cap}",
    "已放款{amount}，上限{cap}",
    "Lend no more there; let it run down.",
)
IN_DOUBT = Row(
    309, WARNING, BLOCKS, "押品存疑",
    "the lender's book has this against new credit: {why}, {text}",
    "贷款台账列示的限制事由：{why}，{text}",
    "Look the code up in the book's list of reasons, and bring what is missing.",
)
# fmt: on
