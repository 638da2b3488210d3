"""The last parts of a report's page: rounding, what the evidence is, and the commands that check it. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tally_finance.bilingual import Text, Words, joined, phrase
from tally_finance.export.document import NOTHING, Column, Commands, Kind, Note, Row, Section, Table, Tone
from tally_finance.export.page_head import OPENS, opening
from tally_finance.export.said_words import head_words
from tally_finance.export.words import amount, number
from tally_finance.report import opening as openings

Said = Mapping[str, Any]

_MOST_HEADS: Final = 6
VERIFIES: Final = "tallystick finance footprint verify REPORT --policy POLICY"


def rounding(said: Said) -> Section:
    """What a table loses that rounds every interval, beside the exact product."""
    name = Words("What rounding would lose", "舍入损失")
    if not said["rounded"]:
        return Section(
            "rounding", name, (Note(Words("The inventory names no table to compare with.", "未列对照表。")),)
        )
    columns = (
        Column(Words("Id", "编号"), Kind.CODE),
        Column(Words("Table", "对照表")),
        Column(Words("Exact, t", "精确"), Kind.NUMBER),
        Column(Words("Each interval rounded, t", "逐期舍入"), Kind.NUMBER),
        Column(Words("Lost, %", "损失"), Kind.NUMBER),
        Column(Words("The table itself, t", "原表"), Kind.NUMBER),
        Column(Words("Lost, %", "损失"), Kind.NUMBER),
    )
    rows = [
        Row(
            (
                one["id"],
                f"{one['name']}: {number(one['factor_t'])} t, to {number(one['step_t'])} t",
                *(number(one[key]) for key in ("exact_t", "rounded_t", "lost_percent", "stated_t")),
                number(one["stated_lost_percent"]),
            ),
            anchor=one["id"],
        )
        for one in said["rounded"]
    ]
    exact = Words("Here nothing is rounded before the end.", "本报告仅在最后取整。")
    note = phrase(exact, " ", opening(said["rounded"][0]["id"]))
    return Section("rounding", name, (Table(name, columns, tuple(rows), note),))


def evidence(said: Said) -> Section:
    """Logs and heads, bundles, sheets, each by its digest."""
    integrity = said["integrity"]
    logs = [
        Row(
            (
                one["origin"],
                number(one["size"]),
                number(one["carried"]),
                one["root"],
                _vouching(one["vouched_by"]),
            ),
            Tone.PLAIN if one["vouched_by"] else Tone.DOUBT,
        )
        for one in integrity["logs"]
    ]
    columns = (
        Column(Words("Log", "日志"), Kind.CODE),
        Column(Words("Entries", "条目"), Kind.NUMBER),
        Column(Words("In the evidence", "所附"), Kind.NUMBER),
        Column(Words("Root", "根"), Kind.CODE),
        Column(Words("Vouched for by", "见证")),
    )
    parts = [Row((phrase(Words("bundle", "证据包"), f" {at}"), one)) for at, one in enumerate(said["evidence"], 1)]
    parts += [Row((phrase(Words("sheet", "表"), f" {name}"), one)) for name, one in said["sheets"].items()]
    parts += [
        Row((phrase(Words("log", "日志"), f" {one['log_id']}"), f"{one['root']}, {one['size']}"))
        for one in said["roots"]
    ]
    digests = (
        Column(Words("Part", "部分"), Kind.CODE),
        Column(Words("SHA-256, or root and size", "摘要值"), Kind.CODE),
    )
    count = number(integrity["statements"])
    note = phrase(
        f"{count} ", Words("statements", "条陈述"), "; ", Words("content", "内容"), f": {integrity['content']}."
    )
    return Section(
        "evidence",
        Words("The evidence", "证据"),
        (
            Table(Words("Logs", "日志"), columns, tuple(logs), note),
            Table(Words("Bundles, sheets, heads", "证据包、表与根"), digests, tuple(parts)),
        ),
    )


def _vouching(heads: Sequence[str]) -> Text:
    """Who vouches for a log: a year may have a head for each day, of which the first and the last say enough."""
    if len(heads) > _MOST_HEADS:
        more = f"{len(heads) - 2:,}"
        return phrase(head_words(heads[0]), "; ", Words(f"{more} more", f"另有 {more} 个"), "; ", head_words(heads[-1]))
    return joined("; ", map(head_words, heads)) if heads else Words("nobody but itself", "无第三方")


def checking(said: Said, digest: str) -> Section:
    """The very commands, and every id that opens."""
    every = openings.openable(said)
    ids = [Row((name, _about(one))) for name, one in every.items() if one["opens"] or _is_read(one)]
    columns = (
        Column(Words("Id", "编号"), Kind.LINKS),
        Column(Words("What", "内容")),
    )
    lines = (VERIFIES, OPENS.format("ID"))
    text = Words(
        "This page proves nothing by itself. REPORT is the report's folder, POLICY your own policy, ID any below: "
        "compute it again, and hold the digest that the command prints against the one above.",
        "本页面本身不构成证明：请以自己的策略复算，并核对摘要值。",
    )
    return Section(
        "check",
        Words("How to check it", "如何复核"),
        (
            Note(text),
            Commands(lines),
            Note(phrase(Words("Report digest", "报告摘要值"), f": {digest}")),
            Table(Words("Everything that opens", "可穿透的各项"), columns, tuple(ids)),
        ),
    )


def _is_read(one: Said) -> bool:
    """Whether an item opens to what devices signed: a load to its intervals, an output to its weighings."""
    return "load" in one or "statements" in one


def _about(one: Said) -> str:
    """What an item is, in a few words."""
    unit = str(one.get("unit", ""))
    told = next(
        (amount(str(one[key]), unit_of or unit) for key, unit_of in _TOLD if isinstance(one.get(key), str)), NOTHING
    )
    return f"{one['name']}: {told}" if "name" in one else told


_TOLD: Final = (
    ("kg", "kgCO2e"),
    ("cfe_percent", "%"),
    ("total", ""),
    ("bought", ""),
    ("kgce", "kgce"),
    ("amount", ""),
    ("text", ""),
)
