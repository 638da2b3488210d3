"""An opened statement as a page shows it: for each step the claim, the bytes, the check, and what it gave. No IO.

It is made of the answer of an interface (`one_statement_told.to_json`); nothing here decides what held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from tally_finance.portal.opening.reasons import said
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

TONES: Final = MappingProxyType({"held": "good", "failed": "bad", "unchecked": "doubt"})
OUTCOMES: Final = MappingProxyType(
    {
        "held": Words("Checked, and it holds", "已核验，成立"),
        "failed": Words("Checked, and it does not hold", "已核验，不成立"),
        "unchecked": Words("Not checked", "未核验"),
    }
)
KINDS: Final = MappingProxyType(
    {
        "readings": Words("readings", "读数"),
        "settlement": Words("settlement", "日冻结／月冻结"),
        "gap": Words("declared gap", "声明缺口"),
        "site-plan": Words("site plan", "计量点清单"),
        "enrolment": Words("enrolment of a key", "密钥登记"),
        "meter-facts": Words("meter facts", "计量档案"),
        "rotation": Words("rotation of a key", "密钥更换"),
        "revocation": Words("revocation of a key", "密钥吊销"),
        "correction": Words("correction", "更正"),
        "log-opening": Words("opening of the log", "日志开篇"),
    }
)
PLACES: Final = MappingProxyType(
    {
        "meter": Words("signed inside the meter", "表内签名"),
        "in_meter": Words("signed inside the meter", "表内签名"),
        "polled_bus": Words("signed beside a polled bus", "总线采集后签名"),
        "by_hand": Words("entered by hand", "人工录入"),
        "simulated": Words("simulated", "模拟"),
    }
)
SOURCES: Final = MappingProxyType(
    {
        "public": Words("a public chain", "公有链"),
        "consortium": Words("a consortium's chain", "联盟链"),
        "out-of-band": Words("a head compared by another way", "经其他途径核对的树头"),
        "self-anchored": Words("a chain that the operator controls", "运营方自有链"),
    }
)


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes that a step used."""

    words: Words
    hexed: str

    @property
    def size(self) -> int:
        """How many."""
        return len(self.hexed) // 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A step. `check` says what is computed; `why` is the program's own sentence where it did not hold."""

    name: str
    number: int
    title: Words
    claim: Words
    check: Words
    tone: str
    outcome: Words
    why: Words
    used: tuple[Bytes, ...]


def shown(told: Mapping[str, Any]) -> tuple[Shown, ...]:
    """Every step in its order."""
    return tuple(_shown(number, one, told) for number, one in enumerate(told["steps"], 1))


def summary(told: Mapping[str, Any]) -> Words:
    """The whole in one sentence; it claims no more than the steps that held."""
    held = {one["step"] for one in told["steps"] if one["outcome"] == "held"}
    english, chinese = [_kind(told).english], [_kind(told).chinese]
    signer, claims = told["signer"], told["statement"]
    if {"key", "signature"} <= held and signer and claims:
        at = moment(claims["issued_at"])
        english.append(f"signed by the key of {signer['name']} on {at} by its own clock")
        chinese.append(f"由 {signer['name']} 的密钥签名，其时钟为 {at}")
    if "path" in held:
        english.append(f"entry {told['entry']:,} of log {told['log']}")
        chinese.append(f"位于日志 {told['log']} 第 {told['entry']:,} 条")
    if "head" in held and told["head"]:
        english.append(f"under the log's signed head of size {told['size']:,}")
        chinese.append(f"列入规模为 {told['size']:,} 的已签名树头")
    if "anchor" in held:
        english.append(_anchored(told, "en"))
        chinese.append(_anchored(told, "zh"))
    told_whole = "; ".join(english)
    return Words(f"{told_whole[0].upper()}{told_whole[1:]}.", "；".join(chinese) + "。")


def overall(told: Mapping[str, Any]) -> tuple[str, Words]:
    """Tone and words of all steps together."""
    outcomes = [one["outcome"] for one in told["steps"]]
    left = sum(1 for one in told["steps"] if one["outcome"] == "unchecked" and one["step"] != "link")
    failed = outcomes.count("failed")
    if failed:
        return "bad", Words(
            f"{failed} of {len(outcomes)} steps do not hold.", f"{len(outcomes)} 步中有 {failed} 步不成立。"
        )
    if left:
        return "doubt", Words(
            f"{left} of {len(outcomes)} steps were not checked.", f"{len(outcomes)} 步中有 {left} 步未核验。"
        )
    return "good", Words("Every step that could be checked holds.", "所有可核验的步骤均成立。")


