"""A monthly deposit as tables, for CSV and a workbook. No IO.

The fields follow the practice that municipal plans name: fuels, calorific value where it is stated, purchased
electricity, generation, heat, hours and load, and what supports them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.agent.settle import SiteTime
from tally_finance.deposit.body import Body
from tally_finance.export.columns import FROM_TO, STATES, SUMS
from tally_finance.export.plain_table import Item, plain_table
from tally_finance.export.table import Column, Table, Type, time_text

_STATE: Final = Column("state", "状态")
_UNIT: Final = Column("unit", "单位")
_MEDIUM: Final = Column("medium", "介质")
_METER: Final = Column("meter", "表计")
_DAY: Final = Column("day", "日期")
_MADE: Final = Column("made", "产量", Type.NUMBER)
_HEAD: Final = (
    ("entity", "企业"),
    ("site", "场所"),
    ("month", "月份"),
    ("timezone", "时区"),
    ("number", "第几次存证"),
    ("method", "计算方法版本"),
)


def tables(body: Body) -> list[Table]:
    """Every table of a deposit."""
    clock = SiteTime(ZoneInfo(body["timezone"]))
    return [
        plain_table(name, chinese, columns, partial(items, body), clock)
        for name, chinese, columns, items in (*_OF_MONTH, *_OF_METERS, *_OF_EVIDENCE)
    ]


def _deposit(body: Body) -> Iterator[Item]:
    for name, chinese in _HEAD:
        yield {"item": f"{name} {chinese}", "value": body[name]}
    previous = body["previous"]
    if previous is not None:
        yield {"item": "deposit before 上次存证", "value": previous["statement"]}
        yield {"item": "reason 更正原因", "value": previous["reason"]}


def _month(body: Body) -> Iterator[Item]:
    for one in body["media"]:
        yield {"medium": one["name"], "as": one["as"], "unit": one["unit"], **one["month"]}


def _days(body: Body) -> Iterator[Item]:
    for one in body["media"]:
        for day in one["days"]:
            yield {"medium": one["name"], "unit": one["unit"], **day}


def _stated(body: Body) -> Iterator[Item]:
    for one in body["media"]:
        for each in one["stated"]:
            yield {"medium": one["name"], **each}


def _output(body: Body) -> Iterator[Item]:
    for one in body["output"]:
        yield {"meter": one["meter"], "unit": one["unit"], **one["month"]}


def _output_days(body: Body) -> Iterator[Item]:
    for one in body["output"]:
        for day in one["days"]:
            yield {"meter": one["meter"], "unit": one["unit"], **day}


def _changes(body: Body) -> Iterator[Item]:
    for one in body["meters"]:
        for change in one["changes"]:
            yield {"meter": one["meter"], "unit": one["unit"], **change}


def _gaps(body: Body) -> Iterator[Item]:
    for one in body["gaps"]:
        ends = {f"{end}_statement": None if one[end] is None else one[end]["statement"] for end in ("first", "last")}
        yield {**one, **ends}


def _evidence(body: Body) -> Iterator[Item]:
    basis = body["basis"]
    yield {"what": "report 报告", "digest": basis["report"]}
    yield {"what": "activity data 活动数据", "digest": basis["activity"]}
    for digest in basis["evidence"]:
        yield {"what": "bundle 证据包", "digest": digest}
    for one in basis["heads"]:
        yield {"what": "head of log 日志头", "name": one["origin"], "size": one["size"], "digest": one["root"]}


def _standing(body: Body) -> Iterator[Item]:
    basis = body["basis"]
    yield {"item": "the evidence holds 证据成立", "value": "yes" if basis["holds"] else "no"}
    yield {"item": "the sums are bounded 合计封闭", "value": "yes" if basis["bounded"] else "no"}
    anchored = time_text(int(basis["anchored_by"])) if basis["anchored_by"] else "nothing dates it 无锚定时间"
    yield {"item": "anchored by 锚定时间", "value": anchored}
    for one in basis["findings"]:
        yield {"item": f"finding 验证发现 {one['code']}", "value": one["touches"]}


def _restated(body: Body) -> Iterable[Item]:
    return [] if body["previous"] is None else body["previous"]["changes"]


_ITEM_VALUE: Final = (Column("item", "项目"), Column("value", "内容"))
_OF_MONTH: Final = (
    ("deposit", "存证", _ITEM_VALUE, _deposit),
    (
        "due",
        "期限",
        (
            Column("name", "期限"),
            Column("chinese", "中文"),
            Column("days", "月后自然日", Type.COUNT),
            Column("last_day", "最后一日"),
            Column("until", "截止(协调世界时)", Type.TIME),
        ),
        lambda body: body["due"],
    ),
    ("month", "月合计", (_MEDIUM, Column("as", "用途"), _UNIT, *SUMS, _STATE, *STATES), _month),
    ("days", "日明细", (_MEDIUM, _DAY, *FROM_TO, _UNIT, *SUMS, _STATE, *STATES), _days),
    (
        "stated",
        "申报参数",
        (_MEDIUM, Column("what", "参数"), Column("value", "数值", Type.NUMBER), _UNIT, Column("stated", "依据")),
        _stated,
    ),
    ("output", "产量", (_METER, _UNIT, _MADE, _STATE), _output),
    ("output_days", "产量日明细", (_METER, _DAY, *FROM_TO, _UNIT, _MADE, _STATE), _output_days),
    (
        "working",
        "运行小时与负荷",
        (
            _METER,
            _MEDIUM,
            Column("role", "角色"),
            *FROM_TO,
            Column("hours", "运行小时", Type.COUNT, "h"),
            Column("idle_hours", "停运小时", Type.COUNT, "h"),
            Column("unknown_hours", "未知小时", Type.COUNT, "h"),
            Column("highest_in_an_hour", "最大小时量", Type.NUMBER),
            _UNIT,
        ),
        lambda body: body["working"],
    ),
)
_OF_METERS: Final = (
    (
        "boundary",
        "核算边界",
        (*FROM_TO, Column("reason", "变更理由"), Column("media", "介质"), Column("counters", "计数表计")),
        lambda body: body["boundary"],
    ),
    (
        "meters",
        "表计",
        (
            _METER,
            _MEDIUM,
            Column("role", "角色"),
            *FROM_TO,
            Column("point", "计量点"),
            Column("register", "寄存器"),
            _UNIT,
            Column("serial", "出厂编号"),
            Column("accuracy_class", "准确度等级"),
            Column("calibrated_until", "检定有效期至(协调世界时)", Type.TIME),
            Column("certificate", "检定状态"),
        ),
        lambda body: body["meters"],
    ),
    (
        "meter_changes",
        "换表与变比",
        (
            _METER,
            Column("at", "时间(协调世界时)", Type.TIME),
            Column("at_local", "时间(当地时间)", Type.LOCAL),
            Column("other_meter", "换表", Type.YES_NO),
            Column("closing", "终止表底", Type.NUMBER),
            Column("opening", "起始表底", Type.NUMBER),
            _UNIT,
        ),
        _changes,
    ),
    (
        "gaps",
        "缺口及处理",
        (
            _METER,
            *FROM_TO,
            Column("quantity", "数量", Type.NUMBER),
            Column("in_month", "其中本月", Type.NUMBER),
            _UNIT,
            _STATE,
            Column("treatment", "处理方法"),
            Column("first_statement", "起端陈述"),
            Column("last_statement", "末端陈述"),
        ),
        _gaps,
    ),
    (
        "corrections",
        "更正",
        (
            _METER,
            *FROM_TO,
            Column("before", "更正前", Type.NUMBER),
            Column("after", "更正后", Type.NUMBER),
            Column("reason", "原因"),
            Column("text", "说明"),
            Column("placed", "已计入", Type.YES_NO),
            Column("statement", "陈述"),
        ),
        lambda body: body["corrections"],
    ),
)
_OF_EVIDENCE: Final = (
    (
        "evidence",
        "支撑材料",
        (
            Column("what", "类型"),
            Column("name", "名称"),
            Column("size", "条数", Type.COUNT),
            Column("digest", "摘要值"),
        ),
        _evidence,
    ),
    ("standing", "验证结果", _ITEM_VALUE, _standing),
    (
        "restated",
        "与上次存证的差异",
        (Column("path", "位置"), Column("before", "上次"), Column("after", "本次")),
        _restated,
    ),
)
