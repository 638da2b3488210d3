"""How a visitor lets goods out of the demonstration's silo: who does what, in order. The guide's page shows it."""

from __future__ import annotations

from typing import Final

from tally_gateway.pages.words import Words

PAID: Final = "100000"
"""In yuan: what covers the loan again, and leaves room for what goes out."""
OUT_T: Final = "5"

RELEASE: Final = (
    (
        "anna",
        Words(
            f"from the pledged receipt's margin call, book a payment of CNY {int(PAID):,} with any file as the bank's "
            "advice: until then the loan is short of cover and nothing may leave. Then, from the receipt's release of "
            f"goods, order {OUT_T} t out, save the opening, and sign.",
            f"由质押仓单的追保页登记还款 {int(PAID):,} 元，回单可用任意文件（担保不足时不得放货）；再由该仓单的放货页"
            f"开具 {OUT_T} 吨的放货指令，保存提货人信息文件并签署。",
        ),
    ),
    (
        "bo",
        Words(
            "sign the order as the bank's second signer, by “Sign and send”.",
            "在“签署与提交”中以复核人身份会签该指令。",
        ),
    ),
    (
        "fen",
        Words("sign it as the holder, and send it to the contract.", "以持单人身份签署，并提交上链。"),
    ),
    (
        "ke",
        Words(
            "the order is open on your first page. At the gate, bring the opening, say how much left, name the "
            "weighing below, sign, and copy the address of the operation's page: no operation names its verifier, so "
            "yours has to be told.",
            "首页即见待执行指令。在“出门核对”导入提货人信息文件，填写实际出库数量与下列磅单编号并签署，"
            "再将该操作页地址告知监管人（操作不指定监管人，须另行告知）。",
        ),
    ),
    (
        "yan",
        Words(
            "open that address, sign beside the keeper, and send it: the receipt is for less from then on.",
            "打开该地址，会签并提交上链；仓单数量随之减少。",
        ),
    ),
)
"""The name of one of `people.PARTS`, and what they do."""