def moment(unix_s: object) -> str:
    """A time in words, UTC+8; the number itself where it is none."""
    try:
        at = datetime.fromtimestamp(int(str(unix_s)), UTC).astimezone(CHINA)
    except (ValueError, OverflowError, OSError):
        return str(unix_s)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC+8"


def _shown(number: int, one: Mapping[str, Any], told: Mapping[str, Any]) -> Shown:
    title, claim, check, used = _ABOUT[one["step"]](told)
    outcome = one["outcome"]
    return Shown(one["step"], number, title, claim, check, TONES[outcome], OUTCOMES[outcome], said(one["why"]), used)


_About = tuple[Words, Words, Words, tuple[Bytes, ...]]


def _statement(told: Mapping[str, Any]) -> _About:
    kind = _kind(told)
    size = len(told["encoded"]) // 2
    return (
        Words("The statement", "陈述"),
        Words(
            f"These {size:,} bytes are a statement: {kind.english}.", f"这 {size:,} 字节是一份陈述：{kind.chinese}。"
        ),
        Words(
            "Parsed strictly: COSE_Sign1 in deterministic CBOR, nothing before, behind or between.",
            "严格解析：确定性 CBOR 编码的 COSE_Sign1，前后及中间无多余字节。",
        ),
        (Bytes(Words("statement", "陈述"), told["encoded"]),),
    )


def _key(told: Mapping[str, Any]) -> _About:
    signer = told["signer"]
    used: tuple[Bytes, ...] = ()
    if signer is None:
        claim = Words("Nobody that the policy names answers for this key.", "策略所列各方均未为该密钥负责。")
    elif signer["entry"] is None:
        claim = Words(
            f"The key is {signer['name']}'s, whom the policy names.", f"密钥属于 {signer['name']}，已列入策略。"
        )
    else:
        place = PLACES.get(signer["place"], Words(signer["place"], signer["place"]))
        claim = Words(
            f"An authority enrolled the key for {signer['name']} in entry {signer['entry']:,}: {place.english}.",
            f"计量主管在第 {signer['entry']:,} 条将该密钥登记给 {signer['name']}：{place.chinese}。",
        )
    if signer is not None:
        used = (
            Bytes(Words("key", "密钥"), signer["key"]["raw"]),
            Bytes(Words("its id", "密钥编号"), signer["key"]["kid"]),
        )
    check = Words(
        "Looked up in the enrolments of the bundle, which authorities of the policy signed with a second person, "
        "and compared with rotations and revocations.",
        "在证据包的登记中查找（由策略所列计量主管签署并经复核人会签），并与更换、吊销记录比对。",
    )
    return Words("Whose key", "密钥归属"), claim, check, used


def _signature(told: Mapping[str, Any]) -> _About:
    claims = told["statement"]
    used = () if claims is None else (Bytes(Words("signature", "签名"), claims["signature"]),)
    name = "" if claims is None else claims["algorithm"]
    return (
        Words("The signature", "签名"),
        Words("That key signed these very bytes.", "该密钥签署的正是这些字节。"),
        Words(f"{name} over the Sig_structure of the statement.", f"对陈述的 Sig_structure 验证 {name} 签名。"),
        used,
    )


def _link(told: Mapping[str, Any]) -> _About:
    claims = told["statement"]
    if claims is None or claims["seq"] is None:
        claim = Words("It stands in no stream.", "不属于任何陈述流。")
    else:
        claim = Words(
            f"It is number {claims['seq']:,} of its key's stream and names the one before by its hash.",
            f"它是该密钥陈述流的第 {claims['seq']:,} 号，并以哈希指明前一份。",
        )
    used = (
        ()
        if claims is None or claims["prev"] is None
        else (Bytes(Words("hash of the one before", "前一份的哈希"), claims["prev"]),)
    )
    check = Words(
        "Compared with SHA-256 of the statement before, where it is carried.",
        "与所附前一份陈述的 SHA-256 比对（如已附）。",
    )
    return Words("The link", "链接"), claim, check, used


def _leaf(told: Mapping[str, Any]) -> _About:
    return (
        Words("The leaf", "叶"),
        Words("This hash stands for the statement in the log.", "该哈希在日志中代表这份陈述。"),
        Words("SHA-256(0x00 ‖ statement), RFC 9162.", "SHA-256(0x00 ‖ 陈述)，RFC 9162。"),
        (Bytes(Words("leaf", "叶哈希"), told["leaf"]),),
    )


