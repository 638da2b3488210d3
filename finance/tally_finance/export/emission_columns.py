"""The columns of what a report says of emissions: figures, lines, products, factors, instruments. No IO."""

from __future__ import annotations

from typing import Final

from tally_finance.export.columns import (
    COUNT,
    FROM_TO,
    ID,
    NUMBER,
    OPENS,
    TEXT,
    UNIT,
    YES,
    Spec,
)
from tally_finance.export.table import Column

_KG: Final = "kgCO2e"
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
_MARKS: Final = (Column("unstated", "未说明的不确定度来源"), Column("marks", "标注"))

EMISSIONS: Final = (
    Spec(
        "figures",
        "指标",
        "figures",
        (Column("figure", "指标"), *_UNCERTAIN, Column("u95_percent", "U95 百分比", NUMBER, "%"), *_MARKS, OPENS),
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
            ID,
            Column("name", "名称"),
            Column("use", "用途"),
            Column("scope", "范围"),
            Column("gas", "气体"),
            Column("gas_kg", "该气体质量(精确值)", TEXT, "kg"),
            Column("kg", "排放量", NUMBER, _KG),
            Column("factor", "因子摘要值"),
            Column("rests", "依据"),
            *_MARKS,
            OPENS,
        ),
    ),
    Spec(
        "products",
        "产品",
        "products",
        (
            ID,
            Column("name", "名称"),
            Column("amount", "产量", NUMBER),
            Column("amount_u95", "产量 U95", NUMBER),
            UNIT,
            Column("share", "分配份额(精确值)"),
            Column("shared_by", "分配依据"),
            Column("of", "分配的总量"),
            *_UNCERTAIN,
            Column("kg_per_unit", "单位产品排放", NUMBER, f"{_KG}/unit"),
            Column("kg_per_unit_u95", "单位产品排放 U95", NUMBER, f"{_KG}/unit"),
            Column("kg_per_unit_conservative", "单位产品排放保守值", NUMBER, f"{_KG}/unit"),
            Column("output", "产量依据"),
            OPENS,
        ),
    ),
    Spec(
        "outputs",
        "见证产量",
        "outputs",
        (
            ID,
            Column("product", "产品"),
            Column("store", "仓储"),
            Column("way", "方向"),
            Column("amount", "数量", NUMBER),
            UNIT,
            Column("u95", "扩展不确定度 U95", NUMBER),
            Column("counted", "计数器计数", NUMBER),
        ),
    ),
    Spec(
        "passed_on",
        "转供",
        "passed_on",
        (
            ID,
            Column("use", "用途"),
            Column("meter", "表计"),
            Column("to", "转供对象"),
            Column("reason", "理由"),
            Column("amount", "数量", NUMBER),
            UNIT,
            Column("left_out", "未扣除(未实测)", NUMBER),
            OPENS,
        ),
    ),
    Spec(
        "factors",
        "排放因子",
        "factors",
        (
            ID,
            Column("digest", "摘要值"),
            Column("activity", "活动"),
            Column("region", "地区"),
            Column("data_year", "数据年份", COUNT),
            Column("reporting_year", "报告年份", COUNT),
            Column("basis", "口径"),
            Column("value", "数值", NUMBER),
            UNIT,
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
            UNIT,
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
            ID,
            Column("use", "用途"),
            Column("amount", "用量(精确值)"),
            UNIT,
            Column("counted", "折算量(精确值)"),
            Column("factor", "折算系数摘要值"),
            Column("total", "合计", NUMBER),
            Column("u95", "扩展不确定度 U95", NUMBER),
            Column("conservative", "保守值", NUMBER),
            Column("tce", "吨标准煤", NUMBER, "tce"),
            Column("unstated", "未说明的不确定度来源"),
            OPENS,
        ),
    ),
    Spec(
        "market",
        "绿电抵扣",
        "instruments",
        (Column("what", "项目"), Column("kwh", "电量", NUMBER, "kWh")),
    ),
)
