"""What the console's codes are called, and what to do about a refusal, in both languages. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_gateway.pages.words import Words

STANDINGS: Final = {
    "speaking": ("good", Words("speaking", "正常上报")),
    "silent": ("doubt", Words("silent", "超时未报")),
    "never": ("doubt", Words("never spoke", "从未上报")),
    "replaced": ("plain", Words("replaced", "已轮换")),
    "revoked": ("plain", Words("revoked", "已吊销")),
}
"""Standing of a device to tone and words."""

REGISTERS: Final = {
    "energy_import": Words("energy import", "正向有功电量"),
    "energy_export": Words("energy export", "反向有功电量"),
    "volume": Words("volume", "累计体积"),
    "mass": Words("mass", "累计质量"),
    "level": Words("level", "料位"),
    "temperature": Words("temperature", "温度"),
    "kg_in": Words("weighed in", "累计入库"),
    "kg_out": Words("weighed out", "累计出库"),
}
"""Registers that meters usually have; another is shown by its name."""

FILTERS: Final = {
    "": Words("All in force", "全部在用"),
    "speaking": Words("Speaking", "正常上报"),
    "silent": Words("Silent", "超时未报"),
    "never": Words("Never spoke", "从未上报"),
    "holes": Words("Statements missing", "有缺号"),
    "forked": Words("Forked", "有分叉"),
    "clock": Words("Clock off or behind", "时钟偏差或滞后"),
    "outbox": Words("Outbox filled", "缓存积压"),
    "ended": Words("Replaced or revoked", "已轮换或吊销"),
}

PLACES: Final = {
    "in_meter": Words("in the meter", "表内签名"),
    "polled_bus": Words("on a polled bus", "总线采集后签名"),
    "by_hand": Words("by hand", "人工录入"),
    "simulated": Words("simulated", "模拟"),
}

CLOCKS: Final = {
    "unset": Words("not set", "未校时"),
    "informative": Words("set by hand", "手动设置"),
    "synchronised": Words("synchronised", "已同步"),
    "relative": Words("relative", "相对时间"),
}

KEY_EVENTS: Final = {
    "enrolled": Words("enrolled", "登记"),
    "rotated-in": Words("took over", "轮换启用"),
    "replaced": Words("replaced", "被轮换"),
    "revoked": Words("revoked", "吊销"),
}

BOUNDARIES: Final = {
    "day": Words("day", "日冻结"),
    "month": Words("month", "月冻结"),
    "reading_day": Words("reading day", "抄表日冻结"),
    "opening": Words("opening", "启用冻结"),
    "closing": Words("closing", "停用冻结"),
}


@dataclass(frozen=True, slots=True)
class ReasonHelp:
    """A reason for refusing: what it is called, what happened, what to do."""

    name: Words
    means: Words
    do: Words


REASONS: Final = {
    "malformed": ReasonHelp(
        Words("malformed", "格式错误"),
        Words("The bytes are no statement of the profile.", "内容不是符合规范的陈述。"),
        Words(
            "Update the agent. If it is up to date, something on the way changes bytes: look at the broker.",
            "请升级采集程序；如已是最新版本，请检查消息服务器是否改动了内容。",
        ),
    ),
    "too_large": ReasonHelp(
        Words("too large", "超长"),
        Words("A statement has more bytes than an entry of a log can have.", "陈述长度超过日志条目上限。"),
        Words("Let the agent pack fewer readings into one statement.", "请减少采集程序每条陈述打包的读数。"),
    ),
    "unknown_key": ReasonHelp(
        Words("unknown key", "密钥未登记"),
        Words("The key is not enrolled in this log.", "该密钥尚未在本日志登记。"),
        Words(
            "Let the authority enrol the device; then `tallystick edge resend` sends what was refused once more.",
            "请主管方登记该终端，然后在终端执行 tallystick edge resend 重发被拒内容。",
        ),
    ),
    "bad_signature": ReasonHelp(
        Words("bad signature", "签名无效"),
        Words(
            "The signature does not verify: the bytes were changed, or the key is another.",
            "验签不通过：内容被改动，或密钥不符。",
        ),
        Words(
            "Look who sends under this name. If it is the device itself, its key store is damaged: enrol a new key.",
            "请核实该名称下的发送方；若确为终端本身，其密钥存储可能损坏，请登记新密钥。",
        ),
    ),
    "wrong_sender": ReasonHelp(
        Words("wrong sender", "发送方不符"),
        Words("The client's name and the key that signed do not belong together.", "客户端名称与签名密钥不对应。"),
        Words("Correct the client name in the agent's settings, then resend.", "请改正采集程序中的客户端名称后重发。"),
    ),
    "wrong_kind": ReasonHelp(
        Words("wrong kind", "类别不符"),
        Words("A statement of this kind is not an entry of a stream.", "该类陈述不属于数据流条目。"),
        Words(
            "Send grants, conclusions and the like to whom they are for, not to the gateway.",
            "授权、结论等文件请交给相应接收方，而非网关。",
        ),
    ),
    "unknown_authority": ReasonHelp(
        Words("unknown authority", "主管方未受信任"),
        Words("The key of this authority does not stand in gateway.toml.", "该主管方密钥未列入 gateway.toml。"),
        Words(
            "Compare the authority's key out of band, enter it under [[authority]], restart the gateway, send again.",
            "请经可信渠道核对主管方公钥，写入 [[authority]] 并重启网关后重发。",
        ),
    ),
    "forked": ReasonHelp(
        Words("third history", "第三分叉"),
        Words(
            "Two statements with this number stand in the log already; this is another.",
            "该序号已有两条不同陈述，此为另一条。",
        ),
        Words(
            "The key is in use twice. Stop the copy, then rotate or revoke the key.",
            "同一密钥被重复使用：请停用副本并轮换或吊销密钥。",
        ),
    ),
}
