"""The parts of a report's page that not every report has: attested output, what is passed on, resources. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tally_finance.bilingual import Text, Words, joined, phrase
from tally_finance.export.document import NOTHING, Block, Column, Kind, Note, Row, Section, Table, Tone
from tally_finance.export.page_head import opening
from tally_finance.export.said_words import source_words
from tally_finance.export.words import amount, number

Said = Mapping[str, Any]

_ID: Final = Column(Words("Id", "编号"), Kind.CODE)
_NAMES: Final = {"coal": Words("Coal equivalent", "折标准煤"), "water": Words("Water", "用水量")}


def further(said: Said) -> Iterator[Section]:
    """Each where the report has it."""
    if said.get("outputs"):
        yield _outputs(said["outputs"])
    if said.get("passed_on"):
        yield _passed_on(said["passed_on"])
    if said.get("resources"):
        blocks = tuple(_resource(name, one) for name, one in said["resources"].items())
        yield Section("resources", Words("What else a loan may count", "贷款另计的指标"), blocks)


def _outputs(found: list[Said]) -> Section:
    columns = (
        _ID,
        Column(Words("Product", "产品")),
        Column(Words("Store and way", "库与方向")),
        Column(Words("Amount", "数量"), Kind.NUMBER),
        Column(Words("U95", "扩展不确定度"), Kind.NUMBER),
        Column(Words("Beside it, counters", "另有计数器"), Kind.NUMBER),
        Column(Words("Statements", "陈述"), Kind.NUMBER),
    )
    rows = [
        Row(
            (
                one["id"],
                one["product"],
                f"{one['store']}, {one['way']}",
                amount(one["amount"], one["unit"]),
                number(one["u95"]),
                amount(one["counted"], one["unit"]),
                f"{len(one['statements']):,}",
            ),
            anchor=one["id"],
        )
        for one in found
    ]
    name = Words("Attested output", "见证产量")
    blocks: list[Block] = [Table(name, columns, tuple(rows), opening(found[0]["id"]))]
    for one in found:
        for each in one["remarks"]:
            text = f"{one['id']}: {each['name']}, {each['touches']}: {each['text']}"
            blocks.append(Note(text, Tone.BAD if each["blocks"] else Tone.DOUBT))
    return Section("outputs", name, tuple(blocks))


def _passed_on(found: list[Said]) -> Section:
    columns = (
        _ID,
        Column(Words("Use", "用途")),
        Column(Words("Meter", "表计")),
        Column(Words("To", "转供给")),
        Column(Words("Taken off", "扣除"), Kind.NUMBER),
        Column(Words("Not taken off", "未扣除"), Kind.NUMBER),
        Column(Words("Reason", "理由")),
    )
    rows = [
        Row(
            (
                one["id"],
                one["use"],
                one["meter"],
                one["to"],
                amount(one["amount"], one["unit"]),
                amount(one["left_out"], one["unit"]),
                one["reason"],
            ),
            anchor=one["id"],
        )
        for one in found
    ]
    name = Words("Passed on to others", "转供")
    measured = Words("What was not measured is not taken off.", "未实测部分不扣除。")
    note = phrase(measured, " ", opening(found[0]["id"]))
    return Section("passed-on", name, (Table(name, columns, tuple(rows), note),))


def _each(sources: list[str]) -> Text:
    return joined("; ", map(source_words, sources))


def _resource(name: str, one: Said) -> Table:
    columns = (
        _ID,
        Column(Words("Use", "用途")),
        Column(Words("Amount", "数量"), Kind.NUMBER),
        Column(Words(f"Counted, {one['unit']}", f"计为，{one['unit']}"), Kind.NUMBER),
        Column(Words("U95", "扩展不确定度"), Kind.NUMBER),
        Column(Words("Conservative", "保守值"), Kind.NUMBER),
        Column(Words("Opens to", "穿透至"), Kind.LINKS),
    )
    rows = [
        Row(
            (
                each["id"],
                each["use"],
                amount(each["amount"], each["unit"]),
                number(each["counted"]),
                NOTHING,
                NOTHING,
                " ".join(each["opens"]),
            ),
            anchor=each["id"],
        )
        for each in one["rows"]
    ]
    sums = (number(one[key]) for key in ("amount", "u95", "conservative"))
    rows.append(Row((one["id"], Words("total", "合计"), NOTHING, *sums, " ".join(one["opens"])), anchor=one["id"]))
    note: list[Text] = [opening(one["id"])]
    if one["unstated"]:
        note.insert(0, phrase(Words("Not in U95", "未计入不确定度"), ": ", _each(one["unstated"]), "."))
    if "tce" in one:
        note.insert(0, phrase(f"{number(one['tce'])} ", Words("tce", "吨标准煤"), "."))
    return Table(_NAMES.get(name, Words(name, "")), columns, tuple(rows), joined(" ", note))
