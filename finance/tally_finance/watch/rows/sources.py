"""Alerts about the evidence and its devices (6xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import ALLOWS, BLOCKS, URGENT, WARNING, Row

# fmt: off
SILENT = Row(
    601, WARNING, BLOCKS, "静默",
    "nothing was heard since {last_at}; it speaks every {cadence_s} s",
    "自{last_at}起无数据，应每{cadence_s}秒上报",
    "Ask the site; silence stops new credit and is no shortage.",
)
GAP_DECLARED = Row(
    602, WARNING, ALLOWS, "申报缺口",
    "the device declared a gap from {after} to {before}: {reason}",
    "设备申报缺口：{after}至{before}，原因{reason}",
    "Compare with what gate and scale say of that time.",
)
EVIDENCE_FAILS = Row(
    603, URGENT, BLOCKS, "证据不成立",
    "finding {number} {name}: {detail}",
    "核验结论{number} {name}：{detail}",
    "Look the finding up in findings.md.",
)
STATEMENT_MISSING = Row(
    604, WARNING, BLOCKS, "缺少陈述",
    "{count} statements of the stream are missing, the first seq {first}",
    "该流缺少{count}条陈述，首缺序号{first}",
    "Late ones end the alert by themselves; what stays away is withheld or lost.",
)
LOG_CONTRADICTS = Row(
    605, URGENT, BLOCKS, "日志前后矛盾",
    "the log shows another history than before: {why}",
    "日志与先前所示不一致：{why}",
    "Stop. Keep both checkpoints: together they prove it.",
)
LOG_QUIET = Row(
    606, WARNING, BLOCKS, "日志无回应",
    "the log was last heard at {last_at}: {why}",
    "日志最后一次回应于{last_at}：{why}",
    "Ask the gateway's operator; look at its health page.",
)
# fmt: on
