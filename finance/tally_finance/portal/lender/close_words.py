"""What a step of a close's check found, in both languages, by the step's number and outcome (docs/close.md). No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tally_gateway.pages.words import Words

OUTCOMES: Final[Mapping[bool | None, tuple[str, Words]]] = {
    True: ("good", Words("holds", "成立")),
    False: ("bad", Words("does not hold", "不成立")),
    None: ("plain", Words("not looked at", "未核对")),
}

FOUND: Final[Mapping[tuple[int, bool | None], Words]] = {
    (2, True): Words("The registry has it as a good key of yours.", "登记簿确认为贵方有效密钥。"),
    (2, False): Words(
        "The registry had no such good key of yours then: ask who signed.", "登记簿中当时无此有效密钥，请查明签署人。"
    ),
    (3, True): Words("The book, as known then, gives the same.", "按当时所知的台账重算，结果相同。"),
    (3, False): Words("The book gives something else.", "按台账重算，结果不同。"),
    (4, True): Words(
        "The chain had the same receipts, and none is left out.", "与当时链上仓单一致，无遗漏。"
    ),
    (4, False): Words("The chain had something else then.", "与当时链上情况不一致。"),
    (4, None): Words("It was made without the chain.", "该月结编制时未核对链上仓单。"),
    (5, None): Words(
        "Keepers' books are not kept here; the command takes them.", "此处不留存保管人台账，请用命令核对。"
    ),
    (6, None): Words(
        "Workbook and page are not kept here; the command looks at them.", "此处不留存表格与文件，请用命令核对。"
    ),
    (7, True): Words("It is kept here.", "上期文件留存于此。"),
    (7, False): Words("The one that it names is another.", "所载上期月结与留存文件不一致。"),
    (7, None): Words("It names none, or one that is not kept here.", "未载明上期，或上期文件未留存于此。"),
}  # fmt: skip


def verdict(told: Mapping[str, Any]) -> tuple[str, Words]:
    """The tone and the sentence at the top: of the figures first, since a good signature says nothing of them."""
    if not told["figures"]:
        return "bad", Words(
            "This close does not say what the book gives as known then.", "该月结与按当时所知台账重算的结果不一致。"
        )
    if told["holds"] is False:
        return "bad", Words(
            "Its figures are those of the book, and yet something else of it does not hold.",
            "数字与台账重算一致，但其他核验步骤不成立。",
        )
    return "good", Words("It says what the book gives as known then.", "该月结与按当时所知台账重算的结果一致。")


def steps(told: Mapping[str, Any]) -> list[tuple[Words, tuple[str, Words], Words, str]]:
    """Each step: what was looked at, its outcome, what was found in words, and to the letter."""
    return [
        (
            Words(one["what"], one["chinese"]),
            OUTCOMES[one["holds"]],
            FOUND.get((one["number"], one["holds"]), Words("", "")),
            one["says"],
        )
        for one in told["steps"]
    ]
