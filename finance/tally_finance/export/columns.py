"""What the tables of a report and of a deposit have in common: columns, and how a table is described. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_finance.export.table import Column, Type


@dataclass(frozen=True, slots=True)
class Spec:
    """A table's columns. `needs`: the part of report.json that it is drawn from."""

    name: str
    chinese: str
    needs: str
    columns: tuple[Column, ...]


TEXT, COUNT, NUMBER, TIME, LOCAL, YES = Type.TEXT, Type.COUNT, Type.NUMBER, Type.TIME, Type.LOCAL, Type.YES_NO

FROM_TO: Final = (
    Column("from", "起(协调世界时)", TIME),
    Column("to", "止(协调世界时)", TIME),
    Column("from_local", "起(当地时间)", LOCAL),
)
STATES: Final = (
    Column("measured", "实测", NUMBER),
    Column("bridged", "由表底补足", NUMBER),
    Column("estimated", "按物理上限估计", NUMBER),
    Column("missing", "缺失", NUMBER),
)
SUMS: Final = (
    Column("bought", "外购", NUMBER),
    Column("made", "自发", NUMBER),
    Column("fed_in", "上网", NUMBER),
    Column("used", "消耗", NUMBER),
)
SERIES: Final = (
    Column("medium", "介质"),
    *FROM_TO,
    Column("unit", "单位"),
    *SUMS,
    Column("state", "状态"),
    *STATES,
)
ID: Final = Column("id", "编号")
OPENS: Final = Column("opens", "穿透至")
UNIT: Final = Column("unit", "单位")
