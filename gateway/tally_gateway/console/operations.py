"""What an authority states about keys and meters, prepared for its two persons to sign with their own keys. No IO.

A form is checked by the rules of the authority's own tool, and against what the log knows of the meter. What comes of
it is the command to give, the files that it takes, and what is odd about it. Nothing is signed here.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_edge import enrolment_request, exact_number, wire
from tally_edge.authority import (
    AuthorityPayload,
    Correction,
    CorrectionReason,
    FactsEvent,
    MeterFacts,
    RegisterFacts,
    Revocation,
    RevocationReason,
)
from tally_edge.errors import ConfigError, EdgeError
from tally_edge.office import authority_rules, authority_summary, meter_statements
from tally_edge.office.authority_rules import Standing
from tally_gateway.pages.words import Words

DAY_S: Final = 86_400
REQUEST: Final = "request.cose"
FACTS: Final = "facts.toml"
DIR: Final = "AUTHORITY"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """A filled form: its fields, the file that came with it, and what the log knows.

    `heard`: by register, (exact text, unit, taken at) of its newest reading. `stream`: the device's state of the key
    that the form is about.
    """

    values: Mapping[str, str]
    file: bytes
    standing: Standing
    now: int
    heard: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    stream: Json | None = None

    def text(self, name: str) -> str:
        """A field that must hold something. Raises ConfigError."""
        found = self.values.get(name, "").strip()
        if not found:
            raise ConfigError(f"{name} is empty")
        return found

    def instant(self, name: str) -> int:
        """A field that holds a time with its offset, as Unix seconds. Raises ConfigError."""
        text = self.text(name)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ConfigError(f"{name}: {text!r} is not a time such as 2027-01-01T00:00:00+08:00") from None
        if at.tzinfo is None or at.microsecond:
            raise ConfigError(f"{name}: give a whole second with its offset, such as 2027-01-01T00:00:00+08:00")
        return int(at.timestamp())

    def number(self, name: str) -> int | Decimal:
        """A field that holds an exact number. Raises ConfigError."""
        try:
            return exact_number.parse(self.text(name))
        except ValueError as error:
            raise ConfigError(f"{name}: {error}") from None

    def registers(self, prefix: str, known: tuple[RegisterFacts, ...]) -> dict[str, str]:
        """What each register showed: the fields `prefix` + its name. Raises ConfigError for an empty one."""
        return {one.register: self.text(prefix + one.register) for one in known}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the two persons sign, in words; the command that states it; the files that it takes; what is odd."""

    payload: AuthorityPayload
    lines: tuple[str, ...]
    command: str
    files: Mapping[str, bytes]
    remarks: tuple[Words, ...]


Built = tuple[AuthorityPayload, list[str], dict[str, bytes], list[Words]]


def prepare(name: str, given: Given) -> Prepared:
    """Check the form of the operation `name`. Raises ConfigError with what is wrong."""
    try:
        payload, arguments, files, remarks = BUILDERS[name](given)
        authority_rules.check(payload, given.standing, given.now)
        wire.encode(payload)
        lines = tuple(authority_summary.lines(payload, given.standing))
    except (EdgeError, ValueError, OverflowError) as error:  # a time or a text that no statement can hold
        raise ConfigError(str(error)) from None
    signing = ["--dir", DIR] + (["--propose", "proposal.cbor"] if name != "renew" else [])
    command = shlex.join(["tallystick", *arguments, *signing])
    return Prepared(payload, lines, command, files, tuple(remarks))


def after_steps(name: str) -> list[str]:
    """The commands behind the first: the second person's, and those that finish and hand over."""
    export = f"tallystick authority export --dir {DIR} --to statements"
    if name == "renew":
        return [export]
    return [
        "tallystick authority countersign proposal.cbor --key PERSON.key --out endorsement.cbor",
        f"tallystick authority finish proposal.cbor endorsement.cbor --dir {DIR}",
        export,
    ]


def _enrol(given: Given) -> Built:
    request = _request(given)
    remarks = []
    if request.predecessor is not None:
        remarks.append(
            Words(
                "The request continues an older stream. If the old key still works and is trusted, rotate instead.",
                "该申请承接旧数据流；若旧密钥仍可用且可信，请改用轮换。",
            )
        )
    return meter_statements.enrolment(request), ["meter", "enrol", REQUEST], {REQUEST: given.file}, remarks


def _rotate(given: Given) -> Built:
    request = _request(given)
    payload = meter_statements.rotation(request)
    remarks = []
    if given.stream is not None and given.stream["next_seq"] > payload.last.seq + 1:
        late = given.stream["next_seq"] - payload.last.seq - 1
        text = f"The log holds {late} statements of the old key after the one that the request names: they become void."
        remarks.append(Words(text, f"日志中旧密钥在申请所载序号之后还有 {late} 条陈述，轮换后均告无效。"))
    return payload, ["meter", "rotate", REQUEST], {REQUEST: given.file}, remarks


