"""The forms of the operations: what each asks, in both languages, filled in with what the log knows. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_edge.authority import MeterFacts
from tally_edge.office.authority_rules import Standing
from tally_gateway.pages.words import Words

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One field: `kind` is text, file, select or lines; `options` of a select are (value, words)."""

    name: str
    label: Words
    value: str = ""
    hint: Words | str = ""
    kind: str = "text"
    required: bool = True
    options: Sequence[tuple[str, Words | str]] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its name, when it is the right one."""

    name: str
    title: Words
    when: Words
    of_point: bool = False


OPERATIONS: Final = (
    Operation(
        "enrol",
        Words("Enrol a device", "登记终端"),
        Words("A new device shall speak for metering points.", "新终端开始为计量点上报。"),
    ),
    Operation(
        "rotate",
        Words("Rotate a key", "轮换密钥"),
        Words("A device has made a new key that takes over from its old one.", "终端已生成新密钥，接替旧密钥。"),
    ),
    Operation(
        "revoke",
        Words("Revoke a key", "吊销密钥"),
        Words("A key must not be believed any more: lost, copied, retired.", "密钥不再可信：丢失、被复制或停用。"),
    ),
    Operation(
        "install",
        Words("Install a meter", "装表"),
        Words(
            "One new meter stands at a metering point, planned already or new at the site.",
            "计量点新装一只表计；计量点可为方案内已有，也可为新增。",
        ),
    ),
    Operation(
        "exchange",
        Words("Exchange a meter", "换表"),
        Words("Another meter stands at a metering point.", "计量点更换了表计。"),
        of_point=True,
    ),
    Operation(
        "calibrate",
        Words("State a calibration", "登记检定"),
        Words("A meter was calibrated and has a new certificate.", "表计已检定并取得新证书。"),
        of_point=True,
    ),
    Operation(
        "ratio",
        Words("Change a ratio", "变更倍率"),
        Words("Transformers were changed, so the multiplier is another.", "更换互感器，倍率随之变更。"),
        of_point=True,
    ),
    Operation(
        "remove",
        Words("Take a meter away", "拆表"),
        Words("No meter stands at the metering point any more.", "计量点不再装表。"),
        of_point=True,
    ),
    Operation(
        "correct",
        Words("Correct a quantity", "更正用量"),
        Words(
            "The quantity of a time that has passed is another than the readings give.",
            "某一已过时段的用量与读数不符。",
        ),
        of_point=True,
    ),
    Operation(
        "renew",
        Words("Renew the site plan", "方案续期"),
        Words("The plan runs out and nothing in it has changed.", "方案即将到期且内容未变。"),
    ),
)

_AT: Final = Words("With its offset: 2027-01-01T00:00:00+08:00", "须带时区偏移：2027-01-01T00:00:00+08:00")
_EXACT: Final = Words("Exact, as the display showed it", "按表显示值精确填写")
_REVOKE_WHY: Final = (
    ("compromised", Words("the key may be in other hands", "密钥可能泄露")),
    ("device-lost", Words("the device is lost", "终端丢失")),
    ("retired", Words("the device is retired", "终端停用")),
    ("forked", Words("it signed two histories", "出现分叉")),
)
_CORRECT_WHY: Final = (
    ("wrong-ratio", Words("the ratio was wrong", "倍率错误")),
    ("meter-fault", Words("the meter had a fault", "表计故障")),
    ("wrong-wiring", Words("the wiring was wrong", "接线错误")),
    ("gap-filled", Words("a gap is filled", "补缺")),
    ("wrong-clock", Words("the clock was wrong", "时钟错误")),
)


def operation(name: str) -> Operation | None:
    """The operation of that name."""
    return next((one for one in OPERATIONS if one.name == name), None)


def fields(name: str, standing: Standing, about: tuple[str, str], heard: Json, now: int) -> list[Ask]:
    """What the form asks, filled in with what is known. `about`: metering point and key id, each may be empty; `heard`
    as in `given.Given`."""
    point, kid = about
    at = _now(standing, now)
    facts = standing.facts.get(point)
    if name in ("enrol", "rotate"):
        hint = Words(
            "What `tallystick edge init` wrote on the device: request.cose",
            "终端执行 tallystick edge init 生成的 request.cose",
        )
        return [Ask("file", Words("The device's request", "终端登记申请"), hint=hint, kind="file")]
    if name == "revoke":
        return _revoke_fields(standing, kid)
    if name == "renew":
        return [Ask("days", Words("Renewed again before so many days", "下次续期期限（天）"), "90")]
    if name == "correct":
        return _correct_fields(standing, point, facts, at)
    if name == "install":
        return _install_fields(standing, point, at)
    asked = [_point(standing, point), Ask("at", Words("From when on", "生效时间"), at, _AT)]
    if name == "calibrate":
        grade = "" if facts is None else facts.accuracy_class
        asked += [
            Ask("certificate", Words("Number of the certificate", "检定证书编号")),
            Ask("expires", Words("Expires", "有效期至"), "", _AT),
            Ask(
                "accuracy_class",
                Words("Accuracy class, where it changed", "准确度等级（如有变更）"),
                hint=f"{grade}",
                required=False,
            ),
        ]
    if name == "ratio":
        was = "" if facts is None else str(facts.multiplier)
        asked.append(Ask("multiplier", Words("PT ratio times CT ratio", "综合倍率（PT×CT）"), "", was))
    if name == "exchange":
        asked += _new_meter(facts)
    if name in ("exchange", "remove"):
        asked += _registers("closing-", Words("old meter, last shown", "旧表止码"), facts, heard)
    if name == "exchange":
        asked += _registers("opening-", Words("new meter, first shown", "新表起码"), facts, {})
    return asked


def site_of(sites: Sequence[str]) -> Ask:
    """Which site a new metering point is of, where there are several."""
    return Ask("site", Words("Site", "场所"), kind="select", options=[(one, one) for one in sites])


def _install_fields(standing: Standing, point: str, at: str) -> list[Ask]:
    planned = () if standing.plan is None else standing.plan.points
    asked = [
        Ask(
            "point",
            Words("Metering point", "计量点"),
            point,
            Words(
                "One of the plan without a meter, or a new one such as urn:dev:org:32473-steel:m7",
                "方案内尚未装表的计量点，或新计量点，如 urn:dev:org:32473-steel:m7",
            ),
        )
    ]
    if all(one.point != point for one in planned):
        new = Words("For a new metering point", "用于新计量点")
        parents: list[tuple[str, Words | str]] = [
            ("", Words("none: it counts for itself", "无：独立计量")),
            *((one.point, one.point) for one in planned),
        ]
        asked += [
            Ask("cadence_s", Words("Read every so many seconds", "采集周期（秒）"), "900", new),
            Ask(
                "parent",
                Words("Part of what this meter measures", "上级计量点"),
                kind="select",
                required=False,
                options=parents,
            ),
        ]
    registers = Words(
        "One a line: name, unit, then the value at which it starts again at 0, if it does. Behind what is no counter: "
        "level, or event where it comes with events. energy_import kWh 1000000",
        "每行一个：名称、单位，以及满度值（如会归零）。非累计量末尾写 level，随事件产生的写 event。"
        "例：energy_import kWh 1000000",
    )
    return [
        *asked,
        Ask("at", Words("From when on", "生效时间"), at, _AT),
        Ask("serial", Words("Serial number", "表号")),
        Ask("accuracy_class", Words("Accuracy class", "准确度等级"), "", "0.5S"),
        Ask("multiplier", Words("PT ratio times CT ratio", "综合倍率（PT×CT）"), "1"),
        Ask("registers", Words("Registers", "寄存器"), "energy_import kWh", registers, kind="lines"),
        *_certificate(),
    ]


def _certificate() -> list[Ask]:
    return [
        Ask("certificate", Words("Calibration certificate", "检定证书编号"), required=False),
        Ask("expires", Words("Certificate expires", "检定有效期至"), hint=_AT, required=False),
    ]


def _point(standing: Standing, point: str) -> Ask:
    known = () if standing.plan is None else standing.plan.points
    options = [(one.point, one.point) for one in known]
    return Ask("point", Words("Metering point", "计量点"), point, kind="select", options=options)


def _revoke_fields(standing: Standing, kid: str) -> list[Ask]:
    living = [(one, device) for one, device in standing.device_of_key.items() if one not in standing.ended]
    options = [(one.hex(), f"{device} {one.hex()[:8]}…") for one, device in living]
    hint = Words(
        "Empty: nothing of this key is believed. Else the number of its last good statement.",
        "留空：该密钥全部陈述无效；否则填写最后一条可信陈述的序号。",
    )
    return [
        Ask("kid", Words("Key", "密钥"), kid, kind="select", options=options),
        Ask("reason", Words("Why", "原因"), kind="select", options=_REVOKE_WHY),
        Ask("last_good_seq", Words("Believed up to number", "可信截止序号"), hint=hint, required=False),
    ]


def _correct_fields(standing: Standing, point: str, facts: MeterFacts | None, at: str) -> list[Ask]:
    registers = () if facts is None else facts.registers
    unit = registers[0].unit if registers else ""
    return [
        _point(standing, point),
        Ask("register", Words("Register", "寄存器"), registers[0].register if registers else ""),
        Ask("from", Words("From", "起"), "", _AT),
        Ask("to", Words("To", "止"), at, _AT),
        Ask(
            "quantity",
            Words("What it was", "更正后用量"),
            "",
            Words("Exact; with the multiplier in it", "精确值，已含倍率"),
        ),
        Ask("unit", Words("Unit", "单位"), unit),
        Ask("reason", Words("Why", "原因"), kind="select", options=_CORRECT_WHY),
        Ask("explanation", Words("A sentence for whoever asks later", "说明（供日后查阅）"), kind="lines"),
    ]


def _new_meter(facts: MeterFacts | None) -> list[Ask]:
    return [
        Ask("serial", Words("Serial number of the new meter", "新表表号")),
        Ask("accuracy_class", Words("Accuracy class", "准确度等级"), "" if facts is None else facts.accuracy_class),
        Ask("multiplier", Words("Multiplier", "倍率"), "" if facts is None else str(facts.multiplier)),
        *_certificate(),
    ]


def _registers(prefix: str, what: Words, facts: MeterFacts | None, heard: Json) -> list[Ask]:
    found = []
    for one in () if facts is None else facts.registers:
        label = Words(f"{one.register}, {what.english} ({one.unit})", f"{one.register} {what.chinese}（{one.unit}）")
        last = heard.get(one.register)
        hint = (
            _EXACT
            if last is None
            else Words(f"Last in the log: {last[0]} {last[1]}", f"日志最近读数：{last[0]} {last[1]}")
        )
        found.append(Ask(prefix + one.register, label, hint=hint))
    return found


def _now(standing: Standing, now: int) -> str:
    zone = ZoneInfo("Asia/Shanghai" if standing.plan is None else standing.plan.timezone)
    return datetime.fromtimestamp(now - now % 60, UTC).astimezone(zone).isoformat()
