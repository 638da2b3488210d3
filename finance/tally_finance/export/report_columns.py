"""The columns of the tables that are drawn from report.json: names, Chinese names, types, units. No IO."""

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
_KG: Final = "kgCO2e"

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
_UNCERTAIN: Final = (
    Column("kg", "排放量", NUMBER, _KG),
    Column("u95_kg", "扩展不确定度 U95", NUMBER, _KG),
    Column("conservative_kg", "保守值", NUMBER, _KG),
)
_HOURLY: Final = (
    Column("load_kwh", "用电量(精确值)", TEXT, "kWh"),
    Column("matched_kwh", "匹配电量(精确值)", TEXT, "kWh"),
    Column("unmatched_kwh", "未匹配电量(精确值)", TEXT, "kWh"),
    Column("surplus_kwh", "多余电量(精确值)", TEXT, "kWh"),
)
"""Exact, and so as text: a certificate may be spread over hours in thirds."""
_ID: Final = Column("id", "编号")
_OPENS: Final = Column("opens", "穿透至")
_UNIT: Final = Column("unit", "单位")
_MARKS: Final = (Column("unstated", "未说明的不确定度来源"), Column("marks", "标注"))

SPECS: Final = (
    Spec(
        "figures",
        "指标",
        "figures",
        (Column("figure", "指标"), *_UNCERTAIN, Column("u95_percent", "U95 百分比", NUMBER, "%"), *_MARKS, _OPENS),
    ),
    Spec(
        "figure_gases",
        "指标:分气体",
        "figures",
        (Column("figure", "指标"), Column("gas", "气体"), Column("gas_kg", "该气体质量(精确值)", TEXT, "kg")),
    ),
    Spec(
        "figure_drivers",
        "指标:不确定度贡献",
        "figures",
        (Column("figure", "指标"), Column("driver", "贡献来源"), Column("share", "占比", NUMBER)),
    ),
    Spec(
        "lines",
        "排放源明细",
        "lines",
        (
            _ID,
            Column("name", "名称"),
            Column("use", "用途"),
            Column("scope", "范围"),
            Column("gas", "气体"),
            Column("gas_kg", "该气体质量(精确值)", TEXT, "kg"),
            Column("kg", "排放量", NUMBER, _KG),
            Column("factor", "因子摘要值"),
            Column("rests", "依据"),
            *_MARKS,
            _OPENS,
        ),
    ),
    Spec(
        "products",
        "产品",
        "products",
        (
            _ID,
            Column("name", "名称"),
            Column("amount", "产量", NUMBER),
            _UNIT,
            Column("share", "分配份额(精确值)"),
            Column("shared_by", "分配依据"),
            Column("of", "分配的总量"),
            *_UNCERTAIN,
            Column("kg_per_unit", "单位产品排放", NUMBER, f"{_KG}/unit"),
            Column("kg_per_unit_u95", "单位产品排放 U95", NUMBER, f"{_KG}/unit"),
            Column("kg_per_unit_conservative", "单位产品排放保守值", NUMBER, f"{_KG}/unit"),
            Column("output", "产量依据"),
            _OPENS,
        ),
    ),
    Spec(
        "outputs",
        "见证产量",
        "outputs",
        (
            _ID,
            Column("product", "产品"),
            Column("store", "仓储"),
            Column("way", "方向"),
            Column("amount", "数量", NUMBER),
            _UNIT,
            Column("u95", "扩展不确定度 U95", NUMBER),
            Column("conservative", "保守值", NUMBER),
            Column("standing", "状态"),
        ),
    ),
    Spec(
        "passed_on",
        "转供",
        "passed_on",
        (
            _ID,
            Column("use", "用途"),
            Column("meter", "表计"),
            Column("to", "转供对象"),
            Column("reason", "理由"),
            Column("amount", "数量", NUMBER),
            _UNIT,
            Column("left_out", "未扣除(未实测)", NUMBER),
            _OPENS,
        ),
    ),
    Spec(
        "factors",
        "排放因子",
        "factors",
        (
            _ID,
            Column("digest", "摘要值"),
            Column("activity", "活动"),
            Column("region", "地区"),
            Column("data_year", "数据年份", COUNT),
            Column("reporting_year", "报告年份", COUNT),
            Column("basis", "口径"),
            Column("value", "数值", NUMBER),
            _UNIT,
            Column("rule", "选取规则"),
            Column("fallback", "退用说明"),
            Column("owner", "所有者"),
            Column("mark", "标注"),
            Column("licence", "许可"),
        ),
    ),
    Spec(
        "factor_alternatives",
        "排放因子:未选用",
        "factors",
        (
            Column("factor", "已选因子"),
            Column("digest", "摘要值"),
            Column("region", "地区"),
            Column("data_year", "数据年份", COUNT),
            Column("basis", "口径"),
            Column("value", "数值", NUMBER),
            _UNIT,
            Column("why_not", "未选用原因"),
        ),
    ),
    Spec(
        "factor_sources",
        "排放因子:来源",
        "factors",
        (Column("factor", "因子"), Column("title", "来源"), Column("locator", "出处"), Column("read", "查阅方式")),
    ),
    Spec(
        "instruments",
        "绿证与绿电合同",
        "instruments",
        (Column("kind", "类型"), Column("number", "编号"), Column("counts", "计入", YES), Column("why", "不计入原因")),
    ),
    Spec(
        "claims",
        "链上占用",
        "instruments",
        (
            Column("number", "编号"),
            Column("state", "状态"),
            Column("nullifier", "占用标识"),
            Column("holder", "占用方"),
            Column("digest", "摘要值"),
        ),
    ),
    Spec(
        "hourly",
        "小时级匹配",
        "instruments",
        (
            Column("stretch", "时段"),
            *FROM_TO,
            *_HOURLY,
            Column("cfe_percent", "小时级绿电占比", NUMBER, "%"),
            Column("unknown_hours", "未知小时", COUNT, "h"),
        ),
    ),
    Spec(
        "hourly_certificates",
        "小时级证书",
        "instruments",
        (
            Column("number", "编号"),
            *FROM_TO,
            Column("kwh", "电量(精确值)", TEXT, "kWh"),
            Column("not_annual", "年度不计入原因"),
            Column("not_hourly", "小时级不计入原因"),
        ),
    ),
    Spec(
        "resources",
        "能源与水资源",
        "resources",
        (
            Column("resource", "资源"),
            Column("name", "名称"),
            Column("use", "用途"),
            Column("amount", "数量", NUMBER),
            _UNIT,
            Column("in_resource", "折算量"),
            Column("factor", "折算系数"),
            Column("tce", "吨标准煤", NUMBER, "tce"),
            Column("u95", "扩展不确定度 U95", NUMBER),
            Column("conservative", "保守值", NUMBER),
        ),
    ),
    Spec(
        "market",
        "绿电抵扣",
        "instruments",
        (Column("what", "项目"), Column("kwh", "电量", NUMBER, "kWh")),
    ),
    Spec(
        "media",
        "能源与资源",
        "media",
        (
            _ID,
            Column("name", "名称"),
            *FROM_TO,
            _UNIT,
            *SUMS,
            Column("state", "状态"),
            *STATES,
            Column("measured_percent", "实测占比", NUMBER, "%"),
            Column("bridged_percent", "补足占比", NUMBER, "%"),
            Column("estimated_percent", "估计占比", NUMBER, "%"),
            Column("missing_percent", "缺失占比", NUMBER, "%"),
            Column("longest_gap_s", "最长缺口", COUNT, "s"),
            _OPENS,
        ),
    ),
    Spec("months", "按月", "media", SERIES),
    Spec(
        "meters",
        "表计",
        "meters",
        (
            _ID,
            Column("name", "名称"),
            Column("medium", "介质"),
            Column("role", "角色"),
            Column("parent", "上级表计"),
            Column("point", "计量点"),
            Column("register", "寄存器"),
            _UNIT,
            *FROM_TO,
            Column("total", "合计", NUMBER),
            *STATES,
            Column("longest_gap_s", "最长缺口", COUNT, "s"),
            Column("believed", "证据可信", YES),
            Column("by_hand", "人工录入", YES),
            Column("serial", "出厂编号"),
            Column("accuracy_class", "准确度等级"),
            Column("limit_percent", "声明的误差限", NUMBER, "%"),
            Column("calibrated_until", "检定有效期至(协调世界时)", TIME),
            Column("exchanges", "换表次数", COUNT),
            Column("ceiling_per_h", "每小时物理上限", NUMBER),
            Column("ceiling_stated", "上限依据"),
            Column("mean_and_two_sigma_bounds_nothing", "均值加两倍标准差(不构成上限)", NUMBER),
            Column("load", "负荷摘要值"),
        ),
    ),
    Spec(
        "not_measured",
        "未实测时段",
        "meters",
        (
            Column("meter", "表计"),
            Column("number", "序号", COUNT),
            *FROM_TO,
            Column("quantity", "数量", NUMBER),
            Column("state", "状态"),
            Column("first_statement", "起端报文"),
            Column("last_statement", "末端报文"),
        ),
    ),
    Spec(
        "corrections",
        "更正",
        "meters",
        (
            Column("meter", "表计"),
            Column("number", "序号", COUNT),
            *FROM_TO,
            Column("before", "更正前", NUMBER),
            Column("after", "更正后", NUMBER),
            Column("reason", "原因"),
            Column("text", "说明"),
            Column("placed", "已计入", YES),
            Column("place", "位置"),
            Column("statement", "报文"),
        ),
    ),
    Spec(
        "versions",
        "边界版本",
        "versions",
        (*FROM_TO, Column("reason", "变更理由"), Column("meters", "表计")),
    ),
    Spec(
        "rounding",
        "舍入损失",
        "rounded",
        (
            _ID,
            Column("name", "名称"),
            Column("factor_t", "因子", NUMBER, "t/unit"),
            Column("step_t", "保留位数", NUMBER, "t"),
            Column("exact_t", "精确值", NUMBER, "t"),
            Column("rounded_t", "逐段舍入之和", NUMBER, "t"),
            Column("lost_percent", "损失", NUMBER, "%"),
            Column("stated_t", "他表合计", NUMBER, "t"),
            Column("stated_lost_percent", "他表损失", NUMBER, "%"),
        ),
    ),
    Spec(
        "checks",
        "核对",
        "checks",
        (
            _ID,
            Column("kind", "类型"),
            Column("name", "名称"),
            Column("made", "已核对", YES),
            Column("holds", "成立", YES),
            Column("text", "说明"),
            _OPENS,
        ),
    ),
    Spec(
        "findings",
        "验证发现",
        "integrity",
        (
            Column("code", "代码", COUNT),
            Column("name", "名称"),
            Column("severity", "严重程度"),
            Column("touches", "涉及"),
            Column("text", "说明"),
        ),
    ),
    Spec(
        "logs",
        "日志",
        "integrity",
        (
            Column("origin", "日志"),
            Column("size", "条数", COUNT),
            Column("root", "根"),
            Column("carried", "随附条数", COUNT),
            Column("vouched_by", "佐证"),
        ),
    ),
    Spec(
        "remarks",
        "提示",
        "remarks",
        (
            Column("name", "名称"),
            Column("blocks", "合计未封闭", YES),
            Column("touches", "涉及"),
            Column("text", "说明"),
        ),
    ),
    Spec("marks", "标注", "marks", (Column("mark", "标注"),)),
    Spec(
        "evidence",
        "证据与依据",
        "evidence",
        (Column("what", "类型"), Column("name", "名称"), Column("sha256", "摘要值 SHA-256")),
    ),
)
