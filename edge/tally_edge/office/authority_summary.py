"""What a person is shown before signing: every field in words, with the Chinese term beside the English."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final

from tally_edge.authority import AuthorityPayload, SitePlan
from tally_edge.errors import ConfigError
from tally_edge.office.authority_rules import Standing, kind_of, second_person, subject_of

TERMS: Final = {
    "accuracy_class": "accuracy class 准确度等级",
    "cadence_s": "cadence in seconds 采集周期",
    "certificate": "certificate 检定证书",
    "certificate_expires_at": "certificate expires 检定有效期至",
    "closing": "closing registers 旧表止码",
    "correction": "correction 更正",
    "cumulative": "cumulative 累计量",
    "device": "device 终端",
    "effective_at": "effective from 生效时间",
    "enrolment": "enrolment of a key 密钥登记",
    "event": "because of 事由",
    "explanation": "explanation 说明",
    "from_at": "from 起",
    "kid": "key id 密钥标识",
    "last": "last statement 末条声明",
    "last_good_seq": "believed up to number 可信至序号",
    "log_id": "log id 日志标识",
    "logs": "logs 日志",
    "meter-facts": "meter facts 计量器具信息",
    "model": "model 型号",
    "modulus": "starts again at 满度值",
    "multiplier": "multiplier 倍率",
    "opening": "opening registers 新表起码",
    "organisation": "organisation 单位",
    "origin": "origin 日志名称",
    "owner": "owner 业主",
    "parent": "sub-meter of 上级计量点",
    "per_event": "comes with events 按事件上报",
    "persons": "second persons 复核人",
    "place": "signed where 签名位置",
    "point": "metering point 计量点",
    "points": "metering points 计量点",
    "predecessor": "continues 前一数据流",
    "public_key": "public key 公钥",
    "quantity": "quantity 电量/数量",
    "reading_day": "utility's reading day 抄表日",
    "reason": "reason 原因",
    "register": "register 寄存器",
    "registers": "registers 寄存器",
    "renew_by": "renewed before 续期期限",
    "revocation": "revocation of a key 密钥吊销",
    "rotation": "rotation of a key 密钥轮换",
    "seq": "number 序号",
    "serial": "serial number 表号",
    "site": "site 场所",
    "site-plan": "site plan 场所计量方案",
    "statement": "statement 声明",
    "timezone": "time zone 时区",
    "to_at": "to 止",
    "unit": "unit 单位",
    "value": "value 示值",
}
"""Field, or kind of statement, to the words shown."""

_MAX_LISTED: Final = 12
"""Members of a list that stay, shown one by one; the rest is counted. What is new or left out is always shown."""


def lines(payload: AuthorityPayload, standing: Standing) -> Iterator[str]:
    """The summary of `payload`: what it says, and what it changes of what stands."""
    yield f"{TERMS[kind_of(payload).value]}: {subject_of(payload)}"
    before = _before(payload, standing)
    for field in dataclasses.fields(payload):
        value = getattr(payload, field.name)
        if field.name == "countersignature" or value is None:
            continue
        old = getattr(before, field.name) if before is not None else value
        was = "" if old == value else f"   (was 原为: {_short(field.name, old)})"
        yield from _field(field.name, value, was, old)


def self_enrolled_warning(payload: AuthorityPayload, standing: Standing, kid: bytes) -> str | None:
    """A sentence where the second person is of the owner's own organisation: most readers refuse such evidence."""
    plan = payload if isinstance(payload, SitePlan) else standing.plan
    try:
        person = second_person(payload, standing, kid)
    except ConfigError:
        return None
    if plan is not None and person.organisation == plan.owner:
        return f"both signatures are of {plan.owner}: readers will call this self-enrolled 自行登记"
    return None


def _before(payload: AuthorityPayload, standing: Standing) -> AuthorityPayload | None:
    if isinstance(payload, SitePlan):
        return standing.plan
    found = standing.facts.get(subject_of(payload))
    return found if isinstance(found, type(payload)) else None


def _field(name: str, value: Any, was: str, old: Any) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"  {TERMS[name]}: {_shown(name, value)}{was}"
        return
    yield f"  {TERMS[name]}: {len(value)}{was}"
    before = old if isinstance(old, tuple) else value
    stay = [member for member in value if member in before]
    yield from (f"    + {_shown(name, member)}   (new 新增)" for member in value if member not in before)
    yield from (f"    × {_shown(name, member)}   (left out 删去)" for member in before if member not in value)
    yield from (f"    - {_shown(name, member)}" for member in stay[:_MAX_LISTED])
    if len(stay) > _MAX_LISTED:
        yield f"    … and {len(stay) - _MAX_LISTED} more 另有"


def _shown(name: str, value: Any) -> str:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return ", ".join(f"{TERMS[key]} {_shown(key, member)}" for key, member in members if member is not None)
    if isinstance(value, IntEnum):
        return value.name.lower().replace("_", " ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "yes 是" if value else "no 否"
    if name.endswith("_at") or name == "renew_by":
        return datetime.fromtimestamp(value, UTC).isoformat()
    return str(value)


def _short(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return f"{len(value)}"
    return "-" if value is None else _shown(name, value)
