"""Which way leads from a lost gateway to one that works: a restored copy, the same log again, or a successor. No IO.

The same case analysis as docs/operating-gateway.md, with what the running gateway knows filled in. The commands ask the
chain themselves and refuse what would fork the log; this page only saves a walk in the wrong direction.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tally_gateway.pages.words import Words

Json = Mapping[str, Any]
_YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be known first. `tone`: good, doubt or bad; plain where nobody can tell here."""

    tone: str
    words: Words


@dataclass(frozen=True, slots=True)
class Guide:
    """The way that fits what was said, why, its checks, its commands, and what comes after."""

    way: str
    why: Words
    checks: tuple[Check, ...]
    commands: tuple[str, ...]
    after: tuple[Words, ...]


def guide(state: Json | None, origin: str, backup: str, chain: str) -> Guide | None:
    """The way for these answers: `backup` yes or no, `chain` lives or lost. None while they are not given."""
    if state is not None:
        origin = state["log"]["origin"]
    if backup == _YES:
        return _restore(state)
    if backup != "no" or not chain:
        return None
    if state is not None and (state["anchors"]["count"] or state["log"]["size"] > 1):
        return _successor(state, origin, chain)
    if chain == "never":
        return _refill(state, origin)
    return _successor(state, origin, chain)


def _held(state: Json | None) -> tuple[Check, ...]:
    if state is None:
        text = "This gateway does not answer: ask the chain, a mirror and the agents what they hold of its log."
        return (Check("doubt", Words(text, "网关无应答：请向链、镜像方和终端查询其持有的日志树头。")),)
    anchors, log = state["anchors"], state["log"]
    found = [
        Check("plain", Words(f"Entries in the log now: {log['size']}", f"日志现有条目：{log['size']}")),
        Check("plain", Words(f"Largest anchored head: {anchors['size']}", f"最大已锚定树头：{anchors['size']}")),
    ]
    running = Words(
        "This gateway answers. Stop it for good before another takes its place: two logs of one name are a fork.",
        "本网关仍在运行。新网关接替前须将其永久停用：同名双日志即为分叉。",
    )
    return (*found, Check("doubt", running))


def _restore(state: Json | None) -> Guide:
    size = "N" if state is None else str(max(state["anchors"]["size"], 1))
    behind = Words(
        f"The copy must not be behind the newest anchor (size {size}), nor behind what agents hold confirmed.",
        f"备份不得落后于最新锚定（{size} 条），也不得落后于终端已获确认的内容。",
    )
    return Guide(
        "restore",
        Words(
            "A copy exists: restore it. Agents send again what it lacks.", "有备份：恢复备份，终端会补传其缺失部分。"
        ),
        (*_held(state), Check("doubt", behind)),
        ("tallystick gateway restore --dir NEW COPY", "tallystick gateway run --dir NEW"),
        (
            Words("Put the passphrase's file back; a copy never holds it.", "恢复口令文件：备份中从不包含口令。"),
            Words(
                "If an agent shows a confirmation beyond the copy, the service stops: take a newer copy.",
                "若终端出示超出备份的确认，服务会停止：请改用更新的备份，或开立后继日志。",
            ),
        ),
    )


def _refill(state: Json | None, origin: str) -> Guide:
    command = shlex.join(["tallystick", "gateway", "replace", "--dir", "NEW", "--origin", origin, "--refill"])
    return Guide(
        "refill",
        Words(
            "Nothing was ever anchored or confirmed: begin the same log again; agents send all they keep.",
            "从未锚定或确认：重新开始同一日志，终端会补传全部留存内容。",
        ),
        _held(state),
        (command, "tallystick gateway run --dir NEW"),
        _AFTER,
    )


def _successor(state: Json | None, origin: str, chain: str) -> Guide:
    words = ["tallystick", "gateway", "replace", "--dir", "NEW", "--origin", f"{origin}-b", "--successor-of", origin]
    if chain == "lost":
        words += ["--checkpoint", "CHECKPOINT"]
        check = Check(
            "doubt",
            Words(
                "The embedded chain is lost with the disk: somebody's kept checkpoint stands in for it.",
                "嵌入式链随磁盘丢失：须用他人留存的检查点代替。",
            ),
        )
    else:
        words += [
            "--chain",
            "jsonrpc",
            "--url",
            "https://NODE",
            "--contract",
            "0xCONTRACT",
            "--owner-key",
            "owner.json",
        ]
        check = Check(
            "doubt",
            Words(
                "The owner key of the old log is needed: the contract takes a successor from it alone.",
                "需要旧日志的所有者密钥：合约仅接受其指定的后继。",
            ),
        )
    return Guide(
        "successor",
        Words(
            "Others hold heads of this log, so it is never begun again: open a successor.",
            "他方已持有本日志树头，不得重新开始：请开立后继日志。",
        ),
        (*_held(state), check),
        (shlex.join(words), "tallystick gateway run --dir NEW"),
        (
            Words(
                "The authority states a site plan that names the new log; both persons sign it.",
                "主管方发布指向新日志的计量方案，须双人签署。",
            ),
            *_AFTER,
            Words(
                "What nobody keeps is a declared loss, from the old head to the first new statement.",
                "无人留存的部分为已申报损失：旧树头与首条新陈述之间的缺口即为其范围。",
            ),
        ),
    )


_AFTER: Final = (
    Words("Register the agents as clients again and give them their new tokens.", "重新登记各终端客户端并发放新令牌。"),
    Words(
        "Enter address, certificate authority and proof key of the new gateway in each agent's settings.",
        "在各终端配置中更新网关地址、CA 证书与证明公钥。",
    ),
    Words(
        "Give the new fingerprints to readers over a channel that the gateway does not control.",
        "通过独立于网关的渠道将新指纹告知核验方。",
    ),
)
