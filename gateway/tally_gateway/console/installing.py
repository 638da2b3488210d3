"""A meter is put in at a metering point, one by one: a new point is planned first, then the facts are stated. No IO."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Final, TypeVar

from tally_edge import senml
from tally_edge.authority import FactsEvent, MeterFacts, PlannedPoint, RegisterFacts, SitePlan
from tally_edge.errors import ConfigError
from tally_edge.office.authority_files import MAX_CADENCE_S
from tally_edge.site_import import cell_values
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tally_gateway.console import drafts
from tally_gateway.console.given import Built, Given, odd_time
from tally_gateway.pages.words import Words

T = TypeVar("T")

LEVEL: Final = "level"
"""Behind a register that is no counter: what it shows may fall."""
EVENT: Final = "event"
"""Behind a register whose values come with events, not at the cadence."""
_REGISTER: Final = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


def is_planned(given: Given) -> bool:
    """Whether the metering point of the form is one of the plan in force."""
    return _planned(given) is not None


def plan(given: Given) -> Built:
    """The plan in force with one metering point more. Raises ConfigError."""
    before = _plan(given)
    point = _of_form(given, "point", cell_values.uri)
    cadence_s = _of_form(given, "cadence_s", cell_values.whole(1, MAX_CADENCE_S))
    added = PlannedPoint(point, cadence_s, given.values.get("parent", "").strip() or None)
    payload = dataclasses.replace(before, points=(*before.points, added), countersignature=None)
    text = drafts.plan_toml(payload)
    return payload, ["authority", "plan", drafts.PLAN], {drafts.PLAN: text.encode()}, []


def facts(given: Given) -> Built:
    """The facts about the new meter. Raises ConfigError."""
    payload = MeterFacts(
        point=given.text("point"),
        event=FactsEvent.INSTALL,
        effective_at=given.instant("at"),
        serial=given.text("serial"),
        accuracy_class=given.text("accuracy_class"),
        multiplier=given.number("multiplier"),
        registers=_registers(given.text("registers")),
        certificate=given.values.get("certificate", "").strip() or None,
        certificate_expires_at=given.instant("expires") if given.values.get("expires", "").strip() else None,
    )
    text = drafts.facts_toml(payload, given.standing.plan)
    remarks = [*_odd(given, payload), *odd_time(given, payload.effective_at)]
    return payload, ["meter", "install", drafts.FACTS], {drafts.FACTS: text.encode()}, remarks


def _of_form(given: Given, name: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(given.text(name))
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None


def _plan(given: Given) -> SitePlan:
    if given.standing.plan is None:
        raise ConfigError("an authority begins with a site plan; none has been stated yet")
    return given.standing.plan


def _planned(given: Given) -> PlannedPoint | None:
    point = given.values.get("point", "").strip()
    return next((one for one in _plan(given).points if one.point == point), None)


def _registers(text: str) -> tuple[RegisterFacts, ...]:
    return tuple(_register(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _register(number: int, words: list[str]) -> RegisterFacts:
    where = f"registers, line {number}"
    if len(words) not in (2, 3):
        raise ConfigError(f"{where}: a name and a unit, then a modulus, {LEVEL} or {EVENT} where it has one")
    name, unit, last = [*words, ""][:3]
    if not _REGISTER.fullmatch(name) or name == senml.SOURCE:
        raise ConfigError(f"{where}: {name!r} is no name of a register: 1 to 64 of a-z, 0-9 and '_', not 'source'")
    if unit not in PRIMARY_UNITS and unit not in SECONDARY_UNITS:
        raise ConfigError(f"{where}: {unit!r} is none of the units that readings may carry")
    if last in (LEVEL, EVENT):
        return RegisterFacts(name, unit, cumulative=False, per_event=last == EVENT or None)
    try:
        modulus = cell_values.positive(last) if last else None
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    return RegisterFacts(name, unit, cumulative=True, modulus=modulus)


def _odd(given: Given, facts: MeterFacts) -> list[Words]:
    found = []
    elsewhere = [
        one.point
        for one in given.standing.facts.values()
        if one.serial == facts.serial and one.point != facts.point and one.event is not FactsEvent.REMOVAL
    ]
    if elsewhere:
        text = f"A meter of this serial number stands at {elsewhere[0]} by the log."
        found.append(Words(text, f"日志中 {elsewhere[0]} 已装有同一表号的表计。"))
    if facts.certificate_expires_at is not None and facts.certificate_expires_at <= given.now:
        found.append(Words("The certificate has run out already.", "该检定证书已经过期。"))
    planned, cadence = _planned(given), given.values.get("cadence_s", "").strip()
    if planned is not None and cadence not in ("", str(planned.cadence_s)):
        text = f"The plan in force reads this metering point every {planned.cadence_s} s, and that stands."
        found.append(Words(text, f"现行方案中该计量点采集周期为 {planned.cadence_s} 秒，以方案为准。"))
    return found
