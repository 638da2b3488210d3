"""One sentence for each kind of operation, in English and in Chinese; names in braces are fields. No IO."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "AddSlot": (
        "Add a slot with {outline} between {bottom} and {top} to site {site}.",
        "在库区 {site} 划定货位：{outline}，高度 {bottom} 至 {top}。",
    ),
    "AssignKeeper": (
        "Let {keeper} keep the empty slot {slot}.",
        "将空货位 {slot} 交由 {keeper} 保管。",
    ),
    "DismissKeeper": (
        "Take the empty slot {slot} back from its keeper.",
        "解除空货位 {slot} 的保管人。",
    ),
    "RetireSlot": (
        "End the empty slot {slot}; its place is free again.",
        "撤销空货位 {slot}，其位置可重新划定。",
    ),
    "OpenLot": (
        "Open a lot of goods {goods} in slot {slot}, attested by {quorum} of {witnesses} and fresh for "
        "{maxAgeSeconds}, with a loss allowance of {allowancePpm}.",
        "在货位 {slot} 开立货物 {goods} 的批次；见证人 {witnesses} 中须有 {quorum} 人签署，见证有效 {maxAgeSeconds}，"
        "损耗标准 {allowancePpm}。",
    ),
    "RecordInbound": (
        "Record {weighings} brought by {depositor} into lot {lot}, the last weighed at {weighedAt}.",
        "登记存货人 {depositor} 入库批次 {lot}：{weighings}，最后过磅时间 {weighedAt}。",
    ),
    "VoidWeighing": (
        "Void the weighing {evidence} of lot {lot}: its quantity was never there.",
        "作废批次 {lot} 的磅单 {evidence}，其数量自始不计。",
    ),
    "Attest": (
        "Attest that {estimate} are in lot {lot} (at least {lower}, at most {upper}) as of {asOf}; goods missing: "
        "{short}.",
        "见证批次 {lot} 于 {asOf} 的数量为 {estimate}（不低于 {lower}，不高于 {upper}）；短缺：{short}。",
    ),
    "Apportion": (
        "Share the shortage of lot {lot} pro rata among the receipts {receipts} and the depositors {depositors} of "
        "what is in none; each loses its part for good.",
        "批次 {lot} 的短缺由仓单 {receipts} 与未开单货物的存货人 {depositors} 按比例分担，数量相应核减。",
    ),
    "SucceedKeeper": (
        "Let {keeper} keep lot {lot} with the receipts {receipts} from now on, attested by {quorum} of {witnesses}, as "
        "judgment {judgment} says.",
        "依裁定 {judgment}，批次 {lot} 及其仓单 {receipts} 改由 {keeper} 保管；"
        "见证人 {witnesses} 中须有 {quorum} 人签署。",
    ),
    "CloseLot": (
        "Close lot {lot}; its slot is empty again, and what {depositors} have left in it has no receipt for ever.",
        "注销批次 {lot}，货位腾空；存货人 {depositors} 在其中的剩余货物不再开立仓单。",
    ),
    "Issue": (
        "Issue receipt {number} for {quantity} of lot {lot} to {holder}, until {until} (trade: {trade}).",
        "就批次 {lot} 向 {holder} 签发仓单 {number}，数量 {quantity}，储存期至 {until}（贸易：{trade}）。",
    ),
    "Endorse": (
        "Make {to} the holder of receipt {receipt}.",
        "将仓单 {receipt} 背书转让给 {to}。",
    ),
    "Split": (
        "Split receipt {receipt} into {numbers} of {quantities}, pledged {pledged}.",
        "将仓单 {receipt} 拆分为 {numbers}，数量 {quantities}，其中已质押 {pledged}。",
    ),
    "Merge": (
        "Merge the receipts {receipts} into receipt {number}.",
        "将仓单 {receipts} 合并为仓单 {number}。",
    ),
    "Amend": (
        "Reduce receipt {receipt} to {quantity}; the holder has no claim to the rest any more.",
        "将仓单 {receipt} 的数量减至 {quantity}，其余部分持单人不再享有。",
    ),
    "Replace": (
        "Replace receipt {receipt} by {number}.",
        "以仓单 {number} 换发仓单 {receipt}。",
    ),
    "ReplaceLost": (
        "Replace the lost receipt {receipt} by {number}, held by {holder}.",
        "仓单 {receipt} 遗失，补发仓单 {number}，持单人 {holder}。",
    ),
    "Surrender": (
        "Give receipt {receipt} back: the keeper becomes its holder and may cancel it.",
        "交还仓单 {receipt}，保管人成为持单人并可注销。",
    ),
    "Cancel": (
        "Cancel receipt {receipt} for ever.",
        "永久注销仓单 {receipt}。",
    ),
    "Deliver": (
        "Deliver {quantity} under receipt {receipt} (the receipt ends: {last}).",
        "凭仓单 {receipt} 提货 {quantity}（仓单终止：{last}）。",
    ),
    "Hold": (
        "Hold {quantity} of receipt {receipt} (0 kg: all of it) for {kind}, as {role}, because of {reason}.",
        "以{role}身份冻结仓单 {receipt} 的 {quantity}（0 kg 即全部），事由：{kind}，依据 {reason}。",
    ),
    "Lift": (
        "Lift the hold {hold} of receipt {receipt}, as {role}, because of {reason}.",
        "以{role}身份解除仓单 {receipt} 的冻结 {hold}，依据 {reason}。",
    ),
    "Offer": (
        "Offer {quantity} of receipt {receipt} in pledge to {lender} until {until}, for a debt due {maturity} on "
        "terms {terms}.",
        "以仓单 {receipt} 的 {quantity} 向 {lender} 出质，要约至 {until}，债务到期日 {maturity}，条款 {terms}。",
    ),
    "Withdraw": (
        "Withdraw the pledge of receipt {receipt} before it is registered, as {role}.",
        "以{role}身份在登记前撤回仓单 {receipt} 的质押。",
    ),
    "Accept": (
        "Accept receipt {receipt} in pledge, on ownership pack {ownership}, valuation {valuation} and search {search}.",
        "接受仓单 {receipt} 的质押，依据权属资料 {ownership}、估值 {valuation}、查询 {search}。",
    ),
    "Register": (
        "Register the pledge of receipt {receipt} with filing {filing} and search {search}.",
        "登记仓单 {receipt} 的质押：登记证明 {filing}，查询 {search}。",
    ),
    "Release": (
        "Release {quantity} of receipt {receipt} from the pledge, on computation {computation}.",
        "解除仓单 {receipt} 中 {quantity} 的质押，依据测算 {computation}。",
    ),
    "Order": (
        "Let picker {picker} take {quantity} of the pledged receipt {receipt} from {from} to {until}, once, on "
        "computation {computation}.",
        "准许提货人 {picker} 于 {from} 至 {until} 一次提取质押仓单 {receipt} 的 {quantity}，依据测算 {computation}。",
    ),
    "CancelOrder": (
        "Cancel the release order {order} of receipt {receipt}.",
        "撤销仓单 {receipt} 的放货指令 {order}。",
    ),
    "Execute": (
        "Record that picker {picker} took {quantity} of receipt {receipt} at {leftAt} under release order {order}.",
        "登记提货人 {picker} 依放货指令 {order} 于 {leftAt} 提取仓单 {receipt} 的 {quantity}。",
    ),
    "SetFloor": (
        "Let goods of receipt {receipt} leave without an order down to {floor} until {until} (0 kg: no longer).",
        "至 {until} 止，仓单 {receipt} 可动态出库，最低控货 {floor}（0 kg 即终止）。",
    ),
    "ExecuteDynamic": (
        "Record that {quantity} of receipt {receipt} left at {leftAt} above the floor of its dynamic pledge.",
        "登记仓单 {receipt} 动态质押项下于 {leftAt} 出库 {quantity}。",
    ),
    "Substitute": (
        "Pledge {quantity} of receipt {with} instead of receipt {receipt}, with filing {filing}, on computation "
        "{computation}.",
        "以仓单 {with} 的 {quantity} 置换仓单 {receipt} 的质押，变更登记 {filing}，依据测算 {computation}。",
    ),
    "CallMargin": (
        "Call for more cover of the debt under receipt {receipt} until {until}, on computation {computation}.",
        "要求于 {until} 前就仓单 {receipt} 追加担保，依据测算 {computation}。",
    ),
    "Cure": (
        "Declare the margin call on receipt {receipt} cured, on computation {computation}.",
        "确认仓单 {receipt} 已补仓，依据测算 {computation}。",
    ),
    "DeclareDefault": (
        "Declare the debt under receipt {receipt} in default, because of {reason}.",
        "宣布仓单 {receipt} 项下债务违约，依据 {reason}。",
    ),
    "Enforce": (
        "Begin the sale of receipt {receipt} after notice until {noticeUntil}, on valuation {valuation} with reserve "
        "{reserve}.",
        "启动处置仓单 {receipt}，通知期至 {noticeUntil}，估值 {valuation}，保留价 {reserve}。",
    ),
    "Settle": (
        "End the pledge of receipt {receipt}: the debt is paid, as {discharge} shows.",
        "债务已清偿（{discharge}），了结仓单 {receipt} 的质押。",
    ),
    "Discharge": (
        "End the pledge of receipt {receipt} because a court found, by {judgment}, that nothing is owed.",
        "法院判决（{judgment}）认定无欠款，解除仓单 {receipt} 的质押。",
    ),
    "Sell": (
        "Sell what is pledged of receipt {receipt} to {buyer}, paid out by {waterfall}, as report {report} says; the "
        "rest becomes receipt {rest}.",
        "将仓单 {receipt} 的质押部分拍卖给 {buyer}，清偿顺序 {waterfall}，成交报告 {report}，余量另立仓单 {rest}。",
    ),
    "TakeOver": (
        "Let the lender's firm {buyer} take over what is pledged of receipt {receipt} at a price agreed after "
        "default, paid out by {waterfall}, as report {report} says; the rest becomes receipt {rest}.",
        "违约后协议折价，由质权人 {buyer} 取得仓单 {receipt} 的质押部分，清偿顺序 {waterfall}，报告 {report}，"
        "余量另立仓单 {rest}。",
    ),
    "OpenTrade": (
        "Open trade {trade} between seller {seller} and buyer {buyer} on terms {terms}.",
        "登记卖方 {seller} 与买方 {buyer} 的贸易 {trade}，条款 {terms}。",
    ),
    "FinanceOrder": (
        "Let {lender} finance the order of trade {trade} for {borrower}, on terms {terms}; nobody else can lend "
        "against the trade.",
        "由 {lender} 就贸易 {trade} 的订单向 {borrower} 融资，条款 {terms}；他人不得再就该贸易融资。",
    ),
    "RepayOrder": (
        "End the loan on the order of trade {trade}, as {discharge} shows.",
        "贸易 {trade} 的订单融资已结清（{discharge}）。",
    ),
    "DischargeOrder": (
        "End the loan on the order of trade {trade} because a court found, by {judgment}, that nothing is owed.",
        "法院判决（{judgment}）认定无欠款，终结贸易 {trade} 的订单融资。",
    ),
    "CreateVoucher": (
        "Create voucher {number}: {obligor} owes {supplier} {face} on {dueAt} for the invoices {invoices} (trade: "
        "{trade}).",
        "开立凭证 {number}：付款人 {obligor} 应于 {dueAt} 向 {supplier} 支付 {face}，发票 "
        "{invoices}（贸易：{trade}）。",
    ),
    "SplitVoucher": (
        "Split voucher {number} into {numbers} of {faces}.",
        "将凭证 {number} 拆分为 {numbers}，金额 {faces}。",
    ),
    "TransferVoucher": (
        "Make {to} the holder of voucher {number}.",
        "将凭证 {number} 转让给 {to}。",
    ),
    "OfferVoucher": (
        "Offer voucher {number} in pledge to {lender} until {until}, on terms {terms}.",
        "以凭证 {number} 向 {lender} 出质，要约至 {until}，条款 {terms}。",
    ),
    "WithdrawVoucher": (
        "Withdraw the offer of voucher {number}, as {role}.",
        "以{role}身份撤回凭证 {number} 的出质要约。",
    ),
    "AcceptVoucher": (
        "Accept voucher {number} in pledge, with filing {filing} and search {search}.",
        "接受凭证 {number} 的质押，登记证明 {filing}，查询 {search}。",
    ),
    "ReleaseVoucher": (
        "Release voucher {number} from the pledge, as {discharge} shows.",
        "解除凭证 {number} 的质押，依据 {discharge}。",
    ),
    "DischargeVoucher": (
        "End the pledge of voucher {number} because a court found, by {judgment}, that nothing is owed.",
        "法院判决（{judgment}）认定无欠款，解除凭证 {number} 的质押。",
    ),
    "DisputeVoucher": (
        "Dispute voucher {root} and all its leaves, as {role} (leaf: {leaf}), because of {reason}.",
        "以{role}身份对凭证 {root} 及其全部分支提出争议（分支：{leaf}），依据 {reason}。",
    ),
    "SettleDispute": (
        "Settle the dispute {dispute} of voucher {root}, as {role}, because of {reason}.",
        "以{role}身份解决凭证 {root} 的争议 {dispute}，依据 {reason}。",
    ),
    "RedeemVoucher": (
        "Redeem voucher {number}: {amount} were paid, as {payment} shows, to its {role}.",
        "兑付凭证 {number}：已向{role}支付 {amount}，凭证据 {payment}。",
    ),
    "DishonourVoucher": (
        "State that voucher {number} was not paid when due, because of {reason}; the claim stays.",
        "声明凭证 {number} 到期未获兑付，依据 {reason}；债权不变。",
    ),
}
"""Kind to its sentences."""
