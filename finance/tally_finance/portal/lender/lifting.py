"""What lifts a reason against new credit, in words, by the reason's code in the book (`book.reasons`). No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tally_gateway.pages.words import Words

LIFTING: Final[Mapping[str, Words]] = {
    "no-price": Words("Bring quotes of the goods from your sources.", "补充该品种的报价。"),
    "stale-price": Words("Bring newer quotes from your sources.", "催报最新价格。"),
    "price-doubted": Words("Find out which source is wrong.", "查明哪个报价来源有误。"),
    "no-quantity": Words("Have keeper and inspector attest the lot.", "请保管人与检验人出具见证。"),
    "stale-quantity": Words("Have keeper and inspector attest the lot again.", "请保管人与检验人重新出具见证。"),
    "short": Words("Send somebody to count, and share the shortage out.", "现场清点，短少按比例分担。"),
    "doubted": Words("Open the lot's evidence and have its findings mended.", "打开该批次证据，逐项整改核验结论。"),
    "no-terms": Words("Agree terms for these goods, or take others.", "为该品种约定押品条件，或更换押品。"),
    "other-goods": Words("Have the receipt replaced by one that names the goods.", "办理换单，使品名相符。"),
    "pledged-twice": Words("Ask the other creditor before anything is lent.", "放款前向对方债权人核实。"),
    "not-registered": Words("Sign “Register a pledge” with filing and search.", "凭登记证明与查询证明签署“质押登记”。"),
    "held": Words("Look who holds the goods, and why; they or a court lift it.", "查看冻结依据，由设置人或法院解除。"),
    "no-ownership": Words("Bring contract, invoice and proof of payment.", "补齐合同、发票与付款凭证。"),
    "claimed": Words("Settle the other's claim, or take other goods.", "了结他人权利，或更换押品。"),
    "no-filing": Words("File the pledge with the movables registry.", "办理动产融资统一登记。"),
    "filing-lapsed": Words("File anew, and search what others filed since.", "立即重新登记，并查询其间他人的登记。"),
    "no-search": Words("Search the movables registry, and book the search.", "办理动产融资登记查询并入账。"),
    "stale-search": Words("Search the movables registry again, and book it.", "重新办理登记查询并入账。"),
    "search-used": Words(
        "Each draw needs a search of its own: search again.", "每笔放款须有一次新的登记查询：请重新查询。"
    ),
    "matured": Words("Collect, or extend the loan in writing.", "催收，或书面展期。"),
    "margin-called": Words("Have the call answered, then sign that it is.", "待补仓到位后签署补仓完成。"),
    "defaulted": Words("Nothing new is lent on a loan in default.", "违约贷款不得新增授信。"),
    "over-limit": Words("Let it be paid down below the limit.", "还款至授信额度以内。"),
    "over-cap": Words("Wait until the exposure falls, or change the cap.", "待敞口回落，或调整集中度限额。"),
    "no-place": Words("Have the lot's slot registered.", "登记该批次的货位。"),
    "no-turnover": Words("Book the market's turnover of these goods.", "补录该品种成交量。"),
    "stale-turnover": Words("Book a newer turnover of these goods.", "更新该品种成交量。"),
    "not-insured": Words("Have the goods insured, the lender to be paid first.", "办理保险，以质权人为第一受益人。"),
    "insurance-lapsed": Words("Have the insurance renewed.", "办理续保。"),
    "out-of-order": Words("Have the entries of the book looked at.", "检查台账入账顺序。"),
    "conflict-found": Words("Read the conflict, and settle it with the other party.", "查看权利冲突，与对方核实了结。"),
    "not-covered": Words("Have the debt paid down, or more goods pledged.", "还款或追加押品。"),
}
