"""What became of a release order, in both languages: verdicts, why a load fits none (docs/release.md). No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tally_finance.release.remark import Name
from tally_finance.release.standing import Verdict
from tally_gateway.pages.words import Words

VERDICTS: Final[Mapping[str, tuple[str, Words]]] = {
    Verdict.MATCHES: ("good", Words(
        "What left is what the scale weighed, and no more than was ordered.", "出库量与磅单一致，未超出放货指令。"
    )),
    Verdict.DIFFERS: ("bad", Words(
        "The chain accounts for another quantity than the scale weighed. Ask the keeper which is right.",
        "链上登记的出库量与磅单不一致，请向保管人核实。",
    )),
    Verdict.OVER: ("bad", Words("More left than was ordered.", "出库量超出放货指令。")),
    Verdict.UNSHOWN: ("doubt", Words(
        "The chain accounts for weighings that no evidence here shows. Ask the keeper for a bundle of that time.",
        "链上所载过磅未见于本系统的证据，请向保管人索取相应时段的证据包。",
    )),
    Verdict.LEFT: ("doubt", Words(
        "Loads left for it, within what was ordered. The chain does not account for them yet.",
        "已有车辆按指令出库且未超量，链上尚未登记。",
    )),
    Verdict.UNOPENED: ("doubt", Words(
        "Nobody opened here who picks up: put the picker's file into the desk's folder, and its loads can be told.",
        "提货人信息未披露，无法核对车辆。请将提货人文件放入系统的 pickers 文件夹。",
    )),
    Verdict.UNWATCHED: ("doubt", Words(
        "No load is seen, and the evidence here does not show all of its time. Bring a bundle of that time.",
        "未见出库车辆，但现有证据未覆盖全部提货时段，请补充相应时段的证据包。",
    )),
    Verdict.WAITING: ("plain", Words("No load has left for it so far.", "尚无车辆按该指令出库。")),
    Verdict.UNUSED: ("plain", Words(
        "Its time is over and was watched as a whole: nothing left for it.", "提货时段已过且全程有证据：未提货。"
    )),
    Verdict.CANCELLED: ("plain", Words("It was cancelled: it allows nothing any more.", "指令已撤销，不得提货。")),
}  # fmt: skip

_ENGLISH: Final[Mapping[Name, str]] = {
    Name.NO_ORDER: "no order names the vehicle",
    Name.PLATE_UNKNOWN: "the vehicle is not known",
    Name.OUTSIDE_WINDOW: "the vehicle's orders are for another time",
    Name.OVER_PICK: "more than was ordered",
    Name.UNDER_FLOOR: "below the floor",
    Name.UNTICKETED: "left by the scale's sums, without a ticket",
    Name.GATE_ALONE: "passed the gate and was not weighed",
    Name.NOT_PASSED: "weighed, and nothing passed the gate",
    Name.SERIALS_SHARED: "two trucks were loaded at once",
    Name.SEVERAL_ORDERS: "several orders fit",
    Name.UNUSED: "nothing was picked up",
}
WHYS: Final[Mapping[str, Words]] = {one.text: Words(_ENGLISH[one], one.chinese) for one in Name}
"""By the remark's name."""

_UNJUDGED: Final[Mapping[str, str]] = {
    "this desk has no sheet of the lot's store": "未配置该批次的库房档案",
    "this desk has no policy": "未配置核验策略",
}
"""Why nothing can be said, as the desk tells it; what is wrong with a scale's ticket has no Chinese."""


def headline(told: Mapping[str, Any]) -> tuple[str, Words]:
    """The tone and the sentence at the top; no good one passes over loads that no order allows, or may not allow."""
    if told["verdict"] is None:
        why = told["unjudged"]
        return "doubt", Words(
            f"Nothing can be said of what left: {why}.", f"无法核对出库情况：{_UNJUDGED.get(why, why)}。"
        )
    tone, words = VERDICTS[told["verdict"]]
    unknown = sum(one["why"] == Name.PLATE_UNKNOWN.text for one in told["unordered"])
    strange = len(told["unordered"]) - unknown
    if strange:
        tone = "bad"
        english = f"{_loads(strange)} of the lot left that no order allows."
        words = Words(f"{words.english} {english}", f"{words.chinese}另有 {strange} 车无指令出库。")
    if unknown:
        tone = "doubt" if tone in ("good", "plain") else tone
        english = f"{_loads(unknown)} of the lot left in vehicles that are not known here."
        words = Words(f"{words.english} {english}", f"{words.chinese}另有 {unknown} 车出库车辆未核实。")
    return tone, words


def tone_of(why: str) -> str:
    """How the row of a load is marked that no order allows, or that may be such."""
    return "doubt" if why == Name.PLATE_UNKNOWN.text else "bad"


def _loads(count: int) -> str:
    return f"{count} load{'' if count == 1 else 's'}"
