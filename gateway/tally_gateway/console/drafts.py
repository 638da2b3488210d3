"""Payloads as the TOML that the authority's tool reads (tally_edge.office.authority_files). No IO."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.authority import MeterFacts, SitePlan

FACTS: Final = "facts.toml"
PLAN: Final = "plan.toml"


def plan_toml(plan: SitePlan) -> str:
    """A site plan as `tallystick authority plan` takes it."""
    lines = [f"site = {_text(plan.site)}", f"owner = {_text(plan.owner)}", f"timezone = {_text(plan.timezone)}"]
    lines += [f"reading_day = {plan.reading_day}", f"renew_by = {iso(plan.renew_by, plan)}"]
    for log in plan.logs:
        lines += ["", "[[log]]", f"origin = {_text(log.origin)}"]
    for person in plan.persons:
        lines += ["", "[[person]]", f"organisation = {_text(person.organisation)}", f"kid = {_text(person.kid.hex())}"]
    for one in plan.points:
        lines += ["", "[[point]]", f"point = {_text(one.point)}", f"cadence_s = {one.cadence_s}"]
        lines += [] if one.parent is None else [f"parent = {_text(one.parent)}"]
    return "\n".join(lines) + "\n"


def facts_toml(facts: MeterFacts, plan: SitePlan | None) -> str:
    """The facts about a meter as `tallystick meter install` and `exchange` take them, in the times of `plan`."""
    lines = [f"point = {_text(facts.point)}", f"effective_at = {iso(facts.effective_at, plan)}"]
    lines += [f"serial = {_text(facts.serial)}", f"accuracy_class = {_text(facts.accuracy_class)}"]
    lines += [f"multiplier = {facts.multiplier}"]
    if facts.certificate is not None:
        lines.append(f"certificate = {_text(facts.certificate)}")
    if facts.certificate_expires_at is not None:
        lines.append(f"certificate_expires_at = {iso(facts.certificate_expires_at, plan)}")
    for one in facts.registers:
        lines += ["", "[[register]]", f"register = {_text(one.register)}", f"unit = {_text(one.unit)}"]
        lines += [f"cumulative = {str(one.cumulative).lower()}"]
        lines += [f"modulus = {one.modulus}"] if one.modulus is not None else []
        lines += ["per_event = true"] if one.per_event else []
    return "\n".join(lines) + "\n"


def iso(at: int, plan: SitePlan | None) -> str:
    """A time (Unix seconds) as the site of `plan` says it."""
    zone = UTC if plan is None else ZoneInfo(plan.timezone)
    return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat()


def _text(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