def _request(given: Given) -> enrolment_request.EnrolmentRequest:
    if not given.file:
        raise ConfigError("the request's file is missing: it is what `tallystick edge init` wrote")
    return enrolment_request.read(given.file)


def _exchange(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    after = MeterFacts(
        point=before.point,
        event=FactsEvent.EXCHANGE,
        effective_at=given.instant("at"),
        serial=given.text("serial"),
        accuracy_class=given.text("accuracy_class"),
        multiplier=given.number("multiplier"),
        registers=before.registers,
        certificate=given.values.get("certificate", "").strip() or None,
        certificate_expires_at=given.instant("expires") if given.values.get("expires", "").strip() else None,
    )
    closing = given.registers("closing-", before.registers)
    opening = given.registers("opening-", after.registers)
    payload = meter_statements.exchange(before, after, closing, opening)
    arguments = ["meter", "exchange", FACTS]
    for register in closing:
        arguments += ["--closing", f"{register}={closing[register]}", "--opening", f"{register}={opening[register]}"]
    remarks = [*_odd_closing(given, closing), *_odd_time(given, after.effective_at)]
    if after.serial == before.serial:
        remarks.append(Words("The new meter has the serial number of the old one.", "新表表号与旧表相同。"))
    return payload, arguments, {FACTS: _facts_toml(after, given.standing).encode()}, remarks


def _calibrate(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    at, expires = given.instant("at"), given.instant("expires")
    grade = given.values.get("accuracy_class", "").strip()
    payload = dataclasses.replace(
        meter_statements.restated(before, FactsEvent.CALIBRATION, at),
        certificate=given.text("certificate"),
        certificate_expires_at=expires,
        accuracy_class=grade or before.accuracy_class,
    )
    arguments = ["meter", "calibrate", before.point, "--at", _iso(at, given.standing), "--certificate",
                 given.text("certificate"), "--expires", _iso(expires, given.standing)]  # fmt: skip
    remarks = []
    if expires <= given.now:
        remarks.append(Words("The certificate has run out already.", "该检定证书已经过期。"))
    return payload, arguments + (["--accuracy-class", grade] if grade else []), {}, remarks


def _ratio(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    at, multiplier = given.instant("at"), given.number("multiplier")
    payload = dataclasses.replace(meter_statements.restated(before, FactsEvent.RATIO, at), multiplier=multiplier)
    remarks = _odd_time(given, at)
    if multiplier == before.multiplier:
        remarks.append(Words("This is the multiplier in force.", "与现行倍率相同。"))
    arguments = [
        "meter",
        "ratio",
        before.point,
        "--at",
        _iso(at, given.standing),
        "--multiplier",
        given.text("multiplier"),
    ]
    return payload, arguments, {}, remarks


def _remove(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    at, closing = given.instant("at"), given.registers("closing-", before.registers)
    arguments = ["meter", "remove", before.point, "--at", _iso(at, given.standing)]
    for register, value in closing.items():
        arguments += ["--closing", f"{register}={value}"]
    remarks = [*_odd_closing(given, closing), *_odd_time(given, at)]
    return meter_statements.removal(before, at, closing), arguments, {}, remarks


def _revoke(given: Given) -> Built:
    try:
        kid = bytes.fromhex(given.text("kid"))
    except ValueError:
        raise ConfigError("kid: not the id of a key, 64 hexadecimal digits") from None
    reason, last = given.text("reason"), given.values.get("last_good_seq", "").strip()
    if reason.upper().replace("-", "_") not in RevocationReason.__members__:
        raise ConfigError(f"reason: {reason!r} is none of the list")
    if last and not (last.isascii() and last.isdigit()):
        raise ConfigError("last_good_seq: not a number of the stream")
    payload = Revocation(
        meter_statements.device_of(given.standing, kid),
        kid,
        RevocationReason[reason.upper().replace("-", "_")],
        int(last) if last else None,
    )
    remarks = []
    if not last:
        text = "Without a last good number everything that this key ever signed becomes void."
        remarks.append(Words(text, "未填可信截止序号：该密钥签署的全部陈述均将无效。"))
    elif given.stream is not None and int(last) >= given.stream["next_seq"]:
        text = "That number is beyond what the log holds: what the key signs until then would be believed."
        remarks.append(Words(text, "该序号超出日志现有内容：此前该密钥再签署的内容仍将被采信。"))
    arguments = ["meter", "revoke", kid.hex(), "--reason", reason]
    return payload, arguments + (["--last-good-seq", last] if last else []), {}, remarks


def _correct(given: Given) -> Built:
    point, register, unit = given.text("point"), given.text("register"), given.text("unit")
    start, end, reason = given.instant("from"), given.instant("to"), given.text("reason")
    if reason.upper().replace("-", "_") not in CorrectionReason.__members__:
        raise ConfigError(f"reason: {reason!r} is none of the list")
    explanation = given.text("explanation")
    payload = Correction(
        point, register, start, end, given.number("quantity"), unit,
        CorrectionReason[reason.upper().replace("-", "_")], explanation,
    )  # fmt: skip
    facts = given.standing.facts.get(point)
    known = {} if facts is None else {one.register: one.unit for one in facts.registers}
    remarks = []
    if register not in known:
        remarks.append(Words("The meter in force has no such register.", "现行表计没有该寄存器。"))
    elif known[register] != unit:
        text = f"The register counts in {known[register]}, the correction in {unit}."
        remarks.append(Words(text, f"寄存器单位为 {known[register]}，更正单位为 {unit}。"))
    zone = given.standing
    arguments = ["meter", "correct", point, "--register", register, "--from", _iso(start, zone), "--to",
                 _iso(end, zone), "--quantity", given.text("quantity"), "--unit", unit, "--reason", reason,
                 "--explanation", explanation]  # fmt: skip
    return payload, arguments, {}, remarks


def _renew(given: Given) -> Built:
    plan = given.standing.plan
    if plan is None:
        raise ConfigError("there is no site plan to renew yet")
    days = given.text("days")
    if not (days.isascii() and days.isdigit() and 0 < int(days[:5]) <= 3_650):
        raise ConfigError("days: 1 to 3650")
    renew_by = given.now + int(days) * DAY_S
    if renew_by <= plan.renew_by:
        raise ConfigError("the plan in force already runs longer than that")
    payload = dataclasses.replace(plan, renew_by=renew_by, countersignature=None)
    return payload, ["authority", "renew", "--days", days], {}, []


BUILDERS: Final[Mapping[str, Callable[[Given], Built]]] = {
    "enrol": _enrol,
    "rotate": _rotate,
    "revoke": _revoke,
    "exchange": _exchange,
    "calibrate": _calibrate,
    "ratio": _ratio,
    "remove": _remove,
    "correct": _correct,
    "renew": _renew,
}


def _odd_closing(given: Given, closing: Mapping[str, str]) -> list[Words]:
    found = []
    for register, text in closing.items():
        last = given.heard.get(register)
        try:
            below = last is not None and exact_number.parse(text) < exact_number.parse(last[0])
        except ValueError:
            continue
        if below and last is not None:
            said = f"{register} closes at {text}, below the last reading in the log, {last[0]} {last[1]}."
            found.append(Words(said, f"{register} 止码 {text} 低于日志中最近读数 {last[0]} {last[1]}。"))
    return found


def _odd_time(given: Given, at: int) -> list[Words]:
    newest = max((taken for _, _, taken in given.heard.values()), default=None)
    if newest is not None and newest > at:
        text = "The log holds readings from after that time: they will be read under the new facts."
        return [Words(text, "日志中已有该时间之后的读数：将按新器具信息计算。")]
    if at > given.now:
        return [Words("That time has not come yet.", "该时间尚未到来。")]
    return []


def _iso(at: int, standing: Standing) -> str:
    zone = UTC if standing.plan is None else ZoneInfo(standing.plan.timezone)
    return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat()


def _facts_toml(facts: MeterFacts, standing: Standing) -> str:
    """The facts about the new meter as `tallystick meter exchange` takes them."""
    lines = [f"point = {json.dumps(facts.point)}", f"effective_at = {_iso(facts.effective_at, standing)}"]
    lines += [f"serial = {json.dumps(facts.serial, ensure_ascii=False)}"]
    lines += [f"accuracy_class = {json.dumps(facts.accuracy_class, ensure_ascii=False)}"]
    lines += [f"multiplier = {facts.multiplier}"]
    if facts.certificate is not None:
        lines.append(f"certificate = {json.dumps(facts.certificate, ensure_ascii=False)}")
    if facts.certificate_expires_at is not None:
        lines.append(f"certificate_expires_at = {_iso(facts.certificate_expires_at, standing)}")
    for one in facts.registers:
        lines += ["", "[[register]]", f"register = {json.dumps(one.register)}", f"unit = {json.dumps(one.unit)}"]
        lines += [f"cumulative = {str(one.cumulative).lower()}"]
        lines += [f"modulus = {one.modulus}"] if one.modulus is not None else []
        lines += ["per_event = true"] if one.per_event else []
    return "\n".join(lines) + "\n"
