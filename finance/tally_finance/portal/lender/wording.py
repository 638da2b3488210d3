"""What the interface's short words mean, in both languages: stages, states, holds, movements, severities. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tally_gateway.pages.words import Words

STAGES: Final[Mapping[str, tuple[str, Words]]] = {
    "free": ("plain", Words("Free", "未质押")),
    "offered": ("plain", Words("Pledge offered", "已出质，待接受")),
    "accepted": ("doubt", Words("Accepted, not registered", "已接受，待登记")),
    "registered": ("good", Words("Pledged and registered", "已质押登记")),
    "margin_call": ("doubt", Words("Margin call runs", "追保中")),
    "default": ("bad", Words("In default", "违约")),
    "enforcing": ("bad", Words("Being enforced", "处置中")),
    "unseen": ("doubt", Words("Not seen on the chain", "链上未见")),
}
"""How far a pledge has come (担保状态)."""

GRAVE: Final = frozenset({"default", "enforcing"})

STATES: Final[Mapping[str, tuple[str, Words]]] = {
    "issued": ("good", Words("Valid", "有效")),
    "split": ("plain", Words("Split into others", "已拆分")),
    "merged": ("plain", Words("Merged into another", "已合并")),
    "replaced": ("plain", Words("Replaced", "已换发")),
    "delivered": ("plain", Words("Goods delivered", "已提货")),
    "cancelled": ("plain", Words("Cancelled", "已注销")),
}
"""Whether a receipt is title to goods."""

HOLDS: Final[Mapping[str, Words]] = {
    "dispute": Words("Dispute", "争议冻结"),
    "court": Words("Court", "司法冻结"),
    "seal": Words("Sealed", "封存"),
    "lost": Words("Lost, public summons", "挂失（公示催告）"),
    "insurance": Words("Insurance", "保险冻结"),
}

ORDERS: Final[Mapping[str, tuple[str, Words]]] = {
    "open": ("doubt", Words("Open", "待提货")),
    "used": ("plain", Words("Used", "已提货")),
    "cancelled": ("plain", Words("Cancelled", "已撤销")),
}

SEVERITIES: Final[Mapping[str, tuple[str, Words]]] = {
    "urgent": ("bad", Words("Urgent", "紧急")),
    "warning": ("doubt", Words("Warning", "预警")),
    "notice": ("plain", Words("Notice", "提示")),
}

MOVEMENTS: Final[Mapping[str, Words]] = {
    "facility_opened": Words("Facility opened", "授信设立"),
    "reserve_set": Words("Deduction set", "扣减项调整"),
    "search_made": Words("Registry searched", "登记查询"),
    "drawn": Words("Draw", "放款"),
    "repaid": Words("Repayment", "还款"),
    "fee_charged": Words("Fee", "费用"),
    "margin_called": Words("Margin call", "追保通知"),
    "margin_cured": Words("Margin call answered", "补仓完成"),
    "defaulted": Words("Default declared", "宣布违约"),
    "facility_extended": Words("Extended", "展期"),
    "limit_set": Words("Limit changed", "额度调整"),
    "rate_set": Words("Rate changed", "利率调整"),
    "refunded": Words("Refund", "退款"),
    "disposed": Words("Goods sold", "处置变现"),
}

PAPERS: Final[Mapping[str, Words]] = {
    "contract": Words("Purchase contract", "购销合同"),
    "invoice": Words("VAT invoice", "增值税发票"),
    "payment": Words("Proof of payment", "付款凭证"),
    "search": Words("Search of the movables registry", "动产融资统一登记查询证明"),
    "filing": Words("Filing", "动产融资统一登记证明"),
}

REASONS: Final[Mapping[str, Words]] = {
    "no-price": Words("no price", "无盯市价"),
    "stale-price": Words("price too old", "价格过期"),
    "price-doubted": Words("price in doubt", "价格存疑"),
    "no-quantity": Words("nothing attested", "无见证量"),
    "stale-quantity": Words("attested too long ago", "见证量过期"),
    "short": Words("goods are missing", "货物短少"),
    "doubted": Words("evidence allows no credit", "证据存疑"),
    "no-terms": Words("not lent on", "不在押品范围"),
    "other-goods": Words("other goods than said", "品名不符"),
    "pledged-twice": Words("pledged twice", "重复质押"),
    "not-registered": Words("not registered", "质押未登记"),
    "held": Words("held", "仓单冻结"),
    "no-ownership": Words("ownership not shown", "权属资料缺失"),
    "claimed": Words("another's claim was found", "查得他人权利"),
    "no-filing": Words("not filed", "未办理登记"),
    "filing-lapsed": Words("filing has lapsed", "登记已到期"),
    "no-search": Words("registry not searched", "未作登记查询"),
    "stale-search": Words("search too old", "登记查询过期"),
    "search-used": Words("search used already", "登记查询已用于放款"),
    "matured": Words("matured", "贷款已到期"),
    "margin-called": Words("margin call runs", "追保中"),
    "defaulted": Words("in default", "已违约"),
    "over-limit": Words("over the limit", "超授信额度"),
    "over-cap": Words("over a cap", "超集中度限额"),
    "no-place": Words("place unknown", "货位不明"),
    "no-turnover": Words("turnover unknown", "无成交量数据"),
    "stale-turnover": Words("turnover too old", "成交量数据过期"),
    "not-insured": Words("not insured", "未投保"),
    "insurance-lapsed": Words("insurance has lapsed", "保险已到期"),
    "out-of-order": Words("booked out of order", "入账顺序有误"),
    "reserved": Words("held for a prepared operation", "已预留"),
    "alerted": Words("an alert stops it", "预警未解除"),
    "conflict-found": Words("a conflict was found", "发现权利冲突"),
    "not-covered": Words("not covered", "担保不足"),
    "covered": Words("covered", "担保充足"),
    "not-pledged": Words("not pledged", "未质押"),
    "too-much": Words("too much", "超出可用数量"),
    "not-dynamic": Words("not a dynamic pledge", "非动态质押"),
}
"""Codes of docs/lender-book.md."""


def stage(name: str | None) -> tuple[str, Words]:
    """A pledge's stage with its tone."""
    return STAGES.get(name or "unseen", ("plain", Words(str(name), str(name))))


def state(name: str) -> tuple[str, Words]:
    """A receipt's state with its tone."""
    return STATES.get(name, ("plain", Words(name, name)))


def named(table: Mapping[str, Words], name: str) -> Words:
    """A word of a table; the name itself where it has none."""
    return table.get(name, Words(name.replace("_", " "), name))


def toned(table: Mapping[str, tuple[str, Words]], name: str) -> tuple[str, Words]:
    """A tone and a word of a table."""
    return table.get(name, ("plain", Words(name.replace("_", " "), name)))
