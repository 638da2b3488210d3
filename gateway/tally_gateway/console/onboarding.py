"""A list of meters, uploaded: what was read of it, what is wrong in which cell and how to mend it, the drafts."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_edge.authority import SitePlan
from tally_edge.errors import SheetError
from tally_edge.site_import import cell_values, columns, draft, rows, sheet
from tally_edge.site_import.draft import SiteFacts
from tally_edge.site_import.rows import Fault, ListedMeter
from tally_gateway.console.sentences import both
from tally_gateway.pages.words import Words

DAY_S: Final = 86_400
FOLDER: Final = "drafts"
_PERSON: Final = re.compile(r"([0-9a-f]{64})\s*=\s*(\S.{0,127})")
_CHANGED: Final = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive: the same list gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A fault of the list, and what its column holds when it is right."""

    fault: Fault
    mend: Words

    @property
    def said(self) -> Words:
        """What is wrong."""
        return both(self.fault.text)


@dataclass(frozen=True, slots=True)
class ReadList:
    """What came of an upload. With faults there are no drafts. `wrong`: by field of the form, what is not right."""

    name: str
    meters: tuple[ListedMeter, ...]
    faults: tuple[Mended, ...]
    facts: SiteFacts | None
    wrong: Mapping[str, Words]

    @property
    def drafts(self) -> dict[str, str]:
        """Every draft by its name; none where anything is wrong."""
        return {} if self.facts is None or self.faults else draft.drafts(self.meters, self.facts)

    @property
    def next_steps(self) -> list[str]:
        """The commands that follow."""
        return [] if self.facts is None else draft.next_steps(FOLDER, self.meters, self.facts)


def read(name: str, data: bytes, form: Mapping[str, str], now: int) -> ReadList:
    """Read the list `data` of the file `name` under what the form says. Blocks: call it in a thread."""
    meters, faults = _read_sheet(name, data)
    facts, wrong = _facts(form, now)
    return ReadList(name, tuple(meters), tuple(faults), facts, wrong)


