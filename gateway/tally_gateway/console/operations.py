"""What an authority states about keys and meters, prepared for its two persons to sign with their own keys. No IO.

A form is checked by the rules of the authority's own tool, and against what the log knows of the meter. What comes of
it is the command to give, the files that it takes, and what is odd about it. Nothing is signed here.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tally_edge import enrolment_request, exact_number, wire
from tally_edge.authority import (
    AuthorityPayload,
    Correction,
    CorrectionReason,
    FactsEvent,
    MeterFacts,
    Revocation,
    RevocationReason,
)
from tally_edge.errors import ConfigError, EdgeError
from tally_edge.office import authority_rules, authority_summary, meter_statements
from tally_edge.office.authority_rules import Standing
from tally_gateway.console import installing
from tally_gateway.console.drafts import FACTS, facts_toml, iso
from tally_gateway.console.given import Built, Given, odd_time
from tally_gateway.pages.words import Words

DAY_S: Final = 86_400
REQUEST: Final = "request.cose"
DIR: Final = "AUTHORITY"
EXPORT: Final = f"tallystick authority export --dir {DIR} --to statements"
"""The last of every operation's commands."""


@dataclass(frozen=True, slots=True)
class Part:
    """One statement: what the persons sign, in words; the command that states or proposes it, and those that follow."""

    payload: AuthorityPayload
    lines: tuple[str, ...]
    command: str
    endorse: str | None
    """What the second person gives; None where one signature is enough."""
    finish: str | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The statements in their order, the files that the commands take, and what is odd about it."""

    parts: tuple[Part, ...]
    files: Mapping[str, bytes]
    remarks: tuple[Words, ...]


def prepare(name: str, given: Given) -> Prepared:
    """Check the form of the operation `name`. Raises ConfigError with what is wrong."""
    parts: list[Part] = []
    files: dict[str, bytes] = {}
    remarks: list[Words] = []
    standing = given.standing
    try:
        for build in _builders(name, given):
            payload, arguments, more, odd = build(dataclasses.replace(given, standing=standing))
            authority_rules.check(payload, standing, given.now)
            wire.encode(payload)
            parts.append(_part(payload, arguments, standing, len(parts) + 1))
            files |= more
            remarks += odd
            standing = standing.after(payload)
    except (EdgeError, ValueError, OverflowError) as error:  # a time or a text that no statement can hold
        raise ConfigError(str(error)) from None
    return Prepared(tuple(parts), files, tuple(remarks))


def _part(payload: AuthorityPayload, arguments: list[str], standing: Standing, number: int) -> Part:
    lines = tuple(authority_summary.lines(payload, standing))
    command = shlex.join(["tallystick", *arguments, "--dir", DIR])
    if not authority_rules.needs_second_person(payload, standing):
        return Part(payload, lines, command, None, None)
    which = "" if number == 1 else f"-{number}"
    asked, given = f"proposal{which}.cbor", f"endorsement{which}.cbor"
    return Part(
        payload,
        lines,
        f"{command} --propose {asked}",
        f"tallystick authority countersign {asked} --key PERSON.key --out {given}",
        f"tallystick authority finish {asked} {given} --dir {DIR}",
    )


def _builders(name: str, given: Given) -> tuple[Callable[[Given], Built], ...]:
    """A meter at a metering point that is not planned yet takes two statements; everything else takes one."""
    if name == "install" and not installing.is_planned(given):
        return installing.plan, installing.facts
    return (BUILDERS[name],)


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
    remarks = [*_odd_closing(given, closing), *odd_time(given, after.effective_at)]
    if after.serial == before.serial:
        remarks.append(Words("The new meter has the serial number of the old one.", "新表表号与旧表相同。"))
    return payload, arguments, {FACTS: facts_toml(after, given.standing.plan).encode()}, remarks


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
    arguments = ["meter", "calibrate", before.point, "--at", iso(at, given.standing.plan), "--certificate",
                 given.text("certificate"), "--expires", iso(expires, given.standing.plan)]  # fmt: skip
    remarks = []
    if expires <= given.now:
        remarks.append(Words("The certificate has run out already.", "该检定证书已经过期。"))
    return payload, arguments + (["--accuracy-class", grade] if grade else []), {}, remarks


def _ratio(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    at, multiplier = given.instant("at"), given.number("multiplier")
    payload = dataclasses.replace(meter_statements.restated(before, FactsEvent.RATIO, at), multiplier=multiplier)
    remarks = odd_time(given, at)
    if multiplier == before.multiplier:
        remarks.append(Words("This is the multiplier in force.", "与现行倍率相同。"))
    arguments = [
        "meter",
        "ratio",
        before.point,
        "--at",
        iso(at, given.standing.plan),
        "--multiplier",
        given.text("multiplier"),
    ]
    return payload, arguments, {}, remarks


def _remove(given: Given) -> Built:
    before = meter_statements.in_force(given.standing, given.text("point"))
    at, closing = given.instant("at"), given.registers("closing-", before.registers)
    arguments = ["meter", "remove", before.point, "--at", iso(at, given.standing.plan)]
    for register, value in closing.items():
        arguments += ["--closing", f"{register}={value}"]
    remarks = [*_odd_closing(given, closing), *odd_time(given, at)]
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
    plan = given.standing.plan
    arguments = ["meter", "correct", point, "--register", register, "--from", iso(start, plan), "--to",
                 iso(end, plan), "--quantity", given.text("quantity"), "--unit", unit, "--reason", reason,
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
    "install": installing.facts,
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
