"""What people need beside a finding's meaning: its Chinese name, and what to do about it in both languages."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tally_chain.findings import Code

NOTHING: Final = "Nothing."


class Help(NamedTuple):
    """`name`: the code's in Chinese. `advice`: what to do about it; `NOTHING` where nothing is to be done."""

    name: str
    advice: str
    advice_zh: str


def sentence_zh(code: Code, sentence: str) -> str:
    """A finding's sentence in Chinese: the code's name, and the detail as the verifier says it, in English."""
    said, again = sentence.removeprefix(code.meaning), ""
    if (found := _AGAIN.search(said)) is not None:
        said, again = said[: found.start()], f"（另有 {found[1]} 处相同）"
    detail = said.removeprefix(": ")
    return HELP[code].name + (f"：{detail}" if detail else "") + again


_AGAIN: Final = re.compile(r" \(and ([0-9]+) more like it\)$")
_ASK: Final = "Ask the owner for a bundle made anew"
_ASK_ZH: Final = "请向数据所有方索取重新制作的证据包"

HELP: Final[dict[Code, Help]] = {
    Code.BUNDLE_EMPTY: Help("证据包为空", f"{_ASK}; this one proves nothing.", f"{_ASK_ZH}；此包不能证明任何内容。"),
    Code.UNKNOWN_LOG: Help(
        "未知日志",
        "Learn the log's keys by another way than the bundle's, then add it to the policy.",
        "请通过证据包以外的渠道取得该日志的密钥，再加入策略。",
    ),
    Code.HEAD_SIGNATURE_WRONG: Help("树头签名不符", f"{_ASK}.", f"{_ASK_ZH}。"),
    Code.CHECKPOINT_WRONG: Help(
        "检查点不符",
        f"{_ASK}; if it happens again, compare the log's checkpoint key.",
        f"{_ASK_ZH}；若再次出现，请比对该日志的检查点密钥。",
    ),
    Code.TREE_MISMATCH: Help(
        "树根不符",
        "Treat the bundle as altered. Nothing in it is proven.",
        "请将该证据包视为已被改动，其中任何内容均未获证明。",
    ),
    Code.NOT_CONSISTENT: Help(
        "与已知树头不一致",
        "Treat the log as forked until the operator explains; keep both heads.",
        "在运营方作出解释之前，请将该日志视为已分叉，并保留两个树头。",
    ),
    Code.UNANCHORED_HEAD: Help(
        "树头未锚定",
        "Get a head: verify with a chain at hand, or compare one out of band.",
        "请取得树头：接入链后核验，或带外比对一个树头。",
    ),
    Code.SELF_ANCHORED: Help(
        "自锚定",
        "Ask for an anchor on a chain that the operator does not control.",
        "请要求锚定到运营方无法控制的链上。",
    ),
    Code.LOG_REWRITTEN: Help(
        "日志被改写",
        "Stop. Keep bundle and anchored head: together they prove the rewriting.",
        "请停止使用，并保留证据包与已锚定的树头：二者合在一起即可证明日志被改写。",
    ),
    Code.OPENING_WRONG: Help("日志首条不符", f"{_ASK}; compare the log's keys.", f"{_ASK_ZH}，并比对日志密钥。"),
    Code.SUCCESSOR_LOG: Help(
        "后继日志",
        "Ask what was lost, and for a bundle of the log before where the period needs it.",
        "请询问丢失了什么；期间需要时，索取前一日志的证据包。",
    ),
    Code.ANCHORED: Help("已锚定", NOTHING, "无需处理。"),
    Code.ROOT_UNLINKED: Help(
        "未链接到已知树头",
        "Ask for a bundle linked to the head that you hold (`gateway export --link SIZE`).",
        "请索取链接到您所持树头的证据包（`gateway export --link SIZE`）。",
    ),
    Code.LOG_TWICE: Help("同一日志出现两次", f"{_ASK}, with each log once.", f"{_ASK_ZH}，每个日志只出现一次。"),
    Code.OPENING_MISSING: Help("缺少日志首条", f"{_ASK}, with entry 0.", f"{_ASK_ZH}，须含第 0 条。"),
    Code.OLDER_HEAD: Help(
        "树头较旧",
        "Where revocations since would matter, ask for a bundle at the newest head.",
        "若此后的吊销可能有影响，请索取最新树头的证据包。",
    ),
    Code.HEADS_CONTRADICT: Help(
        "树头互相矛盾",
        "Stop. Keep all the heads: the log or its chain was made anew, or a head was noted wrong.",
        "请停止使用，并保留全部树头：日志或其所在的链被重建，或某个树头记录有误。",
    ),
    Code.HEAD_TOO_OLD: Help(
        "树头过旧", "Ask for a bundle at a head that was anchored lately.", "请索取近期已锚定树头的证据包。"
    ),
    Code.AGGREGATED: Help(
        "经汇总锚定",
        "Where a second history would matter, run `tallystick heads audit`.",
        "若另一份历史可能有影响，请运行 `tallystick heads audit`。",
    ),
    Code.VIA_WRONG: Help(
        "汇总路径无效",
        f"{_ASK}; if it happens again, compare the keys of log and aggregator.",
        f"{_ASK_ZH}；若再次出现，请比对日志与汇总方的密钥。",
    ),
    Code.VIA_UNUSED: Help(
        "汇总路径未采用",
        "Learn the aggregator's keys by another way; verify with a chain.",
        "请通过其他渠道取得汇总方的密钥，或接入链后核验。",
    ),
    Code.UNKNOWN_AUTHORITY: Help(
        "未知计量主管",
        "Learn whose key it is; add it to the policy only if you trust it.",
        "请查明该密钥属于谁；仅在信任对方时才加入策略。",
    ),
    Code.AUTHORITY_SIGNATURE_WRONG: Help(
        "主管签名无效", "Treat it as forged; tell the authority.", "请视为伪造，并告知计量主管。"
    ),
    Code.AUTHORITY_INCOMPLETE: Help(
        "主管流不完整",
        "Ask for every statement of the authority: a revocation may be missing.",
        "请索取计量主管的全部陈述：可能缺少一条吊销。",
    ),
    Code.AUTHORITY_FORK: Help(
        "主管流分叉",
        "Stop. Show both statements to the authority: it signed twice, or lost its key.",
        "请停止使用，并将两条陈述出示给计量主管：其重复签名，或密钥已遗失。",
    ),
    Code.AUTHORITY_STALE: Help(
        "计量点清单过期", "Ask for a bundle with the renewed site plan.", "请索取含更新后计量点清单的证据包。"
    ),
    Code.COUNTERSIGNATURE_MISSING: Help(
        "缺少复核签名", "Have the second person sign a new statement.", "请由复核人签署一条新的陈述。"
    ),
    Code.COUNTERSIGNATURE_WRONG: Help(
        "复核签名无效",
        "Find out who signed; add the person to the policy only if you trust them.",
        "请查明签名人；仅在信任对方时才加入策略。",
    ),
    Code.SELF_ENROLLED: Help(
        "自行登记密钥", "Ask for an independent second person at the enrolment.", "请要求由独立的复核人参与密钥登记。"
    ),
    Code.UNKNOWN_KEY: Help(
        "未登记密钥",
        "Ask for the enrolment; statements before it do not count.",
        "请索取密钥登记；登记之前的陈述不予采信。",
    ),
    Code.REVOKED_KEY: Help(
        "密钥已吊销",
        "Do not use what was signed after the last good statement.",
        "最后一条有效陈述之后签署的内容不得使用。",
    ),
    Code.ROTATED_KEY: Help(
        "密钥已更换",
        "Do not use what the old key signed after the rotation; ask who still holds it.",
        "更换之后由旧密钥签署的内容不得使用；请询问旧密钥现由谁持有。",
    ),
    Code.NOT_ITS_POINT: Help(
        "不属于该计量点",
        "Have the authority enrol the key for the point, or drop the statements.",
        "请由计量主管为该计量点登记此密钥，否则剔除这些陈述。",
    ),
    Code.UNPLANNED_POINT: Help(
        "计划外计量点", "Have the authority add the point to the site plan.", "请由计量主管将该计量点列入计量点清单。"
    ),
    Code.FACTS_MISSING: Help(
        "缺少计量档案", "Have the authority state the meter's facts.", "请由计量主管陈述该表计的计量档案。"
    ),
    Code.PLAN_MISSING: Help(
        "缺少计量点清单",
        f"{_ASK}, with the site plan: without it completeness means nothing.",
        f"{_ASK_ZH}，须含计量点清单：没有清单，完整性无从谈起。",
    ),
    Code.PREDECESSOR_UNKNOWN: Help(
        "前序流未包含",
        "Ask for the stream before, where the period reaches into it.",
        "期间涉及前序流时，请索取该前序流。",
    ),
    Code.AUTHORITIES_DISAGREE: Help(
        "两个主管重叠",
        "Settle which authority speaks for the site, and trust that one alone.",
        "请确定由哪个主管代表该场所，并只信任该主管。",
    ),
    Code.LOG_NOT_PLANNED: Help("清单未列出该日志", "Have the site plan name the log.", "请在计量点清单中列出该日志。"),
    Code.NOT_ITS_DEVICE: Help(
        "设备名不符", "Find out why the key speaks in another device's name.", "请查明该密钥为何以另一设备的名义陈述。"
    ),
    Code.SELF_STATED: Help(
        "自行陈述计量档案",
        "Ask for an independent second person on the statement.",
        "请要求由独立的复核人在该陈述上签名。",
    ),
    Code.KEY_UNREGISTERED: Help(
        "密钥未登记于登记处",
        "Ask the registry who holds the key; the policy names another.",
        "请向登记处查询该密钥的持有人；策略所列为另一机构。",
    ),
    Code.KEY_NOT_IN_FORCE: Help(
        "签署时密钥未生效或已失效",
        "Do not use what it signed; ask the registry why the key ended, and the party for a bundle with more anchors.",
        "其签署的内容不得使用；请向登记处查询密钥失效原因，并向对方索取含更多锚定的证据包。",
    ),
    Code.REGISTRY_UNREAD: Help(
        "登记处未查询",
        "Verify with a chain at hand, or note the registry anew (`policy note`).",
        "请接入链后核验，或重新记录登记处状态（`policy note`）。",
    ),
    Code.KEY_REGISTERED: Help("密钥登记有效", NOTHING, "无需处理。"),
    Code.STATEMENT_MALFORMED: Help(
        "陈述格式错误",
        "Ask the device's maker; what it meant to say is not evidence.",
        "请询问设备制造方；其本意不能作为证据。",
    ),
    Code.SIGNATURE_WRONG: Help("签名无效", "Treat the statement as altered.", "请将该陈述视为已被改动。"),
    Code.MISSING_STATEMENT: Help(
        "缺少陈述",
        "Ask for the statements by number; they exist, and somebody left them out.",
        "请按序号索取这些陈述；它们确实存在，只是被遗漏了。",
    ),
    Code.WRONG_LINK: Help(
        "链接不符", "Treat the stream as altered from there on.", "请将此处之后的陈述流视为已被改动。"
    ),
    Code.FORK: Help(
        "签名分叉",
        "Stop. Both statements together prove that the key signed twice; have it revoked.",
        "请停止使用。两条陈述合在一起证明该密钥重复签名；请要求吊销该密钥。",
    ),
    Code.REPEATED: Help("重复陈述", "Nothing: it counts once.", "无需处理：只计一次。"),
    Code.AFTER_ANCHOR: Help(
        "晚于锚定时间", "Have the device's clock checked; do not rely on its times.", "请检查设备时钟；不得依赖其时间。"
    ),
    Code.BEACON_UNKNOWN: Help(
        "信标未知",
        "Verify with a chain at hand; otherwise there is no lower bound on signing.",
        "请接入链后核验；否则签署时间没有下界。",
    ),
    Code.BEFORE_ENROLMENT: Help(
        "早于登记", "Ask why the device ran before it was enrolled.", "请询问设备为何在登记之前运行。"
    ),
    Code.OUT_OF_ORDER: Help("乱序到达", "Nothing: the stream is whole.", "无需处理：陈述流完整。"),
    Code.CLOCK_DOUBTFUL: Help(
        "时钟未设", "Do not rely on these times; order and sums still hold.", "不得依赖这些时间；顺序与合计仍然有效。"
    ),
    Code.BEFORE_BEACON: Help("早于信标", "Have the device's clock checked.", "请检查设备时钟。"),
    Code.STREAM_MISSING: Help(
        "缺少陈述流",
        "Ask for that key's stream in the full bundle; a key that speaks no more should be revoked.",
        "请在完整证据包中索取该密钥的陈述流；不再使用的密钥应予吊销。",
    ),
    Code.REGISTER_BACKWARDS: Help(
        "表底回退",
        "Ask for a correction or an inspection; the quantity is open.",
        "请索取更正或要求现场检查；该数量尚无定论。",
    ),
    Code.ROLLOVER: Help(
        "表底翻转",
        "Nothing, unless it happens more often than the meter's range explains.",
        "无需处理，除非发生次数超出量程所能解释的范围。",
    ),
    Code.RESET: Help("表底清零", "Ask for a correction that says what was lost.", "请索取说明丢失数量的更正。"),
    Code.DECLARED_GAP: Help(
        "已声明缺口",
        "Read the reason; the sum over a cumulative register still holds.",
        "请查看原因；累计寄存器的合计仍然有效。",
    ),
    Code.UNCOVERED_INTERVAL: Help(
        "未覆盖时段",
        "Ask for readings or a declared gap; until then nothing is complete.",
        "请索取读数或已声明的缺口；在此之前一切均不完整。",
    ),
    Code.SILENT_METER: Help(
        "计量点无数据",
        "Ask for its stream: it is planned and must speak.",
        "请索取其陈述流：该计量点在清单之列，必须有数据。",
    ),
    Code.UNIT_WRONG: Help(
        "单位或寄存器不符", "Have the meter facts or the device's settings corrected.", "请更正计量档案或设备设置。"
    ),
    Code.SETTLEMENT_LINK: Help("日冻结链断裂", "Ask for the full bundle.", "请索取完整证据包。"),
    Code.SETTLEMENT_FACTS: Help(
        "冻结依据不符",
        "Have the device told the facts in force; correct the period.",
        "请将现行计量档案下发至设备，并更正该期间。",
    ),
    Code.COUNTS_UNEQUAL: Help(
        "计数不等",
        "Ask for the full bundle of the period: something happened in between.",
        "请索取该期间的完整证据包：其间有事件发生。",
    ),
    Code.EXCHANGE_BETWEEN: Help(
        "期间换表或变比",
        "Ask for the full bundle, and for the registers read at the change.",
        "请索取完整证据包，以及变更时抄读的表底。",
    ),
    Code.SETTLEMENT_DISAGREES: Help(
        "冻结与读数不符", "Ask the authority to inspect the device.", "请计量主管检查该设备。"
    ),
    Code.CALIBRATION_EXPIRED: Help(
        "检定过期",
        "Ask for the new certificate; add uncertainty until then.",
        "请索取新的检定证书；在此之前应计入额外的不确定度。",
    ),
    Code.CORRECTED: Help(
        "已更正", "Use the restated quantity, and read the reason.", "请采用更正后的数量，并查看原因。"
    ),
    Code.CONFLICTING_READINGS: Help("读数冲突", "Ask the authority to inspect the device.", "请计量主管检查该设备。"),
    Code.NO_SETTLEMENT: Help(
        "缺少冻结", "Choose a period that begins and ends at settlements.", "请选择起止均为冻结时点的期间。"
    ),
    Code.EXCHANGE: Help("换表", "Nothing: both parts are counted.", "无需处理：前后两段均已计入。"),
    Code.FACTS_IMPLAUSIBLE: Help(
        "计量档案不合理", "Have the authority state the facts anew.", "请由计量主管重新陈述计量档案。"
    ),
    Code.CORRECTIONS_OVERLAP: Help(
        "更正重叠",
        "Have the authority replace them by corrections that do not overlap.",
        "请由计量主管改为互不重叠的更正。",
    ),
    Code.INSTALLED: Help(
        "期内装表", "Nothing: the figure begins with the installation.", "无需处理：数量自装表时起算。"
    ),
    Code.SHORT_OF_PERIOD: Help(
        "未达期界",
        "Use the figure for its own times, or ask for the readings at the edges.",
        "请仅在其自身起止时间内使用该数量，或索取期界处的读数。",
    ),
    Code.OUT_OF_RANGE: Help(
        "表底超出量程",
        "Have the authority compare the meter with the range in its facts.",
        "请由计量主管将表计与档案所列量程核对。",
    ),
    Code.OWN_RECORD: Help(
        "表内负荷记录",
        "Nothing; where the times matter, ask how the meter's clock is kept.",
        "无需处理；若时间重要，请询问表计时钟如何校准。",
    ),
    Code.SIMULATED: Help("模拟数据", "Never lend on it.", "不得据此放款。"),
    Code.BY_HAND: Help(
        "人工录入", "Ask for a device, or treat it as a declaration.", "请要求安装设备，否则仅视为申报。"
    ),
    Code.GRANT_WRONG: Help(
        "授权无效",
        "Ask the owner for a grant signed with the key that you know.",
        "请向数据所有方索取以您所知密钥签署的授权。",
    ),
    Code.GRANT_EXPIRED: Help(
        "授权过期", "Ask for a new grant before you use the evidence.", "使用证据之前，请索取新的授权。"
    ),
    Code.NOT_GRANTED: Help(
        "授权不符", "Ask for a grant of this very bundle to you.", "请索取针对本证据包、授予您本人的授权。"
    ),
    Code.ATTACHMENT_WRONG: Help("附件不符", "Treat the document as exchanged.", "请将该文件视为已被替换。"),
    Code.ATTACHMENT_WITHHELD: Help(
        "附件未附", "Ask for it, with its salt, if you need it.", "如有需要，请索取该文件及其盐值。"
    ),
    Code.NO_GRANT: Help(
        "无授权", "Ask for a grant where the law or your rules want one.", "法律或贵方制度要求授权时，请索取授权。"
    ),
    Code.ATTACHMENT_UNBOUND: Help("附件无授权绑定", "Ask for a grant that lists it.", "请索取列明该附件的授权。"),
    Code.READER_KEY_UNPROVEN: Help(
        "读者密钥未证实",
        "Name your key with --key, or verify the file as it came, sealed.",
        "请用 --key 指明您的密钥，或按收到时的加密文件核验。",
    ),
}