def _read_sheet(name: str, data: bytes) -> tuple[Sequence[ListedMeter], list[Mended]]:
    suffix = PurePath(name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{suffix if suffix in ('.csv', '.xlsx') else '.other'}"
        path.write_bytes(data)
        try:
            found = sheet.read(path)
        except SheetError as error:
            text = str(error).replace(str(path), PurePath(name).name or "the file")
            return [], [Mended(Fault(0, "", text), _OF_FILE)]
    meters, faults = rows.read(found)
    headings = [cell.text for cell in found[0].cells]
    places, _ = columns.find(headings)
    keys = {headings[at]: key for key, at in places.items()}
    return meters, [Mended(fault, _mend(keys.get(fault.column, fault.column), fault)) for fault in faults]


_OF_FILE: Final = Words(
    "Save the list as .xlsx with one visible sheet, or as CSV in UTF-8, and upload it again.",
    "请将清单另存为仅含一个可见工作表的 .xlsx，或 UTF-8 编码的 CSV，再重新上传。",
)
_OF_HEADINGS: Final = Words(
    "Name the columns in the first row as the table of columns below does, each once.",
    "请按下方列名表填写首行标题，每列只出现一次。",
)
_OF_ROW: Final = Words(
    "Compare the row with the others of the same metering point; all but the register must agree.",
    "请与同一计量点的其他行核对：除寄存器外各列应一致。",
)
_FORMULA: Final = Words("Copy the cell and paste its value in its place.", "请复制该单元格并粘贴为数值。")
_TYPED: Final = Words("Format the cell as text and type all digits anew.", "请将单元格设为文本格式后重新输入全部数字。")

MENDS: Final = {
    "serial": Words("The number on the meter's plate, as text.", "填写表计铭牌上的编号（文本）。"),
    "point": Words("A name such as urn:dev:org:32473-steel:m1.", "填写形如 urn:dev:org:32473-steel:m1 的名称。"),
    "accuracy_class": Words("Such as 0.5S, from the meter's plate.", "按铭牌填写，如 0.5S。"),
    "pt_ratio": Words("Such as 10000/100; leave it empty without a transformer.", "如 10000/100；无互感器则留空。"),
    "ct_ratio": Words("Such as 150/5; leave it empty without a transformer.", "如 150/5；无互感器则留空。"),
    "multiplier": Words("PT ratio times CT ratio, or leave it empty.", "应等于 PT 变比乘 CT 变比，或留空。"),
    "parent": Words("Another metering point of this list, or empty.", "填写本清单中的另一计量点，或留空。"),
    "certificate": Words("The certificate's number, as text, or empty.", "检定证书编号（文本），可留空。"),
    "certificate_expires": Words("The last day that it holds: 2027-12-31.", "填写有效期最后一天，如 2027-12-31。"),
    "cadence_s": Words("Whole seconds between readings: 900.", "填写采集间隔整秒数，如 900。"),
    "register": Words("Such as energy_import: a-z, 0-9 and '_'.", "如 energy_import，仅限 a-z、0-9 与下划线。"),
    "unit": Words("Such as kWh, m3, kg.", "如 kWh、m3、kg。"),
    "modulus": Words("The value at which the register starts again at 0.", "寄存器归零时的满度值。"),
    "host": Words("The address of the meter or of its converter.", "表计或转换器的地址。"),
    "port": Words("1 to 65535; 502 when empty.", "1 至 65535；留空为 502。"),
    "unit_id": Words("0 to 255; 1 when empty.", "0 至 255；留空为 1。"),
    "address": Words("Zero-based, as on the wire: 40001 in a manual is 0.", "从 0 起计：手册中的 40001 填 0。"),
    "type": Words("One of u16 i16 u32 i32 u64 i64 f32.", "取 u16 i16 u32 i32 u64 i64 f32 之一。"),
    "decimals": Words("Digits behind the point: 0 to 9.", "小数位数 0 至 9。"),
    "order": Words("One of ABCD CDAB BADC DCBA.", "取 ABCD CDAB BADC DCBA 之一。"),
    "table": Words("holding or input.", "填写 holding 或 input。"),
    "display": Words("What the display shows, exact, or empty.", "填写表显示值，或留空。"),
}


def _mend(key: str, fault: Fault) -> Words:
    if "formula" in fault.text:
        return _FORMULA
    if "type it as text" in fault.text:
        return _TYPED
    if not fault.column:
        return _OF_HEADINGS if "heading" in fault.text or "no column" in fault.text else _OF_ROW
    return MENDS.get(key, Words("See the table of columns below.", "请参照下方列名表。"))


def _facts(form: Mapping[str, str], now: int) -> tuple[SiteFacts | None, dict[str, Words]]:
    wrong: dict[str, Words] = {}
    site, zone = form.get("site", "").strip(), form.get("timezone", "").strip()
    try:
        cell_values.uri(site)
    except ValueError:
        wrong["site"] = Words("Not a URI such as urn:dev:org:32473-steel.", "应为形如 urn:dev:org:32473-steel 的 URI。")
    if not 0 < len(form.get("owner", "").strip()) <= 128:
        wrong["owner"] = Words("Name the owner.", "请填写业主名称。")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong["timezone"] = Words("Not a time zone such as Asia/Shanghai.", "应为形如 Asia/Shanghai 的时区。")
    persons = [_PERSON.fullmatch(line.strip()) for line in form.get("persons", "").splitlines() if line.strip()]
    found = [(one[1], one[2].strip()) for one in persons if one is not None]
    if not found or len(found) != len(persons):
        text = "One line each: 64 hexadecimal digits = organisation."
        wrong["persons"] = Words(text, "每行一名：64 位十六进制密钥标识 = 单位名称。")
    days = form.get("days", "90").strip()
    if not (days.isascii() and days.isdigit() and 0 < int(days[:6]) <= 3_650):
        wrong["days"] = Words("1 to 3650 days.", "1 至 3650 天。")
    if wrong:
        return None, wrong
    owner, origin = form["owner"].strip(), form.get("origin", "")
    renew_by = now + int(days) * DAY_S
    return SiteFacts(site, owner, zone, origin, f"{site}:gateway-pc", now, renew_by, tuple(found)), wrong


def archive(read_list: ReadList) -> bytes:
    """The drafts as a zip, with the commands that follow."""
    made = io.BytesIO()
    texts = {**read_list.drafts, "next.txt": "\n".join(read_list.next_steps) + "\n"}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in sorted(texts.items()):
            zipped.writestr(zipfile.ZipInfo(f"{FOLDER}/{name}", _CHANGED), text.encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What the new plan would change of the one in force."""

    added: tuple[str, ...]
    left: tuple[str, ...]


def change(meters: Sequence[ListedMeter], plan: SitePlan | None) -> PlanChange | None:
    """Against the plan in force; None where there is none yet."""
    if plan is None:
        return None
    new, old = {meter.point for meter in meters}, {planned.point for planned in plan.points}
    return PlanChange(tuple(sorted(new - old)), tuple(sorted(old - new)))


def tree(meters: Sequence[ListedMeter]) -> list[tuple[int, ListedMeter]]:
    """Meters below their parents, with how deep each stands."""
    children: dict[str | None, list[ListedMeter]] = {}
    for meter in meters:
        children.setdefault(meter.parent, []).append(meter)
    found: list[tuple[int, ListedMeter]] = []
    waiting = [(0, meter) for meter in reversed(children.get(None, []))]
    while waiting:
        depth, meter = waiting.pop()
        found.append((depth, meter))
        waiting += [(depth + 1, child) for child in reversed(children.get(meter.point, []))]
    return found