def _path(told: Mapping[str, Any]) -> _About:
    count = len(told["path"])
    nodes = tuple(Bytes(Words(f"node {at}", f"节点 {at}"), node) for at, node in enumerate(told["path"], 1))
    root = () if told["root"] is None else (Bytes(Words("root", "根"), told["root"]),)
    return (
        Words("The proof", "存在证明"),
        Words(
            f"The leaf is entry {told['entry']:,} of {told['size']:,}; {count} nodes lead from it to the root.",
            f"该叶为 {told['size']:,} 条中的第 {told['entry']:,} 条，经 {count} 个节点到根。",
        ),
        Words(
            "Each node hashed with the one below: SHA-256(0x01 ‖ left ‖ right); the last is the root.",
            "逐层计算 SHA-256(0x01 ‖ 左 ‖ 右)，最终得到根。",
        ),
        (*nodes, *root),
    )


def _head(told: Mapping[str, Any]) -> _About:
    head = told["head"]
    check = Words(
        "The root of the step before is put into the head, and the log's proof key, which the policy names, verifies.",
        "将上一步得到的根代入树头，用策略所列的日志证明密钥验证签名。",
    )
    if head is None:
        return Words("The head", "树头"), Words("There is no head.", "没有树头。"), check, ()
    at = moment(head["signed_at"])
    claim = Words(
        f"The log signed this root at size {told['size']:,} on {at}.",
        f"日志于 {at} 签署了规模 {told['size']:,} 的该根。",
    )
    used = (
        Bytes(Words("signed header", "签名头"), head["protected"]),
        Bytes(Words("signature of the head", "树头签名"), head["signature"]),
    )
    return Words("The head", "树头"), claim, check, used


def _anchor(told: Mapping[str, Any]) -> _About:
    used = tuple(
        Bytes(Words(f"head of size {one['size']:,}", f"规模 {one['size']:,} 的树头"), one["root"])
        for one in told["anchors"]
    )
    check = Words(
        "The reader's own head is compared with the root, or linked to it by a consistency path (RFC 9162). A head "
        "that the bundle alone claims counts for nothing.",
        "将读者自有的树头与该根比对，或以一致性路径（RFC 9162）相连。仅由证据包声称的锚定不作数。",
    )
    if not told["anchors"]:
        claim = Words("No head that the reader holds covers this entry.", "读者持有的树头均未覆盖该条目。")
    else:
        english = _anchored(told, "en")
        claim = Words(f"{english[0].upper()}{english[1:]}.", f"{_anchored(told, 'zh')}。")
    return Words("The anchor", "锚定"), claim, check, used


def _bundle(_: Mapping[str, Any]) -> _About:
    return (
        Words("The whole bundle", "整个证据包"),
        Words(
            "Nothing in the bundle contradicts it, and nothing that had to be there is missing.",
            "证据包中没有与之矛盾的内容，应有的内容无缺失。",
        ),
        Words(
            "The verification of all statements together, with its findings. It is made on the server alone.",
            "对全部陈述一并核验并列出核验结论。仅在服务器上进行。",
        ),
        (),
    )


_ABOUT: Final = MappingProxyType(
    {
        "statement": _statement,
        "key": _key,
        "signature": _signature,
        "link": _link,
        "leaf": _leaf,
        "path": _path,
        "head": _head,
        "anchor": _anchor,
        "bundle": _bundle,
    }
)


def _kind(told: Mapping[str, Any]) -> Words:
    claims = told["statement"]
    name = "" if claims is None else str(claims["kind"])
    return KINDS.get(name, Words(name or "unreadable bytes", name or "无法识别的字节"))


def _anchored(told: Mapping[str, Any], language: str) -> str:
    first = told["anchors"][0]
    source = SOURCES.get(first["source"], Words(first["source"], first["source"]))
    not_before, not_after = told["not_before"], told["not_after"]
    block = next((one["block"] for one in told["claimed"] if one["root"] == first["root"]), None)
    if language == "zh":
        text = f"由{source.chinese}作证（规模 {first['size']:,} 的树头{'' if block is None else f'，区块 {block:,}'}）"
        text += "，对签名时间无约束" if not_after is None else f"，签名不晚于 {moment(not_after)}"
        return text + ("" if not_before is None else f"，不早于 {moment(not_before)}")
    at = "" if block is None else f", block {block:,}"
    text = f"vouched for by {source.english} (head of size {first['size']:,}{at})"
    text += ", which bounds no time" if not_after is None else f", so signed not after {moment(not_after)}"
    return text + ("" if not_before is None else f" and not before {moment(not_before)}")
