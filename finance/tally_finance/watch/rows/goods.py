"""Alerts about the goods (1xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import ALLOWS, BLOCKS, NOTICE, URGENT, WARNING, Row

# fmt: off
ATTESTATION_OLD = Row(
    101, WARNING, BLOCKS, "见证过期",
    "the quantity was attested {age_s} s ago; {max_age_s} s are allowed",
    "见证量已过{age_s}秒，上限{max_age_s}秒",
    "Ask keeper and inspector for a new attestation; nothing is issued, pledged or released until then.",
)
LESS = Row(
    102, WARNING, ALLOWS, "账实偏差",
    "less is measured than the book says, though chance can do that: E_n is {en}",
    "实测少于账面，尚可由偶然解释：E_n为{en}",
    "Look at the next stocktake; ask for one soon.",
)
SHORT = Row(
    103, URGENT, BLOCKS, "短少",
    "at most {upper_kg} kg lie there; {weighed_kg} kg were weighed in, of which {allowance_kg} kg may be lost",
    "存量至多{upper_kg}千克；入库过磅{weighed_kg}千克，允许损耗{allowance_kg}千克",
    "Go there and count. Nothing leaves the lot; a shortage is shared in proportion.",
)
SURPLUS = Row(
    104, NOTICE, ALLOWS, "盈余",
    "more is measured than the book says: E_n is {en}; it is not lent against",
    "实测多于账面：E_n为{en}；盈余不作押品",
    "Ask for the intake that nobody booked; take samples (water, sand).",
)
LEAK = Row(
    105, URGENT, BLOCKS, "慢漏",
    "{lost_kg} kg went since {since_at} that nothing explains",
    "自{since_at}起有{lost_kg}千克去向不明",
    "Compare gate, scale and gauges of the weeks in question; order a surprise stocktake (核库).",
)
OUTBOUND_WITHOUT_ORDER = Row(
    106, URGENT, BLOCKS, "无放货指令出库",
    "ticket {ticket}: {net_kg} kg left, and no release order covers them: {why}",
    "磅单{ticket}：出库{net_kg}千克，无放货指令：{why}",
    "Stop the gate; call the keeper; place a hold on the receipt.",
)
FLOOR_NEAR = Row(
    107, WARNING, ALLOWS, "临近最低控货值",
    "{pledged_g} g are pledged, little more than the floor of {floor_g} g",
    "质押{pledged_g}克，接近最低控货量{floor_g}克",
    "Tell the borrower; the next truck out may need cash or other goods first.",
)
FLOOR_BROKEN = Row(
    108, URGENT, BLOCKS, "低于最低控货值",
    "{pledged_g} g are pledged, less than the floor of {floor_g} g",
    "质押{pledged_g}克，低于最低控货量{floor_g}克",
    "Stop what leaves; ask for goods or cash.",
)
MORE_THAN_ATTESTED = Row(
    109, WARNING, BLOCKS, "质押超过见证量下限",
    "{pledged_kg} kg are pledged; the attested lower bound is {lower_kg} kg",
    "质押{pledged_kg}千克，见证量下限{lower_kg}千克",
    "Nothing more is lent on the lot; ask for a better stocktake.",
)
OVER_PICKED = Row(
    110, URGENT, BLOCKS, "超量提货",
    "{out_g} g left for an order of {ordered_g} g",
    "指令{ordered_g}克，实际出库{out_g}克",
    "The goods are gone: record the execution, and let the keeper answer for the rest.",
)
# fmt: on
