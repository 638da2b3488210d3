"""The checklist's questions that the report itself answers (see `checklist`). No IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.bilingual import Text, Words, phrase
from tally_finance.estimate import EXACT
from tally_finance.export.said_words import finding_words, name_words, reason_words, result_words, source_words
from tally_finance.export.words import ROLES, medium
from tally_finance.review.answer import NONE, Answer, Shown, listed
from tally_finance.review.json_object import Object
from tally_finance.review.reported import Meter

_HOLDS: Final = Words("holds", "成立")
_TENTH: Final = Decimal("0.1")


def boundary(shown: Shown) -> Sequence[Answer]:
    """2."""
    root = shown.report.root
    meters = root.objects("meters")
    below = [one for one in root.objects("checks") if one.text("kind") == "sub-meters" and one.flag("made")]
    unmetered = [_check(one) for one in below]
    return (
        Answer(Words("meters", "表计"), listed(_metered(one) for one in meters)),
        Answer(Words("which meter stands behind which", "表计上下级"), listed(_behind(one) for one in meters)),
        Answer(Words("share without a sub-meter", "未计入分表的份额"), listed(unmetered)),
        Answer(Words("passed on to others", "转供"), _passed_on(root)),
        Answer(Words("one-line diagram", "单线图"), _said(root, "diagram")),
    )


def _passed_on(root: Object) -> Text:
    told = []
    for one in root.objects("passed_on"):
        amount, use, to = f"{one.text('amount')} {one.text('unit')}", one.text("use"), one.text("to")
        told.append(Words(f"{amount} of {use} to {to}", f"{use} {amount}，转供 {to}"))
    return listed(told) or Words("nothing is taken off", "无扣除")


def meter_file(shown: Shown) -> Sequence[Answer]:
    """3."""
    meters = shown.report.root.objects("meters")

    def every(key: str) -> Text | None:
        said = [f"{_name(one)} {one.text(key)}" for one in meters if key in one]
        return listed(said) if len(said) == len(meters) else None

    known = [one for one in shown.report.meters if one.calibrated_until is not None]
    until = [
        phrase(f"{one.point} ", Words("until", "有效期至"), f" {_day(one.calibrated_until or 0)}") for one in known
    ]
    exchanged = [f"{one.point} {one.exchanges}" for one in shown.report.meters if one.exchanges]
    return (
        Answer(Words("serial", "表号"), every("serial")),
        Answer(Words("accuracy class", "准确度等级"), every("accuracy_class")),
        Answer(Words("type approval", "型式批准"), every("type_approval")),
        Answer(Words("ratio of its transformers", "互感器变比"), every("ratio")),
        Answer(Words("seal", "封印"), every("seal")),
        Answer(Words("calibration", "检定"), listed(until) if len(known) == len(shown.report.meters) else None),
        Answer(Words("exchanges", "换表"), (listed(exchanged) or NONE) if meters else None),
    )


def completeness(shown: Shown) -> Sequence[Answer]:
    """4."""
    meters = shown.report.meters
    longest = max(meters, key=lambda one: one.longest_gap_s, default=None)
    gap = None if longest is None else f"{longest.longest_gap_s} s, {longest.point}"
    return (
        Answer(
            Words("measured, bridged by registers, estimated", "实测、表底衔接、估计"),
            listed(_states(one) for one in meters),
        ),
        Answer(Words("missing", "缺失"), listed(f"{one.point} {one.missing:f} {one.unit}" for one in meters)),
        Answer(Words("longest gap", "最长间断"), gap),
    )


def integrity(shown: Shown) -> Sequence[Answer]:
    """5."""
    root = shown.report.root
    if "integrity" not in root:
        return (
            Answer(Words("verification", "核验"), None),
            Answer(Words("findings", "核验结论"), None),
            Answer(Words("heads", "树头"), None),
        )
    told = root.object("integrity")
    findings = [phrase(f"{one.text('code')}: ", _finding(one)) for one in told.objects("findings")]
    heads = [f"{one.log_id.hex()[:12]} {one.size}, {one.root.hex()}" for one in shown.report.bound.roots]
    return (
        Answer(Words("verification", "核验"), _HOLDS if told.flag("holds") else Words("does not hold", "不成立")),
        Answer(Words("findings", "核验结论"), listed(findings) or NONE),
        Answer(Words("heads", "树头"), listed(heads)),
    )


def cross_checks(shown: Shown) -> Sequence[Answer]:
    """6."""
    made = [one for one in shown.report.root.objects("checks") if one.flag("made")]
    left = [one for one in shown.report.root.objects("checks") if not one.flag("made")]
    told = [
        phrase(name_words(one.text("name")), ": ", _held(one), " (", result_words(one.text("text")), ")")
        for one in made
    ]
    return (
        Answer(Words("sub-meters, invoices, production", "分表、账单、产量"), listed(told)),
        Answer(Words("not made", "未核对"), listed(_check(one) for one in left) or NONE),
    )


def factors(shown: Shown) -> Sequence[Answer]:
    """7."""
    chosen = shown.report.root.objects("factors")
    said = [phrase(f"{_factor(one)} ", Words("by", "依据"), " ", reason_words(one.text("rule"))) for one in chosen]
    sources = [
        f"{_factor(one)}: " + ", ".join(f"{source.text('title')}, {source.text('locator')}" for source in found)
        for one in chosen
        if (found := one.objects("sources"))
    ]
    fallback = [phrase(f"{_factor(one)}: ", reason_words(one.text("rule"))) for one in chosen if one.flag("fallback")]
    others = sum(len(one.objects("alternatives")) for one in chosen)
    return (
        Answer(Words("chosen", "所选因子"), listed(said)),
        Answer(Words("sources", "来源"), listed(sources) if len(sources) == len(chosen) else None),
        Answer(Words("fallbacks", "回退"), (listed(fallback) or NONE) if chosen else None),
        Answer(Words("alternatives that do not count", "未采用的备选因子"), str(others) if chosen else None),
        Answer(Words("digest of all", "因子库摘要值"), shown.report.bound.factors.hex()),
    )


def method(shown: Shown) -> Sequence[Answer]:
    """8."""
    root, figures = shown.report.root, shown.report.figures

    def kg(name: str) -> str | None:
        return f"{figures[name].kg:f} kgCO2e" if name in figures else None

    products = [
        phrase(f"{one.name}: {one.kg:f} kgCO2e ", Words("for", "／"), f" {one.amount:f} {one.unit}")
        for one in shown.report.products
    ]
    return (
        Answer(Words("method", "核算方法"), shown.report.bound.method),
        Answer(Words("scope 1", "范围一"), kg("scope-1")),
        Answer(Words("scope 2, location-based", "范围二，基于位置"), kg("scope-2-location")),
        Answer(Words("scope 2, market-based", "范围二，基于市场"), kg("scope-2-market")),
        Answer(Words("scope 3", "范围三"), kg("scope-3")),
        Answer(Words("warming potentials", "全球变暖潜势"), _said(root, "warming")),
        Answer(Words("allocation to products", "产品分配"), listed(products)),
    )


def uncertainty(shown: Shown) -> Sequence[Answer]:
    """9."""
    figures = shown.report.figures
    u95 = [f"{name} ± {one.u95_kg:f} kg" for name, one in figures.items()]
    drivers = [f"{name}: {', '.join(one.drivers[:3])}" for name, one in figures.items() if one.drivers]
    conservative = [f"{name} {one.conservative_kg:f} kg" for name, one in figures.items()]
    unstated = sorted({what for one in figures.values() for what in one.unstated})
    return (
        Answer(Words("U95", "扩展不确定度 U95"), listed(u95)),
        Answer(Words("drivers", "不确定度来源"), listed(drivers)),
        Answer(Words("conservative value", "保守值"), listed(conservative)),
        Answer(
            Words("of what nobody states an uncertainty", "未声明不确定度的项"),
            listed(map(source_words, unstated)) or Words("of nothing", "无"),
        ),
    )


def instruments(shown: Shown) -> Sequence[Answer]:
    """10."""
    root = shown.report.root
    told = root.object("instruments") if "instruments" in root else None
    if told is None:
        return (
            Answer(Words("certificates", "绿证"), None),
            Answer(Words("contracts", "绿电合同"), None),
            Answer(Words("refused", "不予计入"), None),
        )
    hourly = told.object("hourly") if "hourly" in told else None
    registry = told.object("registry") if "registry" in told else None
    refused = [phrase(f"{one.text('number')}: ", reason_words(one.text("why"))) for one in told.objects("refused")]
    return (
        Answer(Words("certificates", "绿证"), listed(told.texts("certificates")) or NONE),
        Answer(Words("contracts", "绿电合同"), listed(told.texts("contracts")) or NONE),
        Answer(Words("refused", "不予计入"), listed(refused) or NONE),
        Answer(
            Words("covered and the remainder", "覆盖量与剩余量"),
            f"{told.text('covered_kwh')} kWh, {told.text('remainder_kwh')} kWh",
        ),
        Answer(Words("matched hour by hour", "逐时匹配"), None if hourly is None else _hourly(hourly)),
        Answer(Words("claims in the registry", "登记处声明"), None if registry is None else _claims(registry)),
    )


def _hourly(told: Object) -> Text:
    unknown, hours = told.text("unknown_hours"), told.text("hours")
    return phrase(
        f"{told.text('cfe_percent')} %, {told.text('grid')}, {told.text('matched_kwh')} kWh; ",
        Words(f"{unknown} of {hours} hours were not measured", f"{hours} 小时中 {unknown} 小时未实测"),
    )


def _claims(told: Object) -> Text:
    standing = Counter(one.text("state") for one in told.objects("claims"))
    found = ", ".join(f"{count} {state}" for state, count in sorted(standing.items()))
    block = phrase(Words("read at block", "读取区块"), f" {told.text('block')}")
    return phrase(found or Words("no certificate", "无绿证"), f"; {told.text('policy')}, ", block)


def confidentiality(shown: Shown) -> Sequence[Answer]:
    """16."""
    return (
        Answer(
            Words("what is withheld, and proven all the same", "未披露但已证明的内容"),
            listed(shown.report.root.texts("withheld")),
        ),
    )


def _said(root: Object, key: str) -> str | None:
    return root.text(key) if key in root else None


def _name(meter: Object) -> str:
    return meter.text("name") if "name" in meter else meter.text("point")


def _behind(meter: Object) -> Text:
    return phrase(f"{_name(meter)} ", Words("behind", "隶属"), f" {meter.text('parent')}") if "parent" in meter else ""


def _check(one: Object) -> Text:
    return phrase(name_words(one.text("name")), ": ", result_words(one.text("text")))


def _held(one: Object) -> Text:
    return _HOLDS if one.flag("holds") else Words("DOES NOT HOLD", "不成立")


def _finding(one: Object) -> Text:
    return finding_words(one.text("name"), one.text("text")) if "name" in one else one.text("text")


def _metered(meter: Object) -> Text:
    role = meter.text("role", "")
    return phrase(f"{_name(meter)}: ", medium(meter.text("medium")), ", ", ROLES.get(role, role))


def _factor(told: Object) -> str:
    where = f"{told.text('activity')} {told.text('region')} {told.text('data_year')}"
    return f"{where} {told.text('value')} {told.text('unit')} [{told.text('digest')[:12]}]"


def _states(meter: Meter) -> str:
    with localcontext(EXACT):
        shares = [
            f"{(100 * part / meter.amount).quantize(_TENTH):f} %" if meter.amount else "-"
            for part in (meter.measured, meter.bridged, meter.estimated)
        ]
    return f"{meter.point} {', '.join(shares)}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
