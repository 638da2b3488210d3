"""The columns that a list of meters may have, by their English and Chinese names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, the headings it goes by, what it holds, and whether it must be there."""

    key: str
    headings: tuple[str, ...]
    holds: str
    required: bool = False


COLUMNS: Final = (
    Column(
        "serial",
        ("serial", "serial number", "表号", "资产编号", "出厂编号"),
        "the meter's serial number",
        required=True,
    ),
    Column("point", ("point", "metering point", "计量点", "计量点编号"), "URI of the metering point", required=True),
    Column("accuracy_class", ("class", "accuracy class", "准确度等级", "等级"), "such as 0.5S", required=True),
    Column("pt_ratio", ("pt ratio", "pt", "pt变比", "电压变比"), "decimal or 10000/100; 1 when empty"),
    Column("ct_ratio", ("ct ratio", "ct", "ct变比", "电流变比"), "decimal or 150/5; 1 when empty"),
    Column("multiplier", ("multiplier", "ratio", "倍率", "综合倍率"), "PT ratio times CT ratio, if given must agree"),
    Column("parent", ("parent", "sub-meter of", "上级计量点", "上级"), "metering point that this is a part of"),
    Column("certificate", ("certificate", "检定证书", "证书编号"), "number of the calibration certificate"),
    Column("certificate_expires", ("expiry", "certificate expires", "检定有效期至", "有效期"), "last day it holds"),
    Column(
        "cadence_s", ("cadence", "cadence s", "采集周期", "采集周期(秒)"), "seconds between readings", required=True
    ),
    Column("register", ("register", "寄存器", "数据项"), "such as energy_import", required=True),
    Column("unit", ("unit", "unit of measure", "单位", "计量单位"), "such as kWh", required=True),
    Column("modulus", ("modulus", "满度值", "满量程"), "value at which the register starts again at 0"),
    Column("host", ("host", "ip", "ip地址", "主机"), "address of the meter or its converter", required=True),
    Column("port", ("port", "端口"), "502 when empty"),
    Column("unit_id", ("unit id", "station", "slave", "站号", "从站地址"), "1 when empty"),
    Column("address", ("address", "register address", "寄存器地址"), "zero-based, as on the wire", required=True),
    Column("type", ("type", "data type", "数据类型"), "u16 i16 u32 i32 u64 i64 f32", required=True),
    Column("decimals", ("decimals", "小数位", "小数位数"), "digits behind the point; 0 when empty"),
    Column("order", ("word order", "byte order", "字序", "字节序"), "ABCD CDAB BADC DCBA; ABCD when empty"),
    Column("table", ("table", "function", "功能区"), "holding or input; holding when empty"),
    Column("display", ("display", "shown", "表显示值", "表码"), "what the meter's display shows, for the test read"),
)
"""Headings are compared without case, spaces at the ends, and with any of space, '_' and '-' alike."""

_KEY_OF_HEADING: Final = {heading: column.key for column in COLUMNS for heading in column.headings}


def normal(heading: str) -> str:
    """How headings are compared."""
    return " ".join(heading.replace("_", " ").replace("-", " ").lower().split())


_KEY_OF_NORMAL: Final = {normal(heading): key for heading, key in _KEY_OF_HEADING.items()}


def find(headings: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column stands among `headings`, and what is wrong with them."""
    found: dict[str, int] = {}
    faults: list[str] = []
    for at, heading in enumerate(headings):
        if not heading.strip():
            continue
        key = _KEY_OF_NORMAL.get(normal(heading))
        if key is None:
            faults.append(f"heading {heading!r} is not known")
        elif key in found:
            faults.append(f"headings {headings[found[key]]!r} and {heading!r} mean the same")
        else:
            found[key] = at
    faults += [
        f"no column for {column.key}: {' / '.join(column.headings[:3])}"
        for column in COLUMNS
        if column.required and column.key not in found
    ]
    return found, faults
