"""Alerts about the parties (5xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import BLOCKS, URGENT, Row

# fmt: off
DUPLICATE_FINGERPRINT = Row(
    501, URGENT, BLOCKS, "指纹重复",
    "the same fingerprint stands at {others}",
    "相同指纹亦见于{others}",
    "Two claims speak of one thing: ask the other side before anything is lent.",
)
RELATED_KEEPER = Row(
    502, URGENT, BLOCKS, "保管人关联",
    "keeper {keeper} and {depositor} have {shared} in common",
    "保管人{keeper}与{depositor}有共同关联方{shared}",
    "A keeper in the borrower's hand guards nothing: appoint a monitor of your own.",
)
CIRCULAR_TRADE = Row(
    503, URGENT, BLOCKS, "循环贸易",
    "{text}",
    "货物循环交易：{text}",
    "The papers may all be genuine: ask who paid whom in the end before anything is lent (Hin Leong, Gupta).",
)
TITLE_IN_DOUBT = Row(
    504, URGENT, BLOCKS, "权属存疑",
    "{name} ({name_zh}): {text}",
    "{name_zh}（{name}）：{text}",
    "Look the name up in ownership.md, and bring what is missing.",
)
FILING_DIFFERS = Row(
    505, URGENT, BLOCKS, "登记内容不符",
    "what was filed is not what is pledged: {items}",
    "登记内容与质押标的不符：{items}",
    "File an amendment at once: the rank hangs on what is filed.",
)
# fmt: on
