"""The table of alerts (预警): stable numbered codes, each with its weight and its sentence in two languages. No IO.

The first digit says where an alert comes from: 1 the goods, 2 trucks and weighings, 3 price and cover, 4 dates, 5 the
parties, 6 the evidence and its devices, 7 the chain. A code is never given another meaning.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

from tally_finance.watch.row import Row, Severity

_NOTICE, _WARNING, _URGENT = Severity
_BLOCKS: Final = True
_ALLOWS: Final = False


@unique
class Code(Enum):
    """Every alert."""

    # fmt: off
    ATTESTATION_OLD = Row(
        101, _WARNING, _BLOCKS, "见证过期",
        "the quantity was attested {age_s} s ago; {max_age_s} s are allowed",
        "见证量已过{age_s}秒，上限{max_age_s}秒",
        "Ask keeper and inspector for a new attestation; nothing is issued, pledged or released until then.",
    )
    LESS = Row(
        102, _WARNING, _ALLOWS, "账实偏差",
        "less is measured than the book says, though chance can do that: E_n is {en}",
        "实测少于账面，尚可由偶然解释：E_n为{en}",
        "Look at the next stocktake; ask for one soon.",
    )
    SHORT = Row(
        103, _URGENT, _BLOCKS, "短少",
        "at most {upper_kg} kg lie there; {weighed_kg} kg were weighed in, of which {allowance_kg} kg may be lost",
        "存量至多{upper_kg}千克；入库过磅{weighed_kg}千克，允许损耗{allowance_kg}千克",
        "Go there and count. Nothing leaves the lot; a shortage is shared in proportion.",
    )
    SURPLUS = Row(
        104, _NOTICE, _ALLOWS, "盈余",
        "more is measured than the book says: E_n is {en}; it is not lent against",
        "实测多于账面：E_n为{en}；盈余不作押品",
        "Ask for the intake that nobody booked; take samples (water, sand).",
    )
    LEAK = Row(
        105, _URGENT, _BLOCKS, "慢漏",
        "{lost_kg} kg went since {since_at} that nothing explains",
        "自{since_at}起有{lost_kg}千克去向不明",
        "Compare gate, scale and gauges of the weeks in question; order a surprise stocktake (核库).",
    )
    OUTBOUND_WITHOUT_ORDER = Row(
        106, _URGENT, _BLOCKS, "无放货指令出库",
        "ticket {ticket}: {net_kg} kg left, and no release order covers them: {why}",
        "磅单{ticket}：出库{net_kg}千克，无放货指令：{why}",
        "Stop the gate; call the keeper; place a hold on the receipt.",
    )
    FLOOR_NEAR = Row(
        107, _WARNING, _ALLOWS, "临近最低控货值",
        "{pledged_g} g are pledged, little more than the floor of {floor_g} g",
        "质押{pledged_g}克，接近最低控货量{floor_g}克",
        "Tell the borrower; the next truck out may need cash or other goods first.",
    )
    FLOOR_BROKEN = Row(
        108, _URGENT, _BLOCKS, "低于最低控货值",
        "{pledged_g} g are pledged, less than the floor of {floor_g} g",
        "质押{pledged_g}克，低于最低控货量{floor_g}克",
        "Stop what leaves; ask for goods or cash.",
    )
    MORE_THAN_ATTESTED = Row(
        109, _WARNING, _BLOCKS, "质押超过见证量下限",
        "{pledged_kg} kg are pledged; the attested lower bound is {lower_kg} kg",
        "质押{pledged_kg}千克，见证量下限{lower_kg}千克",
        "Nothing more is lent on the lot; ask for a better stocktake.",
    )
    OVER_PICKED = Row(
        110, _URGENT, _BLOCKS, "超量提货",
        "{out_g} g left for an order of {ordered_g} g",
        "指令{ordered_g}克，实际出库{out_g}克",
        "The goods are gone: record the execution, and let the keeper answer for the rest.",
    )

    TRUCK_AT_TWO_SITES = Row(
        201, _URGENT, _BLOCKS, "同车两地",
        "a vehicle was weighed at {site} and {apart_s} s from then at {other}; the way takes {journey_s} s",
        "同一车辆在{site}与{other}过磅，相隔{apart_s}秒，行程需{journey_s}秒",
        "One of the two weighings is of another vehicle, or of none: compare the cameras.",
    )
    WEIGHED_WITHOUT_VEHICLE = Row(
        202, _WARNING, _BLOCKS, "无车过磅",
        "ticket {ticket}: {net_kg} kg were weighed, and no plate was read",
        "磅单{ticket}：过磅{net_kg}千克，未识别车牌",
        "Ask for the picture of the weighing; until then it makes no stock.",
    )
    SAME_TARE = Row(
        203, _WARNING, _BLOCKS, "皮重雷同",
        "{count} weighings in a row show one tare of {tare_kg} kg, of more vehicles than one",
        "连续{count}次过磅皮重均为{tare_kg}千克，且非同一车辆",
        "Empty vehicles differ by hundreds of kilograms: look at the pictures, and have the scale checked.",
    )
    WEIGHING_WRONG = Row(
        204, _WARNING, _BLOCKS, "过磅不成立",
        "the weighing at {at} {why}",
        "{at}的过磅记录有误：{why}",
        "It counts as nothing; ask the keeper for the scale's own record of it.",
    )

    PRICE_STALE = Row(
        301, _WARNING, _BLOCKS, "价格过期",
        "{fresh} of {sources} sources quoted within {max_age_s} s; {quorum} are needed",
        "{sources}个来源中仅{fresh}个在{max_age_s}秒内报价，需{quorum}个",
        "Ask the silent sources; nothing is lent on old prices.",
    )
    PRICE_DISPERSED = Row(
        302, _WARNING, _BLOCKS, "价格分歧",
        "the quotes make no price: {why}",
        "报价不成价：{why}",
        "Find out which source is wrong before anything is valued.",
    )
    WARNING_LINE = Row(
        303, _WARNING, _BLOCKS, "触及警戒线",
        "loan to value is {ltv}; the warning line is {line}. {cash} is missing",
        "动态质押率{ltv}，警戒线{line}，缺口{cash}",
        "Call for a top-up: goods or cash.",
    )
    LIQUIDATION_LINE = Row(
        304, _URGENT, _BLOCKS, "触及平仓线",
        "loan to value is {ltv}; the liquidation line is {line}. {cash} is missing",
        "动态质押率{ltv}，平仓线{line}，缺口{cash}",
        "Decide on default; no goods pass to the lender by default alone (Civil Code Art. 428).",
    )
    NOT_COVERED = Row(
        305, _WARNING, _BLOCKS, "担保不足",
        "{exposure} is owed, and what is pledged carries less: {cash} is missing",
        "敞口{exposure}超过可融资额度，缺口{cash}",
        "Nothing is drawn or released until the rest is covered.",
    )
    TOP_UP_DUE = Row(
        306, _WARNING, _ALLOWS, "补仓将到期",
        "the top-up is due at {due_at}",
        "补仓期限为{due_at}",
        "Remind the borrower.",
    )
    TOP_UP_OVERDUE = Row(
        307, _URGENT, _BLOCKS, "补仓逾期",
        "the top-up was due at {due_at}",
        "补仓已于{due_at}到期",
        "Declare default, or extend in writing.",
    )
    CONCENTRATED = Row(
        308, _WARNING, _BLOCKS, "集中度超限",
        "{amount} is lent; the limit is {cap}",
        "已放款{amount}，上限{cap}",
        "Lend no more there; let it run down.",
    )
    IN_DOUBT = Row(
        309, _WARNING, _BLOCKS, "押品存疑",
        "the lender's book has this against new credit: {why}, {text}",
        "贷款台账列示的限制事由：{why}，{text}",
        "Look the code up in the book's list of reasons, and bring what is missing.",
    )

    RECEIPT_EXPIRES = Row(
        401, _WARNING, _ALLOWS, "仓单将到期",
        "the receipt's term ends at {at}",
        "仓单储存期将于{at}届满",
        "Have it extended or replaced before the term ends.",
    )
    PLEDGE_EXPIRES = Row(
        402, _WARNING, _ALLOWS, "质押将到期",
        "the secured loan matures at {at}",
        "所担保贷款将于{at}到期",
        "Ask for repayment or agree an extension.",
    )
    FILING_EXPIRES = Row(
        403, _WARNING, _ALLOWS, "登记将到期",
        "the registry filing ends at {at}",
        "动产融资登记将于{at}到期",
        "Extend the filing before it ends: a lapse loses the rank.",
    )
    INSURANCE_EXPIRES = Row(
        404, _WARNING, _ALLOWS, "保险将到期",
        "the insurance ends at {at}",
        "保险将于{at}到期",
        "Ask for the renewed policy with the lender as first beneficiary.",
    )
    CALIBRATION_EXPIRES = Row(
        405, _WARNING, _ALLOWS, "检定将到期",
        "the certificate ends at {at}",
        "检定证书将于{at}到期",
        "Have the instrument verified in time.",
    )
    QUALITY_EXPIRES = Row(
        406, _WARNING, _ALLOWS, "质检将过期",
        "the quality of the goods was found for a time that ends at {at}",
        "质检结果有效期将于{at}届满",
        "Have samples taken and tested in time: goods age (grain, liquor, chemicals).",
    )
    RECEIPT_EXPIRED = Row(
        411, _URGENT, _BLOCKS, "仓单已到期",
        "the receipt's term ended at {at}",
        "仓单储存期已于{at}届满",
        "Have it replaced; it can be neither endorsed nor newly pledged.",
    )
    PLEDGE_EXPIRED = Row(
        412, _URGENT, _BLOCKS, "质押已到期",
        "the secured loan matured at {at}",
        "所担保贷款已于{at}到期",
        "Collect, extend in writing, or declare default.",
    )
    FILING_EXPIRED = Row(
        413, _URGENT, _BLOCKS, "登记已到期",
        "the registry filing ended at {at}",
        "动产融资登记已于{at}到期",
        "File anew at once, and search for what was filed since.",
    )
    INSURANCE_EXPIRED = Row(
        414, _URGENT, _BLOCKS, "保险已到期",
        "the insurance ended at {at}",
        "保险已于{at}到期",
        "Place a hold; nothing is lent on goods without cover.",
    )
    CALIBRATION_EXPIRED = Row(
        415, _WARNING, _BLOCKS, "检定已过期",
        "the certificate ended at {at}",
        "检定证书已于{at}过期",
        "What is weighed since counts with twice the uncertainty; have it verified.",
    )
    QUALITY_EXPIRED = Row(
        416, _WARNING, _BLOCKS, "质检已过期",
        "the quality of the goods was found for a time that ended at {at}",
        "质检结果有效期已于{at}届满",
        "Nothing is lent on a quality that nobody vouches for: have samples taken and tested.",
    )

    DUPLICATE_FINGERPRINT = Row(
        501, _URGENT, _BLOCKS, "指纹重复",
        "the same fingerprint stands at {others}",
        "相同指纹亦见于{others}",
        "Two claims speak of one thing: ask the other side before anything is lent.",
    )
    RELATED_KEEPER = Row(
        502, _URGENT, _BLOCKS, "保管人关联",
        "keeper {keeper} and {depositor} have {shared} in common",
        "保管人{keeper}与{depositor}有共同关联方{shared}",
        "A keeper in the borrower's hand guards nothing: appoint a monitor of your own.",
    )
    CIRCULAR_TRADE = Row(
        503, _URGENT, _BLOCKS, "循环贸易",
        "{text}",
        "货物循环交易：{text}",
        "The papers may all be genuine: ask who paid whom in the end before anything is lent (Hin Leong, Gupta).",
    )
    TITLE_IN_DOUBT = Row(
        504, _URGENT, _BLOCKS, "权属存疑",
        "{name} ({name_zh}): {text}",
        "{name_zh}（{name}）：{text}",
        "Look the name up in ownership.md, and bring what is missing.",
    )
    FILING_DIFFERS = Row(
        505, _URGENT, _BLOCKS, "登记内容不符",
        "what was filed is not what is pledged: {items}",
        "登记内容与质押标的不符：{items}",
        "File an amendment at once: the rank hangs on what is filed.",
    )

    SILENT = Row(
        601, _WARNING, _BLOCKS, "静默",
        "nothing was heard since {last_at}; it speaks every {cadence_s} s",
        "自{last_at}起无数据，应每{cadence_s}秒上报",
        "Ask the site; silence stops new credit and is no shortage.",
    )
    GAP_DECLARED = Row(
        602, _WARNING, _ALLOWS, "申报缺口",
        "the device declared a gap from {after} to {before}: {reason}",
        "设备申报缺口：{after}至{before}，原因{reason}",
        "Compare with what gate and scale say of that time.",
    )
    EVIDENCE_FAILS = Row(
        603, _URGENT, _BLOCKS, "证据不成立",
        "finding {number} {name}: {detail}",
        "核验结论{number} {name}：{detail}",
        "Look the finding up in findings.md.",
    )
    STATEMENT_MISSING = Row(
        604, _WARNING, _BLOCKS, "缺少陈述",
        "{count} statements of the stream are missing, the first seq {first}",
        "该流缺少{count}条陈述，首缺序号{first}",
        "Late ones end the alert by themselves; what stays away is withheld or lost.",
    )
    LOG_CONTRADICTS = Row(
        605, _URGENT, _BLOCKS, "日志前后矛盾",
        "the log shows another history than before: {why}",
        "日志与先前所示不一致：{why}",
        "Stop. Keep both checkpoints: together they prove it.",
    )
    LOG_QUIET = Row(
        606, _WARNING, _BLOCKS, "日志无回应",
        "the log was last heard at {last_at}: {why}",
        "日志最后一次回应于{last_at}：{why}",
        "Ask the gateway's operator; look at its health page.",
    )

    PLEDGED_ELSEWHERE = Row(
        701, _URGENT, _BLOCKS, "他人质押",
        "{lender} stands as lender of the receipt, which is {encumbrance}",
        "仓单质权人为{lender}，状态{encumbrance}",
        "Lend nothing on it; if you lent already, compare the filings.",
    )
    HELD = Row(
        702, _URGENT, _BLOCKS, "仓单冻结",
        "a hold stands on the receipt: {kinds}",
        "仓单被冻结：{kinds}",
        "Read the hold's reference; who set it, or a court, lifts it.",
    )
    RECEIPT_CHANGED = Row(
        703, _WARNING, _ALLOWS, "仓单变更",
        "the receipt changed since you took note of it: {what}",
        "仓单自上次确认后已变更：{what}",
        "Read the operations since; take note of the new head.",
    )
    RECEIPT_ENDED = Row(
        704, _URGENT, _BLOCKS, "仓单终止",
        "the receipt is {state}",
        "仓单状态为{state}",
        "A receipt that ended covers nothing: find its successor.",
    )
    LOT_HELD_SHORT = Row(
        705, _URGENT, _BLOCKS, "批次短少冻结",
        "the lot is marked short on the chain",
        "批次在链上被标记为短少",
        "All receipts of the lot stand still until an attestation lifts it or the loss is shared.",
    )
    CHAIN_QUIET = Row(
        706, _WARNING, _BLOCKS, "链无回应",
        "the chain was last read at {last_at}: {why}",
        "链最后一次读取于{last_at}：{why}",
        "Ask the node's operator, or name another node: until then nothing is known of holds and pledges.",
    )
    CHAIN_CONTRADICTS = Row(
        707, _URGENT, _BLOCKS, "链前后矛盾",
        "the chain shows another history than before, or one that the rules refuse: {why}",
        "链与先前所示不一致，或含规则所拒之操作：{why}",
        "Stop. Compare with other parties' nodes; start the watch again once it is known what happened.",
    )
    # fmt: on

    @property
    def number(self) -> int:
        """The stable number."""
        return self.value.number

    @property
    def severity(self) -> Severity:
        """How soon somebody must look."""
        return self.value.severity

    @property
    def blocks(self) -> bool:
        """Whether it allows no new credit while it stands."""
        return self.value.blocks

    @property
    def until_ended(self) -> bool:
        """Whether it stands until a person ends it: goods that are gone, and evidence that failed, stay so."""
        return self in _UNTIL_ENDED

    @property
    def keeps_evidence(self) -> bool:
        """Whether what it rests on is noted again when it changes: who acknowledges or ends it has seen just that."""
        return self.until_ended or self is Code.RECEIPT_CHANGED


_UNTIL_ENDED: Final = frozenset(
    {
        Code.OUTBOUND_WITHOUT_ORDER,
        Code.OVER_PICKED,
        Code.TRUCK_AT_TWO_SITES,
        Code.EVIDENCE_FAILS,
        Code.LOG_CONTRADICTS,
        Code.CHAIN_CONTRADICTS,
    }
)
