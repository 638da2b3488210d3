"""The parts of a report's page about the site: cross-checks, meters, versions of the boundary. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.export import by_month, words
from tally_finance.export.document import NOTHING, Block, Column, Kind, Note, Row, Section, Table, Tone
from tally_finance.export.page_head import opening
from tally_finance.export.said_words import name_words, result_words
from tally_finance.export.words import number, share

Said = Mapping[str, Any]

_ID = Column(Words("Id", "编号"), Kind.CODE)
_FROM, _TO = Column(Words("From", "起")), Column(Words("To", "止"))


def checks(said: Said) -> Section:
    """What was held against what, and whether it could be."""
    columns = (
        _ID,
        Column(Words("Result", "结果")),
        Column(Words("Check", "核对")),
        Column(Words("Says", "说明")),
        Column(Words("Opens to", "穿透至"), Kind.LINKS),
    )
    rows = [
        Row(
            (one["id"], _result(one), name_words(one["name"]), result_words(one["text"]), " ".join(one["opens"])),
            _tone(one),
            one["id"],
        )
        for one in said["checks"]
    ]
    note = Words("A check that could not be made does not hold.", "未能进行的核对不视为相符。")
    table = Table(Words("Cross-checks", "交叉核对"), columns, tuple(rows), note)
    return Section("checks", Words("Cross-checks", "交叉核对"), (table,))


def _result(one: Said) -> Words:
    if one["holds"]:
        return Words("holds", "相符")
    return Words("against", "不符") if one["made"] else Words("not made", "未核对")


def _tone(one: Said) -> Tone:
    return Tone.GOOD if one["holds"] else Tone.BAD if one["made"] else Tone.DOUBT


def meters(said: Said) -> Section:
    """Each meter in each version of the boundary: what it is, what it counted, how well it is known."""
    zone = ZoneInfo(said["timezone"])
    blocks: tuple[Block, ...] = (_what(said, zone), _counted(said), *_unread(said, zone), *_corrected(said, zone))
    return Section("meters", Words("Meters and boundary", "计量器具与边界"), (*blocks, _versions(said, zone)))


def _what(said: Said, zone: ZoneInfo) -> Table:
    columns = (
        _ID,
        Column(Words("Meter", "表计")),
        Column(Words("Medium and role", "介质与角色")),
        Column(Words("Point and register", "计量点与寄存器"), Kind.CODE),
        Column(Words("Serial", "表号"), Kind.CODE),
        Column(Words("Class", "准确度等级")),
        Column(Words("Certificate until", "检定有效期至")),
        Column(Words("Exchanges", "换表"), Kind.NUMBER),
    )
    rows = [
        Row(
            (
                one["id"],
                _named(one),
                phrase(words.medium(one["medium"]), ", ", words.ROLES.get(one["role"], one["role"])),
                f"{one['point']} {one['register']}",
                one["serial"] or NOTHING,
                one["accuracy_class"] or NOTHING,
                words.day(one["calibrated_until"], zone) if one["calibrated_until"] else Words("not shown", "未提供"),
                one["exchanges"],
            ),
            _known(one, int(said["to"])),
            one["id"],
        )
        for one in said["meters"]
    ]
    first = said["meters"][0]["id"] if said["meters"] else "load-1"
    what = Words("its intervals, the statements at their ends, the proofs", "区间、签名陈述与证明")
    note = phrase(opening(first), " (", what, ")")
    return Table(Words("Meters", "计量器具"), columns, tuple(rows), note)


def _named(one: Said) -> Text:
    return phrase(f"{one['name']}, ", Words("part of", "隶属"), f" {one['parent']}") if one["parent"] else one["name"]


def _known(one: Said, end: int) -> Tone:
    """A meter that is not believed; one whose certificate nobody shows, or that ended within the period."""
    if not one["believed"]:
        return Tone.BAD
    return Tone.PLAIN if one["calibrated_until"] and int(one["calibrated_until"]) >= end else Tone.DOUBT


def _counted(said: Said) -> Table:
    columns = (
        Column(Words("Meter", "表计"), Kind.LINKS),
        Column(Words("Name", "名称")),
        Column(Words("Counted", "计量"), Kind.NUMBER),
        *(Column(Words(word, words.STATES[word]), Kind.NUMBER) for word in by_month.WORDS),
        Column(Words("Longest gap", "最长间断"), Kind.NUMBER),
        Column(Words("Ceiling per h", "物理上限"), Kind.NUMBER),
        Column(Words("Believed", "采信")),
    )
    rows = [
        Row(
            (
                one["id"],
                one["name"],
                words.amount(one["total"], one["unit"]),
                *(_part(one, word) for word in by_month.WORDS),
                words.lasted(one["longest_gap_s"]),
                _ceiling(one),
                words.YES if one["believed"] else words.NO,
            ),
            Tone.PLAIN if one["believed"] else Tone.BAD,
        )
        for one in said["meters"]
    ]
    return Table(Words("What each counted", "各表计量"), columns, tuple(rows))


def _part(one: Said, word: str) -> Text:
    """What a meter counted in a state; of a state without a quantity how long it lasted."""
    if words.fraction(one[word]):
        whole = sum((abs(words.fraction(one[each])) for each in by_month.WORDS), start=words.fraction(""))
        return share(words.fraction(one[word]), whole)
    return words.lasted(one["seconds"][word]) if word != "measured" and word in one["seconds"] else NOTHING


def _ceiling(one: Said) -> str:
    return f"{number(one['ceiling_per_h'])} ({one['ceiling_stated']})" if one["ceiling_per_h"] else NOTHING


def _unread(said: Said, zone: ZoneInfo) -> Iterator[Block]:
    """Times that no reading covers as planned, the first of each meter: a meter off the air has thousands."""
    rows, left = [], 0
    for one in said["meters"]:
        left += max(len(one["not_measured"]) - _MOST_UNREAD, 0)
        rows += [
            Row(
                (
                    one["id"],
                    one["name"],
                    words.moment(each["from"], zone),
                    words.moment(each["to"], zone),
                    words.both(each["state"], words.STATES),
                    words.amount(each["quantity"], one["unit"]),
                ),
                Tone.PLAIN if each["state"] == "bridged" else Tone.DOUBT,
            )
            for each in one["not_measured"][:_MOST_UNREAD]
        ]
    columns = (
        Column(Words("Meter", "表计"), Kind.LINKS),
        Column(Words("Name", "名称")),
        _FROM,
        _TO,
        Column(Words("State", "状态")),
        Column(Words("Counted as", "计为"), Kind.NUMBER),
    )
    note = Words(
        f"The first {_MOST_UNREAD} of each meter; {left:,} more in report.json.",
        f"每表列前 {_MOST_UNREAD} 段；其余 {left:,} 段见报告文件。",
    )
    if rows:
        yield Table(Words("Not measured as planned", "未按计划实测"), columns, tuple(rows), note if left else "")


_MOST_UNREAD: Final = 20
_NOT_PLACED: Final = phrase(" (", Words("not placed", "未落实"), ")")


def _corrected(said: Said, zone: ZoneInfo) -> Iterator[Block]:
    columns = (
        Column(Words("Meter", "表计"), Kind.LINKS),
        _FROM,
        _TO,
        Column(Words("Before", "更正前"), Kind.NUMBER),
        Column(Words("After", "更正后"), Kind.NUMBER),
        Column(Words("Reason", "理由")),
        Column(Words("Statement", "陈述"), Kind.CODE),
    )
    rows = [
        Row(
            (
                one["id"],
                words.moment(each["from"], zone),
                words.moment(each["to"], zone),
                number(each["before"]),
                words.amount(each["after"], one["unit"]),
                phrase(f"{each['reason']}: {each['text']}", "" if each["placed"] else _NOT_PLACED),
                each["statement"],
            ),
            Tone.PLAIN if each["placed"] else Tone.BAD,
        )
        for one in said["meters"]
        for each in one["corrections"]
    ]
    if rows:
        yield Table(Words("Corrections", "更正"), columns, tuple(rows))


def _versions(said: Said, zone: ZoneInfo) -> Block:
    columns = (_FROM, _TO, Column(Words("Reason", "理由")), Column(Words("Meters", "表计")))
    rows = [
        Row((words.moment(one["from"], zone), words.moment(one["to"], zone), one["reason"], ", ".join(one["meters"])))
        for one in said["versions"]
    ]
    if not rows:
        return Note(Words("The boundary has no version in the period.", "期间内无边界版本。"), Tone.BAD)
    return Table(Words("Versions of the boundary", "边界版本"), columns, tuple(rows))
